"""Rows for the watermark: buses, their journals' ends, and what staff say of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, insert, select

from central.database.service_tables import service_words
from central.database.tables import devices, health, journals, records
from central.database.transaction import Connection


def buses(connection: Connection, kind: str) -> list[str]:
    """The machines of that kind that are not revoked and have ever opened a journal, by name."""
    opened = select(journals.c.device)
    query = select(devices.c.device).where(devices.c.kind == kind, ~devices.c.revoked)
    return list(
        connection.execute(query.where(devices.c.device.in_(opened)).order_by(devices.c.device)).scalars()
    )


def out_of_service(connection: Connection) -> set[str]:
    """The machines that staff have taken out of service."""
    newest = select(func.max(service_words.c.id)).group_by(service_words.c.device)
    words = select(service_words.c.device).where(service_words.c.id.in_(newest), ~service_words.c.in_service)
    return set(connection.execute(words).scalars())


def say_service(connection: Connection, device: str, now: int, *, in_service: bool) -> None:
    """What staff say of a machine."""
    connection.execute(insert(service_words).values(device=device, in_service=in_service, said_at=now))


def journals_of(connection: Connection, device: str) -> list[tuple[str, int, int]]:
    """The machine's journals: epoch, how far each is taken in, how far the machine said it reached."""
    rows = connection.execute(select(journals).where(journals.c.device == device))
    return [(row.epoch, row.number, row.told) for row in rows]


def records_backwards(
    connection: Connection, device: str, epoch: str, number: int, most: int
) -> Iterator[bytes]:
    """The bytes of a journal's records from `number` back, at most so many."""
    named = (records.c.device == device, records.c.epoch == epoch)
    between = records.c.number.between(number - most + 1, number)
    query = select(records.c.body).where(*named, between).order_by(records.c.number.desc())
    for body in connection.execute(query).scalars():
        yield bytes(body)


def last_health(connection: Connection, device: str) -> bytes | None:
    """The machine's last `state`."""
    body = connection.execute(select(health.c.body).where(health.c.device == device)).scalar()
    return None if body is None else bytes(body)
