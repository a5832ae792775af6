"""The office's own fare rules, every version kept; the newest counts."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from central.database.tables import tariffs
from central.database.transaction import Connection
from rules.messages.tariff_file import pack_tariff, unpack_tariff
from rules.tariff.tariff import STANDARD, Tariff


def tariff_in_use(connection: Connection) -> Tariff:
    """The newest; what is usual in Japan before the office has said anything."""
    body = connection.scalar(select(tariffs.c.body).order_by(tariffs.c.id.desc()).limit(1))
    return STANDARD if body is None else unpack_tariff(body)


def add_tariff(connection: Connection, tariff: Tariff, at: int) -> None:
    """Say the rules anew, at Unix second `at`."""
    connection.execute(insert(tariffs).values(body=pack_tariff(tariff), said_at=at))


def newest_word(connection: Connection) -> int:
    """Rises with every version; 0 before the first."""
    return connection.scalar(select(func.max(tariffs.c.id))) or 0
