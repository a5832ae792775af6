"""Which taps belong to which opening of the door, so that they follow it when its stop is known better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.ride.locator.openings import TAP_S
from rules.ride.outcomes import Movement

if TYPE_CHECKING:
    from rules.messages.events import RecordRef
    from rules.ride.locator.openings import Opening
    from rules.ride.memory import PassMemory

KEPT_OPENINGS = 16
"""Whose taps are remembered; by then nothing is settled any more."""


@dataclass(slots=True)
class Bound:
    """A tap of an opening, or a rider recorded by hand, who has no `pass_id`.

    `told` is the stop's index by its record, or by the last word about it.
    """

    ref: RecordRef
    pass_id: str
    movement: Movement
    told: int
    unsure: bool


class Settling:
    """The taps of one trip by the number of their door opening; alightings wait for theirs until it begins.

    `last` is the index of the trip's last stop: nobody boarded there, whatever the opening is taken for.
    """

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._taps: dict[int, list[Bound]] = {}
        self._waiting: list[tuple[float, Bound]] = []

    def note(self, opening: int | None, mono: float, bound: Bound) -> None:
        """Remember who rides; without an `opening` it belongs to the next one, if that begins in time."""
        if opening is not None:
            self._taps.setdefault(opening, []).append(bound)
        elif bound.movement is Movement.ALIGHT:
            self._waiting.append((mono, bound))

    def opened(self, opening: Opening) -> None:
        """An opening has begun: the alightings of the last minute are its own."""
        for mono, bound in self._waiting:
            if opening.opened - mono <= TAP_S:
                self._taps.setdefault(opening.number, []).append(bound)
        self._waiting.clear()
        for number in [number for number in self._taps if number <= opening.number - KEPT_OPENINGS]:
            del self._taps[number]

    def has_taps(self, opening: int) -> bool:
        """Whether anybody's fare hangs on this opening."""
        return opening in self._taps

    def better(self, opening: Opening) -> list[Bound]:
        """The taps of an opening about which there is something to say; they are taken for told."""
        found = [
            tap
            for tap in self._taps.get(opening.number, ())
            if self._can_be(tap, opening)
            and (tap.told != opening.stop_index or (tap.unsure and not opening.flagged))
        ]
        for tap in found:
            tap.told, tap.unsure = opening.stop_index, opening.flagged
        return found

    def boarded_at(self, ref: RecordRef, openings: Iterable[Opening]) -> int | None:
        """Where this boarding was, as it is known now; None if nothing is known but its record."""
        for opening in openings:
            for tap in self._taps.get(opening.number, ()):
                if tap.ref == ref and self._can_be(tap, opening):
                    return opening.stop_index
        return None

    def settled(
        self, memory: PassMemory, pass_id: str, openings: Iterable[Opening], stop_ids: Sequence[str]
    ) -> PassMemory:
        """A pass's memory with the stops of its open ride and of its last alighting as they are known now."""
        for opening in openings:
            for tap in self._taps.get(opening.number, ()):
                if tap.pass_id == pass_id and self._can_be(tap, opening):
                    memory = _at_stop(memory, tap, opening.stop_index, stop_ids)
        return memory

    def _can_be(self, tap: Bound, opening: Opening) -> bool:
        return tap.movement is Movement.ALIGHT or opening.stop_index != self._last


def _at_stop(memory: PassMemory, tap: Bound, stop_index: int, stop_ids: Sequence[str]) -> PassMemory:
    ride, alighted = memory.open_ride, memory.alighted
    if tap.movement is Movement.ALIGHT and alighted is not None:
        return replace(memory, alighted=replace(alighted, stop_index=stop_index))
    if ride is not None and (ride.epoch, ride.number) == (tap.ref.epoch, tap.ref.number):
        return replace(memory, open_ride=replace(ride, stop_index=stop_index, stop_id=stop_ids[stop_index]))
    return memory
