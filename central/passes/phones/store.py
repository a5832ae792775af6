"""Rows of the passes that members' phones asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, insert, select

from central.database.phone_tables import phone_passes
from central.database.tables import rides
from central.database.transaction import Connection


class Began(StrEnum):
    """How a pass of a phone began. The values stand in the database and come from the page; they stay stable."""

    NEW = "new"
    """No phone of the member rode."""
    REPLACED = "replaced"
    """It took another phone's place, or that of a lost key."""
    MORE = "more"
    """Beside the one before, so that buses may take more."""
    COMMUTER = "commuter"
    """With a commuter pass (定期券)."""


_BEGINS_A_PHONE = (Began.NEW, Began.REPLACED)
_COLUMNS = (
    phone_passes.c.command,
    phone_passes.c.member,
    phone_passes.c.public_key,
    phone_passes.c.pass_id,
    phone_passes.c.began,
)


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A pass that a phone asked for; `public` is its key, 33 bytes compressed."""

    command: str
    member: str
    public: bytes
    pass_id: str
    began: Began


def add_row(connection: Connection, row: PhoneRow, now: int) -> None:
    """A phone got a pass."""
    connection.execute(
        insert(phone_passes).values(
            command=row.command,
            member=row.member,
            public_key=row.public.hex(),
            pass_id=row.pass_id,
            began=row.began,
            at=now,
        )
    )


def find_row(connection: Connection, command: str) -> PhoneRow | None:
    """What was issued for a command."""
    found = connection.execute(select(*_COLUMNS).where(phone_passes.c.command == command)).first()
    return None if found is None else _row(*found)


def rows_of_phone(connection: Connection, member: str) -> list[PhoneRow]:
    """What the member's newest phone asked for, oldest first; empty where no phone ever did."""
    began = select(func.max(phone_passes.c.id)).where(
        phone_passes.c.member == member, phone_passes.c.began.in_(_BEGINS_A_PHONE)
    )
    query = select(*_COLUMNS).where(
        phone_passes.c.member == member, phone_passes.c.id >= began.scalar_subquery()
    )
    return [_row(*found) for found in connection.execute(query.order_by(phone_passes.c.id))]


def count_replaced(connection: Connection, member: str, since: int) -> int:
    """How often phones of the member took another one's place after Unix second `since`."""
    query = select(func.count()).where(
        phone_passes.c.member == member,
        phone_passes.c.began == Began.REPLACED,
        phone_passes.c.at > since,
    )
    return connection.scalar(query) or 0


def has_ridden(connection: Connection, pass_id: str) -> bool:
    """Whether a ride by this pass is known."""
    return connection.scalar(select(rides.c.id).where(rides.c.pass_id == pass_id).limit(1)) is not None


def _row(command: str, member: str, public_key: str, pass_id: str, began: str) -> PhoneRow:
    return PhoneRow(command, member, bytes.fromhex(public_key), pass_id, Began(began))
