"""How every machine is, and where every bus is, from the last thing each has said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeGuard

from central.japan import clock_text, span_text
from central.today.rows import Machine
from central.today.strip_map import Look
from central.words import words
from central.words.names import Names
from central.words.say_event import Tone, read_event
from central.words.words import Words, words_for
from rules.checkup.days import ALARM_DAYS, DAY_S
from rules.instant import ClockQuality
from rules.messages.codec import Malformed, decode
from rules.messages.events import AnyEvent, DoorMoved, Tapped, TripEnded, TripStarted
from rules.messages.link import Health
from rules.network.edition import Edition
from rules.network.trips import Pattern

SILENT_AFTER_S = 90
"""Three keep-alives of the link: a machine that is well has spoken by then."""
WAITING_LONG_S = 300
STUCK_S = 7_200
"""A machine that is heard and keeps a record for so long does not get rid of it by itself."""
QUEUE_LONG = 500
HOT_C, TOO_HOT_C = 75.0, 85.0
"""A Raspberry Pi slows down at 80 to 85 °C."""
LEAST_MB, TIGHT_MB = 20, 200
"""Room on a machine's disk: below the first it soon refuses to record."""
JOURNAL_FULL_PERCENT = 90
"""The driver is told from here on, too; at 100 the bus takes cash only."""


class Presence(StrEnum):
    """Whether central can count on hearing from a machine."""

    ONLINE = "online"
    SILENT = "silent"
    OFFLINE = "offline"
    OFF_DUTY = "off-duty"
    """Disconnected after the end of its trip: switched off for the night."""
    NEVER = "never"
    REVOKED = "revoked"


_PRESENCE: dict[Presence, tuple[Words, Tone]] = {
    Presence.ONLINE: (("接続中", "online"), Tone.GOOD),
    Presence.SILENT: (("応答なし", "silent"), Tone.WARN),
    Presence.OFFLINE: (("切断", "offline"), Tone.BAD),
    Presence.OFF_DUTY: (("運行外", "off duty"), Tone.PLAIN),
    Presence.NEVER: (("未接続", "never heard"), Tone.PLAIN),
    Presence.REVOKED: (("失効", "revoked"), Tone.PLAIN),
}


Recent = Callable[[], Iterable[bytes]]
"""The newest records of a machine, newest first, read only when they are needed."""
TripEvent = Tapped | DoorMoved | TripStarted | TripEnded


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing about a machine; the tone says whether anybody has to act, `whole` what a long text was cut from."""

    text: str
    tone: Tone = Tone.PLAIN
    whole: str = ""


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A machine as the page shows it. Cells are empty where an offline machine does not say."""

    device: str
    presence: Presence
    state: Words
    tone: Tone
    heard: str
    ago: str
    gps: Cell
    camera: Cell
    clock: Cell
    queue: Cell
    edition: Cell
    temperature: Cell
    power: Cell
    disk: Cell
    certificate: Cell
    trip: str
    where: str
    version: str
    system: str

    @property
    def well(self) -> bool:
        """Whether nobody has to look at this machine."""
        cells = (self.gps, self.camera, self.clock, self.queue, self.edition, *self.body)
        present = self.presence in (Presence.ONLINE, Presence.OFF_DUTY)
        return present and all(cell.tone is Tone.PLAIN for cell in cells)

    @property
    def body(self) -> tuple[Cell, ...]:
        """How the machine itself is."""
        return self.temperature, self.power, self.disk, self.certificate


@dataclass(frozen=True, slots=True)
class OnTrip:
    """A bus and the trip it is on. `progress` counts the trip's own stops, as `Health.progress` does."""

    device: str
    edition: Edition
    trip_id: str
    progress: float
    look: Look
    where: str
    note: str
    door_open: bool

    @property
    def pattern(self) -> Pattern:
        """The course of the trip."""
        return self.edition.pattern_of(self.trip_id)


def read_health(machine: Machine) -> Health | None:
    """What a machine last said of itself; None where it said nothing that can be read."""
    if machine.body is None:
        return None
    try:
        return decode(machine.body, Health)
    except Malformed:
        return None


def presence(machine: Machine, said: Health | None, recent: Recent, now: int) -> Presence:
    """Whether `machine` can be counted on at Unix second `now`."""
    if machine.revoked:
        return Presence.REVOKED
    if said is None or machine.heard_at is None:
        return Presence.NEVER
    if said.online:
        return Presence.ONLINE if now - machine.heard_at <= SILENT_AFTER_S else Presence.SILENT
    last = next(filter(_of_trip, map(read_event, recent())), None)
    return Presence.OFF_DUTY if isinstance(last, TripEnded) else Presence.OFFLINE


def device_line(
    machine: Machine, recent: Recent, names: Names, in_force: int, now: int, day: date
) -> DeviceLine:
    """The line of one machine, at Unix second `now`."""
    said = read_health(machine)
    present = presence(machine, said, recent, now)
    state, tone = _PRESENCE[present]
    # A machine that was shut out cannot take back what it said last.
    known = said is not None and said.online and present is not Presence.REVOKED
    body = said if said is not None and known else Health(online=False)
    return DeviceLine(
        device=machine.device,
        presence=present,
        state=state,
        tone=tone,
        heard=clock_text(machine.heard_at, day, seconds=True),
        ago=span_text(now - machine.heard_at) if machine.heard_at is not None else "",
        gps=_sensor(body.gps) if known else Cell(""),
        camera=_sensor(body.camera) if known else Cell(""),
        clock=_clock(body.clock) if known else Cell(""),
        queue=_queue(body, now) if known else Cell(""),
        edition=_edition(body.edition, in_force) if known else Cell(""),
        temperature=_temperature(body.temperature_c),
        power=_power(body.undervoltage),
        disk=_disk(body.disk_free_mb),
        certificate=_certificate(body.certificate_until, now),
        trip=str(names.trip(body.edition, body.trip_id)) if body.trip_id else "",
        where=_where(body, names),
        version=body.version,
        system=body.system,
    )


