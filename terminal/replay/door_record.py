"""Which opening of the door each tap belongs to, by what the journal says of the door.

The rule is the locator's own (`rules/ride/locator/openings.py`). A bus without a contact writes nothing of the door,
and what it then takes for an opening hangs on more than its records say: of its taps nothing is known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.messages.events import (
    DoorMoved,
    HandAlighted,
    HandBoarded,
    Started,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.ride.locator.openings import Opening, opening_of_alighting, opening_of_boarding
from rules.ride.outcomes import Movement

if TYPE_CHECKING:
    from terminal.replay.journal_facts import Ref, Written


@dataclass(frozen=True, slots=True)
class Bound:
    """The opening of a tap, by its number on that trip; None is none near it.

    `at_once`: it had begun when the tap was answered. `stretch` tells the trips, and the runs of the program, apart.
    """

    stretch: int
    opening: int | None
    at_once: bool


@dataclass
class _Door:
    """One trip in one run of the program."""

    stretch: int = 0
    is_open: bool | None = None
    on_trip: bool = False
    is_known: bool = False
    openings: list[Opening] = field(default_factory=list)
    taps: list[tuple[Ref, float, Movement]] = field(default_factory=list)
    since_moved: int = 0

    def begin(self, mono: float) -> None:
        # Until it opens nobody knows whether the contact works.
        self.on_trip, self.is_known = True, False
        if self.is_open:
            self._open(mono)

    def move(self, mono: float, *, is_open: bool) -> None:
        if is_open == self.is_open:
            # The one between was not written, for want of room: nobody knows what came meanwhile.
            del self.taps[self.since_moved :]
        elif self.on_trip and is_open:
            self._open(mono)
        elif self.openings and self.openings[-1].closed is None:
            self.openings[-1].closed = mono
        self.is_open = is_open
        self.since_moved = len(self.taps)

    def tap(self, ref: Ref, mono: float, movement: Movement) -> None:
        if self.is_known:
            self.taps.append((ref, mono, movement))

    def end(self) -> Iterable[tuple[Ref, Bound]]:
        """Where each of its taps belongs; the next trip begins without openings."""
        for ref, mono, movement in self.taps:
            of = opening_of_boarding if movement is Movement.BOARD else opening_of_alighting
            opening = of(self.openings, mono)
            at_once = opening is not None and opening.opened <= mono
            yield ref, Bound(self.stretch, opening.number if opening else None, at_once)
        self.openings, self.taps = [], []
        self.on_trip = self.is_known = False
        self.stretch, self.since_moved = self.stretch + 1, 0

    def _open(self, mono: float) -> None:
        self.is_known = True
        number = len(self.openings) + 1
        self.openings.append(Opening(number, mono, None, (), 0.0, ask=False))


def bound_taps(facts: Iterable[Written]) -> dict[Ref, Bound]:
    """The taps that ride, and who rides by the driver's hand, as far as the records tell."""
    door = _Door()
    bound: dict[Ref, Bound] = {}
    for each in facts:
        event = each.event
        if not each.follows or event is None or isinstance(event, Started):
            bound |= door.end()
            door.is_open = None
            # A trip that was on goes on; its openings are known again from the next one on.
            door.on_trip = each.trip is not None
        if event is None:
            continue
        mono = event.at.mono_ms / 1000
        match event:
            case TripStarted():
                bound |= door.end()
                door.begin(mono)
            case TripEnded():
                bound |= door.end()
            case DoorMoved():
                door.move(mono, is_open=event.is_open)
            case Tapped() if event.movement is not Movement.REFUSED:
                door.on_trip = True
                door.tap(each.ref, mono, event.movement)
            case HandBoarded():
                door.tap(each.ref, mono, Movement.BOARD)
            case HandAlighted() if not event.forgotten:
                door.tap(each.ref, mono, Movement.ALIGHT)
    bound |= door.end()
    return bound
