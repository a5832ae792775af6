"""Codes in view become at most one answer each: read, decide, write down. The loop then lights the lamp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import decode, encode
from rules.messages.events import RecordRef
from rules.money import NOTHING
from rules.passes.rider_pass import PassFlag, ReadPass, read_code
from rules.ride.memory import PassMemory, reckoned
from rules.ride.outcomes import Movement, Outcome
from rules.ride.tap import (
    DEBOUNCE_S,
    Accepted,
    LeftOpen,
    Refused,
    StillShown,
    decide_tap,
    leave_open,
)
from terminal.records import code_hash, ride_left_open, tapped
from terminal.signals.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device.journal import Journal
    from device.office_lists import OfficeLists
    from rules.instant import Instant
    from rules.messages.events import AnyEvent, Tapped
    from rules.network.edition import Edition
    from rules.passes.rider_pass import Unread
    from rules.ride.admission import OfficeWord
    from rules.ride.tap import Door
    from terminal.trip import CurrentTrip, Stand

OVERRULE_S = 60.0
"""So long after a refusal the driver can overrule it."""
AWAY_S = 3.0
"""A code not seen for this long has been taken away, and showing it again is asking again."""
MAX_IN_VIEW = 64
SAME_NO_PAUSE_S = 1.5
"""Between two refusals of one kind: somebody leafing through codes must not fill the journal."""
FORGET_S = 48 * 3600
FORGET_UNSURE_S = 30 * 86_400
"""A pass answered while the time was unknown may be younger than its wall time says, by as long as the bus stood.

And what was taken from its hold is remembered as long as it may be waiting to be told to central.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The record that says what the rider is told, and the bus as the tap found it.

    `photo`: their card bears a photograph, for the driver to look at.
    """

    record: Tapped
    stand: Stand
    photo: bool = False

    @property
    def told(self) -> Told:
        """For the door."""
        tap = self.record
        commuter = tap.movement is Movement.ALIGHT and bool(tap.product) and not tap.fare
        return Told(tap.outcome, tap.movement, tap.fare, tap.cash, commuter)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A code that was refused at `mono` seconds, by the record `ref`."""

    data: bytes
    mono: float
    ref: RecordRef


@dataclass(frozen=True, slots=True)
class Boarded:
    """How many people boarded on a service day, parties counted whole."""

    service_date: str = ""
    people: int = 0


