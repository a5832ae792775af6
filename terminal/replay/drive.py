"""A recorded trip through the terminal's own loop, on a clock that stands still between two rows."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from device.clock import AGREEING, Clock
from device.facts import CodeSeen
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from device.reader.messages import Hint
from rules.messages.codec import decode_event
from rules.messages.events import RideLeftOpen, StopSettled, Tapped
from rules.messages.topics import Channel
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.stops import distance_m
from rules.passes.key_set import Key, KeySet
from rules.passes.rider_pass import PASS_ID_BYTES, PassBody, PassFlag, PassKind, RiderClass, issue, to_text
from rules.passes.seal import SigningKey, Use, private_from_bytes, public_bytes
from rules.ride.locate import Fix
from terminal.bus import Bus
from terminal.facts import DoorState, Fact, FixSeen, TripChosen, TripDone, WheelsTurned
from terminal.loop import Loop
from terminal.picture import JAPAN
from terminal.replay.recording import Sensed, Shown
from terminal.replay.settled_fare import settled_fare
from terminal.screen.snapshot import Snapshot
from terminal.signals.told import Told

UNIT = "replay"
ISSUER = 1
KID = 128
HOLD = Yen(20_000)
LIFE_HOURS = 24 * 30
FOR_EVER = 2**32 - 1
SINCE_POWER_ON_S = 1_000.0
COURSE_M, COURSE_S = 25.0, 5.0
"""So far apart in so little time two fixes of a moving bus say which way it drives."""
MOST_RECORDS = 10_000
"""That one fact may lead to: a bus full of people who forgot to alight."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One tap, and what came of it: its record and that one's number, None for a code still in view from its last."""

    shown: Shown
    record: Tapped | None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """At `t` it was known better at which stop the taps of these people were."""

    t: float
    names: tuple[str, ...]
    record: StopSettled


@dataclass(frozen=True, slots=True)
class Final:
    """What a tap's record says once later evidence is in; None where there is no stop, or no fare."""

    stop_id: str | None
    fare: int | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A ride that nobody ended, as it was closed with the trip."""

    name: str
    record: RideLeftOpen


@dataclass(frozen=True, slots=True)
class Moved:
    """The bus is at another stop of its trip, or at none; `reason` as the driver reads it."""

    t: float
    stop_index: int | None
    reason: str


Happening = Answered | Forgotten | Moved | Settled


@dataclass
class _Time:
    seconds: float = SINCE_POWER_ON_S

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class _NoLamps:
    def answer(self, told: Told) -> None:
        """Nobody stands at this door."""

    def help(self, hint: Hint) -> None:
        """Nobody holds a code."""

    def fault(self) -> None:
        """The journal's error says it."""


class _NoLink:
    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> None:
        """There is no office."""


