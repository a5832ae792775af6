"""What must be in the office's books, worked out from what riders saw at the door. Nothing of the product is in here.

A rider's first green lamp on a trip is a boarding, the next an alighting; who is still on board when the trip ends has
ridden to its last stop. A phone's code pays for one ride: if it opened several, on buses that did not know of one
another, the first bus's by name is paid, and of the others only what the driver took. In which order buses are heard
makes no difference, so none is known here.

How much of a fare the pass paid and how much the driver took is what the lamp said: it hangs on what the bus had heard
from the office by then. Of a forgotten ride it is the office that says how much is owed.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field, replace

from tests.village.by_hand import ADULT_FARE, HandBooks
from tests.village.verdict import Violation

LAST_STOP = 4
HALF_CLASSES = {"child", "handbook", "handbook_attended"}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a pass up: whose it is, and what is written on it."""

    pass_id: str
    member: str
    is_card: bool
    rider_class: str
    hold: int
    pays_for_all: bool


@dataclass(frozen=True, slots=True)
class Ride:
    """One ride as it must stand in the books. `alight` is None while nobody has ended it.

    `held` is what the pass paid; of a `forgotten` ride also what is owed.
    `code` is the phone's code that opened it, "" for a card.
    """

    bus: str
    pass_id: str
    trip: str
    day: str
    board: int
    alight: int | None
    forgotten: bool
    held: int
    cash: int
    code: str


@dataclass(frozen=True, slots=True)
class OnBoard:
    """Somebody who has boarded."""

    holder: Holder
    trip: str
    day: str
    stop: int
    adults: int
    children: int
    code: str


@dataclass(slots=True)
class BusSide:
    """What one bus has to remember: who is on board."""

    on_board: dict[str, OnBoard] = field(default_factory=dict)


class Model:
    """The books as they must be."""

    def __init__(self) -> None:
        self._ended: list[Ride] = []
        self.charges: list[tuple[str, int]] = []
        self.by_hand = HandBooks()
        self._buses: defaultdict[str, BusSide] = defaultdict(BusSide)
        self._holders: dict[str, Holder] = {}

    def member_of(self, pass_id: str) -> str:
        """Whose pass this is."""
        return self._holders[pass_id].member

    def passes_of(self, member: str) -> list[str]:
        """All passes that the member has ridden on."""
        return [holder.pass_id for holder in self._holders.values() if holder.member == member]

    def green(
        self,
        bus: str,
        holder: Holder,
        trip: str,
        day: str,
        stop: int,
        party: tuple[int, int],
        code: str,
        cash: int = 0,
    ) -> None:
        """A green lamp for this pass at this stop, and the cash that it asked for.

        `party` is what its code said, adults and children.
        """
        self._holders[holder.pass_id] = holder
        side = self._buses[bus]
        board = side.on_board.pop(holder.pass_id, None)
        if board is None:
            side.on_board[holder.pass_id] = OnBoard(
                holder, trip, day, stop, *party, "" if holder.is_card else code
            )
            return
        assert (board.trip, board.day) == (trip, day), "a ride went on after its trip's end"
        self._end(bus, board, stop, cash)

    def trip_ended(self, bus: str) -> None:
        """Who is still on board has forgotten to alight."""
        side = self._buses[bus]
        for board in side.on_board.values():
            self._end(bus, board, LAST_STOP, None)
        side.on_board.clear()
        self.by_hand.trip_ended(bus, LAST_STOP)

    def copy_of(self, bus: str) -> BusSide:
        """What a copy of the bus's card would remember."""
        return copy.deepcopy(self._buses[bus])

    def put_back(self, bus: str, side: BusSide) -> None:
        """An old copy is in the bus again."""
        self._buses[bus] = copy.deepcopy(side)

    def rides(self) -> list[Ride]:
        """All of them: those that have ended, and those whose riders are still on board."""
        rides = self._ended + [
            Ride(bus, board.holder.pass_id, board.trip, board.day, board.stop, None, False, 0, 0, board.code)
            for bus, side in self._buses.items()
            for board in side.on_board.values()
        ]
        first: dict[str, str] = {}
        for ride in rides:
            first[ride.code] = min(ride.bus, first.get(ride.code, ride.bus))
        return [
            ride if not ride.code or ride.bus == first[ride.code] else replace(ride, held=0) for ride in rides
        ]

    def used_again(self) -> list[Ride]:
        """Rides opened by a code that had opened another."""
        seen: set[str] = set()
        again = []
        for ride in sorted(self.rides(), key=lambda ride: ride.bus):
            if ride.code in seen:
                again.append(ride)
            elif ride.code:
                seen.add(ride.code)
        return again

    def _end(self, bus: str, board: OnBoard, stop: int, cash: int | None) -> None:
        """`cash` is None for a ride whose end was forgotten: nobody stood before the driver."""
        own, party = _fare(board, stop)
        holder = board.holder
        least = 0 if holder.pays_for_all else party
        if cash is not None and not least <= cash <= own + party:
            raise Violation("I5", f"{cash} yen in cash of {own} and {party} for pass {holder.pass_id}")
        self._ended.append(
            Ride(
                bus,
                holder.pass_id,
                board.trip,
                board.day,
                board.stop,
                stop,
                cash is None,
                own + party - (cash or 0),
                cash or 0,
                board.code,
            )
        )


def _fare(board: OnBoard, stop: int) -> tuple[int, int]:
    """Yen for the pass's holder (and an attendant), and for everybody else on the code."""
    if stop - board.stop not in ADULT_FARE:
        raise Violation("I5", f"green to alight at stop {stop} where stop {board.stop} was boarded at")
    adult = ADULT_FARE[stop - board.stop]
    half = -(-adult // 20) * 10
    own = half if board.holder.rider_class in HALF_CLASSES else adult
    if board.holder.rider_class == "handbook_attended":
        own += half
    return own, board.adults * adult + board.children * half
