"""Buses that come home with a full journal: what stands in it, and its way to the office.

Journal, Sync and link are the machine's own; what the terminal's loop does around them, a thread does here.
"""

from __future__ import annotations

import queue
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from msgspec.structs import replace

from central.devices.keys import open_keys
from device.identity import Identity
from device.journal import Journal
from device.link import Broker, Listeners, MqttLink
from device.office_lists import OfficeLists
from device.sync import Sync
from rules.instant import ClockQuality, Instant
from rules.messages.events import AnyEvent, ClockSet, DoorMoved, RecordRef, Tapped
from rules.messages.link import Ack, Cursor, DownPage
from rules.messages.topics import Channel
from rules.money import Yen
from rules.passes.key_set import open_key_set
from rules.passes.rider_pass import PassKind
from rules.passes.seal import private_from_bytes, public_bytes
from rules.ride.outcomes import Movement, Outcome
from tests.bench.machine import NotMeasured

if TYPE_CHECKING:
    from threading import Barrier

    from device.sync import Taken

VILLAGE = "bench"
BOOT, VERSION = "bench", "bench"
FIRST_WALL = 1_790_000_000
PARTY = 4
"""People getting on at each stop; those of some stops ago get off."""
STOPS_RIDDEN = 5
PER_STOP = 2 * PARTY + 2
"""Records for each stop, in the end: 40 % boardings, 40 % alightings, 20 % others."""
IN_CASH_EVERY = 8
"""One rider in so many pays a part to the driver."""
AT_ONCE = 1_000
"""Records written in one transaction while a journal is filled."""
TURN_S = 0.2
STALLED_S = 60.0
"""Without an acknowledgement for this long, nothing is measured."""


@dataclass(frozen=True, slots=True)
class Homecoming:
    """A bus with its folder, its key and its password at the broker."""

    folder: Path
    identity: Identity
    password: str

    @property
    def device(self) -> str:
        """Its name."""
        return self.identity.device

    @property
    def public(self) -> bytes:
        """What the office checks its batches with."""
        return public_bytes(self.identity.signing_key)


@dataclass(frozen=True, slots=True)
class Drained:
    """When a journal's way began and when the last of it was acknowledged, and the batches as they were sent."""

    begun: float
    ended: float
    batches: tuple[bytes, ...]


def new_bus(folder: Path, number: int) -> Homecoming:
    """Bus `number`, whose folder will be below `folder`."""
    device, key = f"bus-{number:03}", private_from_bytes(number.to_bytes(32, "big"))
    return Homecoming(folder / device, Identity(device, key, public_bytes(key)), f"password of {device}")


