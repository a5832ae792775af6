"""Editions as central keeps them, and as machines fetch them from the down log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from central.database.tables import editions
from central.database.transaction import Connection
from central.devices.data_folder import open_office
from central.devices.down_log import append
from rules.messages.edition_file import open_edition, seal_edition, split_edition
from rules.network.edition import Edition


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
        for part in split_edition(edition.number, sealed):
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


def current_edition(connection: Connection, day: date) -> Edition | None:
    """The newest edition in force on `day`, the same that machines take. None before the first."""
    in_force = select(editions.c.sealed).where(editions.c.valid_from <= day.isoformat())
    sealed = connection.scalar(in_force.order_by(editions.c.number.desc()).limit(1))
    # From the office's own book: the seal is for those who get it from somebody else.
    return None if sealed is None else open_edition(sealed, lambda _kid, _body, _signature: True)
