"""Riders whom a driver records by hand, as the books must have them. Nothing of the product is in here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

ADULT_FARE = {1: 130, 2: 200, 3: 270, 4: 340}
"""Yen by sections."""


@dataclass(frozen=True, slots=True)
class Aboard:
    """People alike who boarded together at a stop."""

    stop: int
    means: str
    rider_class: str
    people: int


@dataclass(frozen=True, slots=True)
class HandRide:
    """A ride as it must stand in the books. `alight` is None while they are on board."""

    bus: str
    trip: str
    day: str
    board: int
    alight: int | None
    means: str
    people: int
    state: str
    cash: int


@dataclass(slots=True)
class _Side:
    """One bus: who is on board on which trip, and how it was before the last touch."""

    trip: str = ""
    day: str = ""
    aboard: list[Aboard] = field(default_factory=list)
    before: tuple[list[Aboard], int] = field(default_factory=lambda: ([], 0))


class HandBooks:
    """All buses' riders by hand."""

    def __init__(self) -> None:
        self._sides: defaultdict[str, _Side] = defaultdict(_Side)
        self._ended: defaultdict[str, list[HandRide]] = defaultdict(list)

    def aboard(self, bus: str) -> list[Aboard]:
        """Who is on board by hand."""
        return list(self._sides[bus].aboard)

    def boarded(self, bus: str, trip: str, day: str, group: Aboard) -> None:
        """The driver recorded them."""
        side = self._remember(bus)
        side.trip, side.day = trip, day
        side.aboard.append(group)

    def alighted(self, bus: str, trip: str, day: str, group: Aboard, people: int, stop: int) -> None:
        """So many of a group that is on board, or of one that nobody recorded, alighted at `stop`."""
        side = self._remember(bus)
        if group in side.aboard:
            place = side.aboard.index(group)
            left = replace(group, people=group.people - people)
            side.aboard[place : place + 1] = [left] if left.people else []
        cash = _fare(group, stop) * people if group.means == "cash" else 0
        self._ended[bus].append(
            HandRide(bus, trip, day, group.stop, stop, group.means, people, "complete", cash)
        )

    def undone(self, bus: str) -> None:
        """The driver took the last touch back."""
        side = self._sides[bus]
        side.aboard, ended = side.before
        del self._ended[bus][ended:]

    def trip_ended(self, bus: str, last: int) -> None:
        """Who is still on board was forgotten."""
        side = self._sides[bus]
        for group in side.aboard:
            self._ended[bus].append(
                HandRide(
                    bus, side.trip, side.day, group.stop, last, group.means, group.people, "provisional", 0
                )
            )
        side.aboard = []

    def rides(self) -> list[HandRide]:
        """All of them: those that have ended, and those whose riders are still on board."""
        aboard = [
            HandRide(bus, side.trip, side.day, group.stop, None, group.means, group.people, "open", 0)
            for bus, side in self._sides.items()
            for group in side.aboard
        ]
        return [ride for rides in self._ended.values() for ride in rides] + aboard

    def _remember(self, bus: str) -> _Side:
        side = self._sides[bus]
        side.before = (list(side.aboard), len(self._ended[bus]))
        return side


def _fare(group: Aboard, stop: int) -> int:
    adult = ADULT_FARE[stop - group.stop]
    return -(-adult // 20) * 10 if group.rider_class == "child" else adult