def fill(bus: Homecoming, passes: Sequence[str], records: int) -> None:
    """Write its journal: `records` of them, in tens."""
    with Journal(bus.folder, bus.device, any_disk=True).open() as journal:
        events = days_work(journal.epoch, passes, records // PER_STOP)
        while some := list(islice(events, AT_ONCE)):
            journal.write(some)
        if journal.last.number != records:
            raise NotMeasured(f"{journal.last.number} records are in the journal instead of {records}.")


def days_work(epoch: str, passes: Sequence[str], stops: int) -> Iterator[AnyEvent]:
    """What a bus writes down in `epoch` from record 1 on: at each stop its door, who gets off and who gets on."""
    number = 0
    aboard: list[list[tuple[RecordRef, str]]] = []
    for stop in range(stops + STOPS_RIDDEN):
        if stop < stops:
            yield _door(stop)
            number += 1
        if stop >= STOPS_RIDDEN:
            for rider, (boarded, pass_id) in enumerate(aboard[stop - STOPS_RIDDEN]):
                cash = Yen(100 if (stop + rider) % IN_CASH_EVERY == 0 else 0)
                yield _alighting(stop, boarded, pass_id, cash)
                number += 1
        if stop < stops:
            got_on = []
            for rider in range(PARTY):
                pass_id = passes[(stop * PARTY + rider) % len(passes)]
                number += 1
                yield _boarding(stop, pass_id, crc32(epoch.encode()) + number)
                got_on.append((RecordRef(epoch, number), pass_id))
            aboard.append(got_on)
            yield _refusal(stop) if stop % 2 else _anchor(stop)
            number += 1


def drain(bus: Homecoming, office: Path, port: int, begin: Barrier) -> Drained:
    """Send all that the journal holds to the office in that folder and hear it acknowledged.

    Raises NotMeasured if nothing more is.
    """
    batches: list[bytes] = []
    heard: queue.Queue[str | Cursor | Ack | DownPage | None] = queue.Queue()
    link = MqttLink(
        Broker("127.0.0.1", port, bus.device, bus.password),
        VILLAGE,
        bus.device,
        Listeners(up=lambda: heard.put(None), down=heard.put, heard=heard.put),
        secrets.SystemRandom().random,
    )

    def send(channel: Channel, payload: bytes) -> Taken | None:
        taken = link.publish(channel, payload)
        if channel is Channel.UP and taken is not None:
            batches.append(payload)
        return taken

    keys = open_keys(office)
    lists = OfficeLists(bus.device, keys.root_public)
    lists.keys = open_key_set(keys.key_set, keys.root_public) or lists.keys
    with Journal(bus.folder, bus.device, any_disk=True).open() as journal:
        sync = Sync(bus.identity, journal, send, lambda word: lists.has_said(word, None))
        begin.wait()
        begun = time.perf_counter()
        link.start()
        try:
            _talk(journal, sync, heard)
            ended = time.perf_counter()
        finally:
            link.stop()
    return Drained(begun, ended, tuple(batches))


def _talk(journal: Journal, sync: Sync, heard: queue.Queue[str | Cursor | Ack | DownPage | None]) -> None:
    """The loop's part in it, until nothing waits any more."""
    moved = time.monotonic()
    while waiting := journal.waiting:
        now = time.monotonic()
        try:
            match heard.get(timeout=TURN_S):
                case None:
                    sync.connected(BOOT, VERSION, ClockQuality.GPS, now)
                case str():
                    sync.disconnected()
                case Cursor() as message:
                    sync.cursor(message, now)
                case Ack() as message:
                    sync.acknowledged(message, now)
                case _:
                    pass
        except queue.Empty:
            pass
        sync.pump(now)
        if journal.waiting < waiting:
            moved = now
        if now - moved > STALLED_S:
            raise NotMeasured(f"For {STALLED_S:.0f} s no record was acknowledged; {waiting} wait.")


def _at(stop: int) -> Instant:
    return Instant(BOOT, stop * 120_000, FIRST_WALL + stop * 120, ClockQuality.GPS)


def _anchor(stop: int) -> ClockSet:
    return ClockSet(at=_at(stop), source="gps", wall=_at(stop).wall, error_ms=40)


def _door(stop: int) -> DoorMoved:
    return DoorMoved(
        at=_at(stop),
        is_open=True,
        trip_id="trip-17",
        stop_id=f"stop-{stop % 40:02}",
        lat=35.2381,
        lon=139.0452,
    )


def _refusal(stop: int) -> Tapped:
    return Tapped(
        at=_at(stop),
        outcome=Outcome.STALE_CODE,
        movement=Movement.REFUSED,
        edition=1,
        trip_id="trip-17",
        service_date="2026-09-21",
        route_id="valley-line",
        stop_id=f"stop-{stop % 40:02}",
        stop_index=stop % 40,
        confidence=0.97,
        place_reason="inside one stop's circle",
        code="c0dec0dec0dec0de",
    )


def _boarding(stop: int, pass_id: str, counter: int = 0) -> Tapped:
    return replace(
        _refusal(stop),
        outcome=Outcome.OK,
        movement=Movement.BOARD,
        pass_id=pass_id,
        pass_kind=PassKind.PHONE,
        adults=1,
        moment=_at(stop).wall,
        counter=counter,
    )


def _alighting(stop: int, boarded: RecordRef, pass_id: str, cash: Yen) -> Tapped:
    held = Yen(180 + 20 * (stop % 7))
    return replace(
        _boarding(stop, pass_id),
        outcome=Outcome.SHORT if cash else Outcome.OK,
        movement=Movement.ALIGHT,
        board=boarded,
        board_stop_id=f"stop-{(stop - STOPS_RIDDEN) % 40:02}",
        fare=Yen(held + cash),
        held=held,
        cash=cash,
    )