def bus_on_trip(machine: Machine, recent: Recent, names: Names, now: int, day: date) -> OnTrip | None:
    """Where the bus is; for one that was cut off on its trip, where its newest record there was made.

    None for a machine that is on no trip, or on one that its edition does not have.
    """
    said = read_health(machine)
    present = presence(machine, said, recent, now)
    if said is None or present not in (Presence.ONLINE, Presence.SILENT, Presence.OFFLINE):
        return None
    if present is Presence.OFFLINE:
        return _last_known(machine, recent(), names, day)
    edition = names.edition(said.edition)
    if edition is None or said.trip_id not in edition.trips:
        return None
    look = Look.LIVE if present is Presence.ONLINE else Look.STALE
    note = "" if look is Look.LIVE else f"{span_text(now - (machine.heard_at or now))}前の位置"
    where = _where(said, names)
    return OnTrip(machine.device, edition, said.trip_id, said.progress, look, where, note, said.door_open)


def _where(said: Health, names: Names) -> str:
    """The stop it is at, or the two it is between; "" while it is on no trip that is known."""
    edition = names.edition(said.edition)
    if edition is None or said.trip_id not in edition.trips:
        return ""
    stops = edition.stops_of(said.trip_id)
    last = len(stops) - 1
    index = min(max(int(said.progress), 0), last)
    if index in (said.progress, last):
        return stops[index].name
    return f"{stops[index].name} → {stops[index + 1].name}"


def _of_trip(event: AnyEvent | None) -> TypeGuard[TripEvent]:
    return isinstance(event, Tapped | DoorMoved | TripStarted | TripEnded) and bool(event.trip_id)


def _last_known(machine: Machine, bodies: Iterable[bytes], names: Names, day: date) -> OnTrip | None:
    for event in filter(_of_trip, map(read_event, bodies)):
        # A door does not say by which edition its stop is meant.
        number = next(iter(names.likely), 0) if isinstance(event, DoorMoved) else event.edition
        edition = names.edition(number)
        if edition is None or event.trip_id not in edition.trips:
            return None
        index = _index(edition, event)
        if index is not None:
            where = edition.stops_of(event.trip_id)[index].name
            note = f"切断・{clock_text(event.at.wall, day)} の記録"
            return OnTrip(
                machine.device,
                edition,
                event.trip_id,
                float(index),
                Look.OFFLINE,
                where,
                note,
                door_open=False,
            )
    return None


def _index(edition: Edition, event: TripEvent) -> int | None:
    stop_ids = edition.pattern_of(event.trip_id).stop_ids
    match event:
        case TripStarted():
            return 0
        case Tapped() if 0 <= event.stop_index < len(stop_ids):
            return event.stop_index
        case Tapped() | DoorMoved() if event.stop_id in stop_ids:
            return stop_ids.index(event.stop_id)
    return None


def _sensor(problem: str) -> Cell:
    # Sentences of machines are Japanese first, then English after a slash.
    return Cell(problem.partition(" / ")[0], Tone.BAD, problem) if problem else Cell("良好")


def _clock(quality: ClockQuality) -> Cell:
    text = words_for(words.CLOCKS, quality)[0]
    return Cell(text) if quality >= ClockQuality.NETWORK else Cell(text, Tone.WARN)


def _queue(said: Health, now: int) -> Cell:
    if said.journal_percent >= JOURNAL_FULL_PERCENT:
        return Cell(f"{said.queue:,}件・記録簿{said.journal_percent}%", Tone.BAD)
    if not said.queue:
        return Cell("0件")
    waiting = now - said.oldest_queued_wall if said.oldest_queued_wall else 0
    age = f"・{span_text(waiting)}" if waiting > 0 else ""
    long = said.queue >= QUEUE_LONG or waiting >= WAITING_LONG_S
    tone = Tone.BAD if waiting >= STUCK_S else Tone.WARN if long else Tone.PLAIN
    return Cell(f"{said.queue:,}件{age}", tone)


def _temperature(celsius: float | None) -> Cell:
    if celsius is None:
        return Cell("")
    tone = Tone.BAD if celsius >= TOO_HOT_C else Tone.WARN if celsius >= HOT_C else Tone.PLAIN
    return Cell(f"{celsius:.0f}°C", tone)


def _power(undervoltage: bool | None) -> Cell:
    if undervoltage is None:
        return Cell("")
    return Cell("電圧不足", Tone.BAD) if undervoltage else Cell("良好")


def _disk(free_mb: int | None) -> Cell:
    if free_mb is None:
        return Cell("")
    tone = Tone.BAD if free_mb < LEAST_MB else Tone.WARN if free_mb < TIGHT_MB else Tone.PLAIN
    return Cell(f"{free_mb:,}MB", tone)


def _certificate(until: int, now: int) -> Cell:
    if not until:
        return Cell("")
    days = (until - now) // DAY_S
    if until <= now:
        return Cell("期限切れ", Tone.BAD)
    return Cell(f"{days}日", Tone.WARN if days < ALARM_DAYS else Tone.PLAIN)


def _edition(number: int, in_force: int) -> Cell:
    if not number:
        return Cell("なし", Tone.WARN)
    return (
        Cell(f"第{number}版")
        if number >= in_force
        else Cell(f"第{number}版（現行は第{in_force}版）", Tone.WARN)
    )
