"""Editions as central keeps them, and as machines fetch them from the down log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from central.database.tables import editions, withdrawals
from central.database.transaction import Connection, Database, database_file
from central.devices.data_folder import open_office
from central.devices.down_log import append
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

    def add(self, edition: Edition, sealed: bytes) -> None:
        """Keep the edition and its sealed file, and put its parts into the log for machines."""
        row = {"number": edition.number, "valid_from": edition.valid_from.isoformat(), "sealed": sealed}
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
def open_for_publishing(data: Path) -> Iterator[tuple[SqlEditionStore, Callable[[bytes], bytes]]]:
    """The store and the seal of the office in `data`, in one write transaction. Raises DataUnusable."""
    # A command is where time comes in: a new data folder gets its keys now.
    office = open_office(data, int(datetime.now(UTC).timestamp()))  # noqa: TID251
    try:
        with office.database.write() as connection:
            key = office.keys.down
            yield SqlEditionStore(connection), lambda packed: seal_edition(packed, key.kid, key.sign)
    finally:
        office.database.close()


@contextmanager
def open_for_withdrawing(data: Path) -> Iterator[SqlEditionStore]:
    """The store of the office in `data`, in one write transaction. Raises DataUnusable, also where there is none."""
    database = Database(database_file(data))
    try:
        with database.write() as connection:
            yield SqlEditionStore(connection)
    finally:
        database.close()


@contextmanager
def open_for_reading(data: Path) -> Iterator[Connection]:
    """A snapshot of the office in `data`. Raises DataUnusable, also where there is none."""
    database = Database(database_file(data))
    try:
        with database.read() as connection:
            yield connection
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class EditionListed:
    """An edition in the list. `size` is that of its sealed file in bytes."""

    number: int
    valid_from: date
    feed_version: str
    operator: str
    standing: Standing
    size: int


def list_editions(connection: Connection, day: date) -> list[EditionListed]:
    """Every edition as it stands on service day `day`, newest first."""
    known, withdrawn = valid_from_by_number(connection), withdrawn_numbers(connection)
    rows = connection.execute(select(editions.c.number, editions.c.sealed).order_by(editions.c.number.desc()))
    return [
        EditionListed(
            row.number,
            known[row.number],
            edition.feed_version,
            edition.operator,
            standing(known, withdrawn, row.number, day),
            len(row.sealed),
        )
        for row in rows
        for edition in [_opened(row.sealed)]
    ]


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
    number = number_in_force(connection, day)
    sealed = connection.scalar(select(editions.c.sealed).where(editions.c.number == number))
    return None if sealed is None else _opened(sealed)


def _opened(sealed: bytes) -> Edition:
    # From the office's own book: the seal is for those who get it from somebody else.
    return open_edition(sealed, lambda _kid, _body, _signature: True)
