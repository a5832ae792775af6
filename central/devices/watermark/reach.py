"""Until when all records of all buses are here: what waits for the last bus waits for this.

A journal's records come in order and without a gap, so the newest one that knows its time says it: whatever the bus
wrote before is here. A bus that writes nothing says it too, when it reports that nothing waits.
"""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.register_device import DeviceKind
from central.devices.store import find_device
from central.devices.watermark import store
from rules.instant import ClockQuality
from rules.messages.codec import Malformed, decode, decode_event
from rules.messages.events import JournalReplaced, Salvaged
from rules.messages.link import Health

LOOKED_BACK = 256
"""So many records may have been written since a bus last knew the time; beyond them it counts as never heard."""
SILENT_S = 24 * 3600
"""A bus that is so far behind is shown as holding the others back."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Until which Unix second all records of a bus are here; None where nothing says it."""

    device: str
    until: int | None
    in_service: bool

    def holds_back(self, now: int) -> bool:
        """Whether it keeps what waits for it from being done, and for long."""
        return self.in_service and (self.until is None or now - self.until > SILENT_S)


@dataclass(frozen=True, slots=True)
class Watermark:
    """`until` is the Unix second up to which all records of all buses in service are here; None while one never was."""

    until: int | None
    buses: tuple[Reach, ...]


def watermark(connection: Connection, now: int) -> Watermark:
    """As central knows it at Unix second `now`. Without a bus in service nothing is waited for."""
    out = store.out_of_service(connection)
    reaches = tuple(
        Reach(device, _reach(connection, device, now), device not in out)
        for device in store.buses(connection, DeviceKind.BUS)
    )
    waited_for = [each.until for each in reaches if each.in_service]
    known = [until for until in waited_for if until is not None]
    return Watermark(None if len(known) < len(waited_for) else min(known, default=now), reaches)


def say_service(connection: Connection, device: str, now: int, *, in_service: bool) -> bool:
    """Staff take a machine out of service, or back into it; False for one that nobody knows."""
    if find_device(connection, device) is None:
        return False
    store.say_service(connection, device, now, in_service=in_service)
    return True


def _reach(connection: Connection, device: str, now: int) -> int | None:
    found: list[int] = []
    is_behind = False
    for epoch, number, told in store.journals_of(connection, device):
        is_behind |= told > number
        wall = _last_known(connection, device, epoch, number)
        if wall is not None:
            found.append(wall)
    body = store.last_health(connection, device)
    if body is not None and not is_behind:
        found += _says_all_is_sent(body)
    # A clock that is ahead must not let anybody hurry.
    return min(max(found), now) if found else None


def _last_known(connection: Connection, device: str, epoch: str, number: int) -> int | None:
    """When the newest record was that knows it."""
    for body in store.records_backwards(connection, device, epoch, number, LOOKED_BACK):
        try:
            event = decode_event(body)
        except Malformed:
            continue
        # While a journal hands on another's records, those behind may be older than what hands them on.
        if event.at.wall_known and not isinstance(event, Salvaged | JournalReplaced):
            return event.at.wall
    return None


def _says_all_is_sent(body: bytes) -> list[int]:
    """When a bus said that nothing of what it had written waits, if its last word was that."""
    try:
        health = decode(body, Health)
    except Malformed:
        return []
    said = health.online and health.queue == 0 and health.clock >= ClockQuality.NETWORK
    return [health.at_wall] if said else []