class Taps:
    """The passes this bus remembers and the codes in front of its camera. Owned by the loop."""

    def __init__(self, journal: Journal, lists: OfficeLists) -> None:
        self._journal = journal
        self._lists = lists
        self._memory: dict[str, PassMemory] = {}
        self._in_view_until: dict[str, float] = {}
        self._quiet_until: dict[Outcome, float] = {}
        self._refused: _Shown | None = None
        self.boarded = Boarded()

    def resume(self, at: Instant) -> list[Keep]:
        """Take up what the journal remembers; what of it is old enough to be forgotten now."""
        if kept := self._journal.recall("boarded", ""):
            self.boarded = decode(kept, Boarded)
        every = {
            key: self._reckoned(key, decode(body, PassMemory))
            for key, body in self._journal.recall_all("pass").items()
        }
        self._memory = {key: memory for key, memory in every.items() if not _is_old(memory, at)}
        return [Keep("pass", key, None) for key in every if key not in self._memory]

    @property
    def on_board(self) -> int:
        """People with an open ride on this bus, parties counted whole."""
        rides = (memory.open_ride for memory in self._memory.values())
        return sum(1 + ride.adults + ride.children for ride in rides if ride is not None)

    @property
    def editions(self) -> set[int]:
        """The editions that open rides began under."""
        rides = (memory.open_ride for memory in self._memory.values())
        return {ride.edition for ride in rides if ride is not None}

    def show(
        self, data: bytes, at: Instant, trip: CurrentTrip, edition: Edition, office: OfficeWord
    ) -> Answer | None:
        """Answer one code in view and write the answer down; None for one that has had its answer.

        `edition` is the one in force while no trip is on. Raises JournalBroken.
        """
        mono = at.mono_ms / 1000
        read = read_code(data)
        code = code_hash(data)
        pass_id = read.body.pass_id.hex() if isinstance(read, ReadPass) else ""
        if self._still_in_view({code: AWAY_S, pass_id: DEBOUNCE_S}, mono):
            return None
        stand = trip.stand(edition, mono)
        door = stand.door
        earlier, memory = self._recall(pass_id, trip, door)
        decision = decide_tap(read, at, door, office, memory)
        if isinstance(decision, StillShown):
            self._put_in_view(pass_id, mono + DEBOUNCE_S)
            return None
        if isinstance(decision, Refused):
            if mono < self._quiet_until.get(decision.outcome, 0.0):
                return None
            self._quiet_until[decision.outcome] = mono + SAME_NO_PAUSE_S
            record = tapped(read, data, at, door, decision)
            self._journal.write([record])
            last = self._journal.last.number
            self._refused = _Shown(data, mono, RecordRef(self._journal.epoch, last))
            self._put_in_view(code, mono + AWAY_S)
        else:
            self._refused = None
            record = self._accept(read, data, at, door, pass_id, decision, decision.left_open or earlier)
            self._put_in_view(pass_id, mono + DEBOUNCE_S)
        return Answer(record, stand, photo=isinstance(read, ReadPass) and PassFlag.PHOTO in read.body.flags)

    def may_overrule(self, mono: float) -> bool:
        """Whether the last answer was a refusal that the driver may overrule."""
        return self._refused is not None and mono - self._refused.mono <= OVERRULE_S

    def overrule(self, at: Instant, trip: CurrentTrip, office: OfficeWord) -> Answer | RecordRef | None:
        """The driver lets in whom the last answer refused. Raises JournalBroken.

        The answer, where the rules can take the code by the driver's word. Else the refusal's record: they ride all
        the same, unpaid by the pass, by the driver's hand. None where there is nothing to overrule, or where the pass
        is on board and the rules cannot end its ride by this code.
        """
        mono = at.mono_ms / 1000
        shown, self._refused = (self._refused if self.may_overrule(mono) else None), None
        if shown is None or trip.edition is None:
            return None
        read = read_code(shown.data)
        pass_id = read.body.pass_id.hex() if isinstance(read, ReadPass) else ""
        stand = trip.stand(trip.edition, mono)
        earlier, memory = self._recall(pass_id, trip, stand.door)
        decision = decide_tap(read, at, stand.door, office, memory, allowed=True)
        if not isinstance(decision, Accepted):
            return None if memory.open_ride is not None else shown.ref
        record = self._accept(
            read,
            shown.data,
            at,
            stand.door,
            pass_id,
            decision,
            decision.left_open or earlier,
            allowed=True,
        )
        self._put_in_view(pass_id, mono + DEBOUNCE_S)
        return Answer(record, stand)

    def refuse_full(self, data: bytes, at: Instant, stand: Stand) -> Answer | None:
        """The answer to a code that there is no room to write down; nothing is written, not even the refusal."""
        mono = at.mono_ms / 1000
        if mono < self._quiet_until.get(Outcome.JOURNAL_FULL, 0.0):
            return None
        self._quiet_until[Outcome.JOURNAL_FULL] = mono + SAME_NO_PAUSE_S
        refused = Refused(Outcome.JOURNAL_FULL)
        return Answer(tapped(read_code(data), data, at, stand.door, refused), stand)

    def settle(self, passes: Iterable[str], trip: CurrentTrip) -> list[Keep]:
        """Take over what is known better of these passes' stops; the memory to be written with the records of it."""
        keeps = []
        for pass_id in passes:
            memory = self._memory.get(pass_id)
            settled = memory and trip.settled(memory, pass_id)
            if settled is not None and settled != memory:
                self._memory[pass_id] = settled
                keeps.append(Keep("pass", pass_id, encode(settled)))
        return keeps

    def end_of_trip(self, at: Instant) -> tuple[list[AnyEvent], list[Keep]]:
        """Close every ride that nobody closed: records and memory, to be written with the end of the trip."""
        events: list[AnyEvent] = []
        keeps: list[Keep] = []
        for pass_id, memory in self._memory.items():
            if memory.open_ride is None:
                continue
            left, after = self._close(self._reckoned(pass_id, memory))
            self._memory[pass_id] = after
            events.append(ride_left_open(pass_id, at, left))
            keeps.append(Keep("pass", pass_id, encode(after)))
        return events, keeps

    def _recall(self, pass_id: str, trip: CurrentTrip, door: Door) -> tuple[LeftOpen | None, PassMemory]:
        """What is remembered of a pass, its stops as they are known now, and its ride by another edition closed.

        The rule closes an earlier trip's ride by the door's edition, which may not know that trip any more.
        """
        memory = trip.settled(self._reckoned(pass_id, self._memory.get(pass_id, PassMemory())), pass_id)
        if memory.open_ride is not None and memory.open_ride.edition != door.edition.number:
            return self._close(memory)
        return None, memory

    def _reckoned(self, pass_id: str, memory: PassMemory) -> PassMemory:
        return reckoned(memory, self._lists.holds.get(pass_id))

    def _close(self, memory: PassMemory) -> tuple[LeftOpen, PassMemory]:
        """Close an open ride by the edition it began under; without that one it ends where it began, for nothing."""
        ride = memory.open_ride
        assert ride is not None
        edition = self._lists.editions.get(ride.edition)
        if edition is not None and ride.trip_id in edition.trips:
            return leave_open(memory, edition)
        left = LeftOpen(ride, "", ride.stop_id, ride.stop_index, NOTHING, NOTHING, NOTHING)
        return left, replace(memory, open_ride=None)

    def _still_in_view(self, gaps: dict[str, float], mono: float) -> bool:
        """Whether this show has been answered: one of its names was in view within its gap. Holding on prolongs it."""
        self._in_view_until = {key: until for key, until in self._in_view_until.items() if mono < until}
        known = [key for key in gaps if key in self._in_view_until]
        for key in known:
            self._in_view_until[key] = mono + gaps[key]
        return bool(known)

    def _put_in_view(self, key: str, until: float) -> None:
        if len(self._in_view_until) >= MAX_IN_VIEW:
            del self._in_view_until[min(self._in_view_until, key=self._in_view_until.__getitem__)]
        self._in_view_until[key] = until

    def _accept(
        self,
        read: ReadPass | Unread,
        data: bytes,
        at: Instant,
        door: Door,
        pass_id: str,
        decision: Accepted,
        left_open: LeftOpen | None,
        *,
        allowed: bool = False,
    ) -> Tapped:
        record = tapped(read, data, at, door, decision, allowed=allowed)
        events: list[AnyEvent] = [record]
        if left_open is not None:
            events.insert(0, ride_left_open(pass_id, at, left_open))
        memory = _numbered(decision.memory, self._journal.epoch, self._journal.next_number + len(events) - 1)
        keeps = [Keep("pass", pass_id, encode(memory))]
        boarded = self.boarded
        if decision.movement is Movement.BOARD:
            before = boarded.people if boarded.service_date == door.service_date else 0
            boarded = Boarded(door.service_date, before + 1 + record.adults + record.children)
            keeps.append(Keep("boarded", "", encode(boarded)))
        self._journal.write(events, keeps)
        self._memory[pass_id] = memory
        self.boarded = boarded
        return record


def _numbered(memory: PassMemory, epoch: str, number: int) -> PassMemory:
    """A ride that begins with this record is named by it."""
    if memory.open_ride is None or memory.open_ride.epoch:
        return memory
    return replace(memory, open_ride=replace(memory.open_ride, epoch=epoch, number=number))


def _is_old(memory: PassMemory, at: Instant) -> bool:
    """Whether a pass was last answered so long ago that it need not be remembered: 48 hours, if that is known.

    Not while it has given something that no figure from central counts.
    """
    answered = memory.answered_at
    if memory.open_ride is not None or answered is None:
        return False
    soon = answered.wall_known and not memory.takings
    return at.wall - answered.wall > (FORGET_S if soon else FORGET_UNSURE_S)
