"""Codes in view become at most one answer each: read, decide, write down. The loop then lights the lamp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import decode, encode
from rules.passes.rider_pass import ReadPass, read_code
from rules.ride.admission import OfficeWord
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Outcome
from rules.ride.tap import DEBOUNCE_S, Accepted, Refused, StillShown, decide_tap, leave_open
from terminal.records import code_hash, ride_left_open, tapped

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.instant import Instant
    from rules.messages.events import AnyEvent, Tapped
    from rules.network.edition import Edition
    from rules.passes.rider_pass import Unread
    from rules.ride.tap import Door

UNREAD_PAUSE_S = 1.5
"""Between two answers to things that are no passes: somebody leafing through codes must not fill the journal."""
MAX_IN_VIEW = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell the rider, and the record that says it."""

    outcome: Outcome
    record: Tapped


class Taps:
    """The passes this bus remembers and the codes in front of its camera. Owned by the loop."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._memory = {key: decode(body, PassMemory) for key, body in journal.recall_all("pass").items()}
        self._in_view: dict[str, float] = {}
        self._unread_until = 0.0

    @property
    def on_board(self) -> int:
        """People with an open ride on this bus, parties counted whole."""
        rides = (memory.open_ride for memory in self._memory.values())
        return sum(1 + ride.adults + ride.children for ride in rides if ride is not None)

    def show(self, data: bytes, at: Instant, mono: float, door: Door, office: OfficeWord) -> Answer | None:
        """Answer one code in view and write the answer down; None for one that has had its answer.

        `mono` are seconds on the machine's monotonic clock. Raises JournalBroken.
        """
        read = read_code(data)
        code = code_hash(data)
        pass_id = read.body.pass_id.hex() if isinstance(read, ReadPass) else ""
        if self._still_in_view(code, pass_id, mono):
            return None
        if not pass_id and mono < self._unread_until:
            return None
        memory = self._memory.get(pass_id, PassMemory())
        decision = decide_tap(read, at, door, office, memory)
        if isinstance(decision, StillShown):
            return None
        record = self._write(read, data, at, door, pass_id, decision)
        self._in_view[code] = mono
        if decision.outcome.rides:
            self._in_view[pass_id] = mono
        if not pass_id:
            self._unread_until = mono + UNREAD_PAUSE_S
        return Answer(decision.outcome, record)

    def end_of_trip(self, at: Instant, edition: Edition) -> tuple[list[AnyEvent], list[Keep]]:
        """Close what nobody closed: records and memory to be written with the end of the trip."""
        events: list[AnyEvent] = []
        keeps: list[Keep] = []
        for pass_id, memory in self._memory.items():
            ride = memory.open_ride
            if ride is None or ride.trip_id not in edition.trips:
                continue
            left, after = leave_open(memory, edition)
            self._memory[pass_id] = after
            events.append(ride_left_open(pass_id, at, left))
            keeps.append(Keep("pass", pass_id, encode(after)))
        return events, keeps

    def _still_in_view(self, code: str, pass_id: str, mono: float) -> bool:
        """Whether this show has been answered. Holding on to a code keeps it answered."""
        self._in_view = {key: seen for key, seen in self._in_view.items() if mono - seen < DEBOUNCE_S}
        known = [key for key in (code, pass_id) if key in self._in_view]
        for key in known:
            self._in_view[key] = mono
        return bool(known) or len(self._in_view) >= MAX_IN_VIEW

    def _write(
        self,
        read: ReadPass | Unread,
        data: bytes,
        at: Instant,
        door: Door,
        pass_id: str,
        decision: Accepted | Refused,
    ) -> Tapped:
        record = tapped(read, data, at, door, decision)
        if isinstance(decision, Refused):
            self._journal.write([record])
            return record
        events: list[AnyEvent] = [record]
        if decision.left_open is not None:
            events.insert(0, ride_left_open(pass_id, at, decision.left_open))
        memory = _numbered(decision.memory, self._journal.epoch, self._journal.next_number + len(events) - 1)
        self._journal.write(events, [Keep("pass", pass_id, encode(memory))])
        self._memory[pass_id] = memory
        return record


def _numbered(memory: PassMemory, epoch: str, number: int) -> PassMemory:
    """A ride that begins with this record is named by it."""
    if memory.open_ride is None or memory.open_ride.epoch:
        return memory
    return replace(memory, open_ride=replace(memory.open_ride, epoch=epoch, number=number))