@dataclass
class Replay:
    """One trip of `edition` on service day `day`, told to `tell` as it happens."""

    edition: Edition
    trip_id: str
    day: date
    tell: Callable[[Happening], None]
    _time: _Time = field(default_factory=_Time)
    _names: dict[str, str] = field(default_factory=dict)
    _taps: dict[int, Tapped] = field(default_factory=dict)
    _stops: dict[int, int] = field(default_factory=dict)
    _last_fix: Fix | None = None

    def run(self, sensed: Sequence[Sensed], shown: Sequence[Shown]) -> None:
        """Rows by time; at one moment the sensors come first. Raises JournalBroken where the temporary disk fails."""
        rows: list[Sensed | Shown] = [*sensed, *shown]
        rows.sort(key=lambda row: row.t)
        if not rows:
            return
        self._offset = self._time.seconds + AGREEING - rows[0].t
        with (
            tempfile.TemporaryDirectory(prefix="replay-") as folder,
            Journal(Path(folder), UNIT, any_disk=True).open() as journal,
        ):
            self._drive(journal, rows)

    def _drive(self, journal: Journal, rows: list[Sensed | Shown]) -> None:
        key = private_from_bytes(bytes(31) + b"\1")
        clock = Clock(self._time, UNIT, int(self._wall(rows[0].t) - AGREEING))
        for _ in range(AGREEING):
            # The unit has been on for a while and knows the time.
            self._time.sleep(1.0)
            clock.hear_gps(self._wall(self._time.seconds - self._offset), self._time.seconds)
        passes = {row.name: row.rider_class for row in rows if isinstance(row, Shown)}
        loop = Loop(self._bus(journal, clock, key, passes))
        loop.begin()
        self._do(loop, journal, TripChosen(self.trip_id, self.day.isoformat()))
        door: bool | None = None
        for row in rows:
            self._time.seconds = row.t + self._offset
            if isinstance(row, Shown):
                code = issue(self._body(row.name, row.rider_class), key).pack()
                self._do(loop, journal, CodeSeen(to_text(code).encode("ascii")), row)
                continue
            if row.odometer_m is not None:
                self._do(loop, journal, WheelsTurned(self._time.seconds, row.odometer_m))
            if row.position is not None:
                fix = self._fix(row, row.position)
                self._do(loop, journal, FixSeen(fix, self._wall(row.t)))
            if row.door_open is not None and row.door_open != door:
                door = row.door_open
                self._do(loop, journal, DoorState(door))
        self._do(loop, journal, TripDone())

    def _fix(self, row: Sensed, position: tuple[float, float]) -> Fix:
        """The tables have no course: it is where the bus has gone since the last fix, if that is no noise."""
        lat, lon = position
        course = None
        before = self._last_fix
        if before is not None and self._time.seconds - before.mono <= COURSE_S:
            moved = distance_m(before.lat, before.lon, lat, lon)
            if moved < COURSE_M:
                before, course = replace(before, mono=self._time.seconds), before.course_deg
            else:
                east = (lon - before.lon) * math.cos(math.radians(lat))
                course = math.degrees(math.atan2(east, lat - before.lat)) % 360
                before = None
        else:
            before = None
        fix = Fix(self._time.seconds, lat, lon, row.speed_mps, course, row.hdop, None)
        self._last_fix = before or fix
        return fix

    def _do(self, loop: Loop, journal: Journal, fact: Fact, shown: Shown | None = None) -> None:
        """One fact, and what was written because of it."""
        last = journal.last.number
        loop.report(fact)
        loop.turn()
        answered: Answered | None = None
        records = journal.records_after(last, MOST_RECORDS) if journal.last.number > last else []
        for record in records:
            match event := decode_event(record.body):
                case RideLeftOpen():
                    self.tell(Forgotten(self._names[event.pass_id], event))
                case StopSettled():
                    self._settle(event)
                case Tapped() if shown is not None:
                    answered = Answered(shown, event, record.number)
                    self._taps[record.number] = event
        if shown is not None:
            self.tell(answered or Answered(shown, None))

    def _settle(self, word: StopSettled) -> None:
        for tap in word.taps:
            self._stops[tap.number] = word.stop_index
        names = tuple(self._names[self._taps[tap.number].pass_id] for tap in word.taps)
        self.tell(Settled(self._time.seconds - self._offset, names, word))

    def final(self, answered: Answered) -> Final:
        """What became of a tap, after `run`."""
        tap = answered.record
        if tap is None or not tap.stop_id:
            return Final(None, None)
        stop_ids = self.edition.pattern_of(self.trip_id).stop_ids
        index = self._stops.get(answered.number, tap.stop_index)
        if tap.board is None:
            return Final(stop_ids[index], None)
        board = self._taps[tap.board.number]
        begun = self._stops.get(tap.board.number, board.stop_index)
        return Final(stop_ids[index], settled_fare(board, begun, index, self.edition))

    def _wall(self, t: float) -> float:
        """Unix seconds, at `t` seconds after the service day's midnight in Japan."""
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=JAPAN)
        return midnight.timestamp() + t

    def _bus(self, journal: Journal, clock: Clock, key: SigningKey, passes: dict[str, RiderClass]) -> Bus:
        lists = OfficeLists(UNIT, public_bytes(key))
        lists.keys = KeySet(1, (Key(KID, Use.PASS, public_bytes(key), 0, FOR_EVER),))
        lists.read_until = clock.now().wall
        lists.editions[self.edition.number] = self.edition
        for name, rider_class in passes.items():
            pass_id = self._body(name, rider_class).pass_id.hex()
            self._names[pass_id] = name
            lists.cards.add(pass_id)
        moved = _Movement(self.tell, lambda: self._time.seconds - self._offset)
        return Bus(
            unit=UNIT,
            demo=True,
            issuer=ISSUER,
            version=UNIT,
            identity=Identity(UNIT, key, public_bytes(key)),
            journal=journal,
            lists=lists,
            clock=clock,
            real=self._time,
            signals=_NoLamps(),
            link=_NoLink(),
            publish=moved.see,
        )

    def _body(self, name: str, rider_class: RiderClass) -> PassBody:
        """A card: what is replayed is where it was shown, not how a phone proves itself."""
        pass_id = hashlib.sha256(name.encode()).digest()[:PASS_ID_BYTES]
        since = int(self._wall(0)) - 86_400
        return PassBody(
            PassKind.CARD, KID, ISSUER, pass_id, since, LIFE_HOURS, rider_class, PassFlag(0), HOLD, 0, None
        )


class _Movement:
    """Tells every change of the stop that the driver's page shows."""

    def __init__(self, tell: Callable[[Happening], None], t: Callable[[], float]) -> None:
        self._tell = tell
        self._t = t
        self._at: int | None = None

    def see(self, snapshot: Snapshot) -> None:
        if snapshot.at_index != self._at:
            self._at = snapshot.at_index
            self._tell(Moved(self._t(), self._at, snapshot.place_reason))
