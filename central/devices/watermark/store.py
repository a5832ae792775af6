"""Rows for the watermark: buses, their journals' ends, and what staff say of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, func, insert, select

from central.database.many_rows import Lookup
from central.database.service_tables import service_words
from central.database.tables import devices, health, journals, records
from central.database.transaction import Connection

READ_AT_ONCE = 16
"""Nearly always the newest knows the time."""
_OPENED = select(journals.c.device)
_BUSES = Lookup(
    select(devices.c.device)
    .where(devices.c.kind == bindparam("kind"), ~devices.c.revoked, devices.c.device.in_(_OPENED))
    .order_by(devices.c.device),
    "kind",
)
_NEWEST = select(func.max(service_words.c.id)).group_by(service_words.c.device)
_OUT = Lookup(
    select(service_words.c.device).where(service_words.c.id.in_(_NEWEST), ~service_words.c.in_service)
)
_JOURNALS = Lookup(
    select(journals.c.epoch, journals.c.number, journals.c.told).where(
        journals.c.device == bindparam("device")
    ),
    "device",
)
_RECORDS = select(records.c.body).where(
    records.c.device == bindparam("device"),
    records.c.epoch == bindparam("epoch"),
    records.c.number.between(bindparam("first"), bindparam("last")),
)
_BACKWARDS = Lookup(_RECORDS.order_by(records.c.number.desc()), "device", "epoch", "first", "last")
_HEALTH = Lookup(select(health.c.body).where(health.c.device == bindparam("device")), "device")


def buses(connection: Connection, kind: str) -> list[str]:
    """The machines of that kind that are not revoked and have ever opened a journal, by name."""
    return [device for (device,) in _BUSES.all(connection, kind)]


def out_of_service(connection: Connection) -> set[str]:
    """The machines that staff have taken out of service."""
    return {device for (device,) in _OUT.all(connection)}


def say_service(connection: Connection, device: str, now: int, *, in_service: bool) -> None:
    """What staff say of a machine."""
    connection.execute(insert(service_words).values(device=device, in_service=in_service, said_at=now))


def journals_of(connection: Connection, device: str) -> list[tuple[str, int, int]]:
    """The machine's journals: epoch, how far each is taken in, how far the machine said it reached."""
    return [tuple(row) for row in _JOURNALS.all(connection, device)]


def records_backwards(
    connection: Connection, device: str, epoch: str, number: int, most: int
) -> Iterator[bytes]:
    """The bytes of a journal's records from `number` back, at most so many."""
    step = READ_AT_ONCE
    for last in range(number, number - most, -step):
        first = max(last - step, number - most) + 1
        for (body,) in _BACKWARDS.all(connection, device, epoch, first, last):
            yield body


def last_health(connection: Connection, device: str) -> bytes | None:
    """The machine's last `state`."""
    found = _HEALTH.all(connection, device)
    return found[0][0] if found else None
