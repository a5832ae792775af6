"""Editions as central keeps them, and as machines fetch them from the down log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, insert, select

from central.database.tables import editions, withdrawals
from central.database.transaction import Connection, Database
from central.devices.data_folder import open_office
from central.devices.down_log import append
from central.network.editions.publish_edition import Publishing, Seal
from rules.messages.edition_file import open_edition, seal_edition, split_edition
from rules.messages.link import EditionWithdrawn
from rules.network.edition import Edition
from rules.network.in_force import Standing, in_force, standing


class SqlEditionStore:
    """Editions within one write transaction: what is added is there for all, or for none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The number the next edition must carry."""
        return (self._connection.scalar(select(func.max(editions.c.number))) or 0) + 1

    def add(self, edition: Edition, sealed: bytes, asked: Publishing) -> None:
        """Keep the edition and its sealed file, and put its parts into the log for machines."""
        row = {
            "number": edition.number,
            "valid_from": edition.valid_from.isoformat(),
            "sealed": sealed,
            "operator": edition.operator,
            "feed_version": edition.feed_version,
            "feed_id": asked.feed_id,
            "draft": asked.draft,
            "published_at": asked.at,
        }
        self._connection.execute(insert(editions).values(row))
        self._send(edition.number, sealed)

    def valid_from(self) -> dict[int, date]:
        """The first day of every edition, by number."""
        return valid_from_by_number(self._connection)

    def withdrawn(self) -> set[int]:
        """Those that were withdrawn."""
        return withdrawn_numbers(self._connection)

    def withdraw(self, number: int, at: int) -> None:
        """Note that the edition was withdrawn at Unix second `at`, and tell the machines."""
        self._connection.execute(insert(withdrawals).values(number=number, withdrawn_at=at))
        append(self._connection, EditionWithdrawn(number))

    def send_again(self, number: int) -> None:
        """Put the edition into the log for machines once more. Raises NoResultFound for an unknown one."""
        sealed = self._connection.scalars(select(editions.c.sealed).where(editions.c.number == number)).one()
        self._send(number, sealed)

    def _send(self, number: int, sealed: bytes) -> None:
        for part in split_edition(number, sealed):
            append(self._connection, part)


@contextmanager
def open_for_publishing(data: Path, now: int) -> Iterator[tuple[Database, Seal]]:
    """The database and the seal of the office in `data`, which is made at Unix second `now` if it is new.

    Raises DataUnusable.
    """
    office = open_office(data, now)
    try:
        key = office.keys.down
        yield office.database, lambda packed: seal_edition(packed, key.kid, key.sign)
    finally:
        office.database.close()


@dataclass(frozen=True, slots=True)
class EditionListed:
    """An edition in the list. `size` is that of its sealed file in bytes, `published_at` Unix seconds."""

    number: int
    valid_from: date
    feed_version: str
    operator: str
    standing: Standing
    size: int
    feed_id: int | None
    published_at: int


def list_editions(connection: Connection, day: date) -> list[EditionListed]:
    """Every edition as it stands on service day `day`, newest first."""
    known, withdrawn = valid_from_by_number(connection), withdrawn_numbers(connection)
    query = select(
        editions.c.number,
        editions.c.feed_version,
        editions.c.operator,
        editions.c.feed_id,
        editions.c.published_at,
        func.length(editions.c.sealed).label("size"),
    )
    return [
        EditionListed(
            row.number,
            known[row.number],
            row.feed_version,
            row.operator,
            standing(known, withdrawn, row.number, day),
            row.size,
            row.feed_id,
            row.published_at,
        )
        for row in connection.execute(query.order_by(editions.c.number.desc()))
    ]


def newest_published(connection: Connection) -> str:
    """The version of the draft that the newest edition was made of, "" where there is none."""
    query = select(editions.c.draft).where(editions.c.number.not_in(select(withdrawals.c.number)))
    return connection.scalar(query.order_by(editions.c.number.desc()).limit(1)) or ""


def read_sealed(connection: Connection, number: int) -> bytes | None:
    """The bytes of edition `number`, None if it was never published."""
    return connection.scalar(select(editions.c.sealed).where(editions.c.number == number))


def find_edition(connection: Connection, number: int) -> Edition | None:
    """An edition as it was published, None if it never was."""
    sealed = read_sealed(connection, number)
    return None if sealed is None else _opened(sealed)


def valid_from_by_number(connection: Connection) -> dict[int, date]:
    """The first day of every edition, by number."""
    rows = connection.execute(select(editions.c.number, editions.c.valid_from))
    return {row.number: date.fromisoformat(row.valid_from) for row in rows}


def withdrawn_numbers(connection: Connection) -> set[int]:
    """The editions that were withdrawn."""
    return set(connection.scalars(select(withdrawals.c.number)))


def number_in_force(connection: Connection, day: date) -> int:
    """The edition in force on service day `day`, the same that machines take. 0 before the first."""
    return in_force(valid_from_by_number(connection), withdrawn_numbers(connection), day) or 0


def current_edition(connection: Connection, day: date) -> Edition | None:
    """The edition in force on service day `day`, the same that machines take. None before the first."""
    return find_edition(connection, number_in_force(connection, day))


@lru_cache(maxsize=2)
def _opened(sealed: bytes) -> Edition:
    # Unpacking takes 0.1 s for a large one, and a day's corrections speak of one or two.
    # From the office's own book: the seal is for those who get it from somebody else.
    return open_edition(sealed, lambda _kid, _body, _signature: True)
