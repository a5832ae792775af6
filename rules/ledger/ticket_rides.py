"""Rides that a return ticket's trip pays for: taken with the ride, moved when a ride comes late, given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.group import Entry
from rules.ledger.holds import HoldKind
from rules.ledger.order import FromCommand, Move, Order, PlaceHold, Release, Spend, Step
from rules.ledger.rides import RIDE_UNITS, PassHold, forgotten_ride_order, taken_back
from rules.money import Yen

_FARES_EARNED = AccountRef(AccountKind.FARES_EARNED)


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A pass's open hold, the yen that each next one is topped up to, and until when (Unix seconds)."""

    series: str
    wanted: Yen
    until: int | None


def trip_ride_order(command: str, member: str, sale: str, holds: Sequence[OpenHold]) -> Order:
    """A ride that a trip of the ticket sold by `sale` pays for.

    The member's pass `holds` are not taken from, but succeeded, so that buses get a new figure as after any ride.
    """
    return Order(command, "ride by ticket", _trip(member, sale, holds))


def trip_taken_order(
    command: str, charged_by: str, posted: Iterable[Entry], member: str, sale: str, holds: Sequence[OpenHold]
) -> Order:
    """A trip pays after all for a ride that the command `charged_by` charged: that goes back to where it came from."""
    back = taken_back(command, charged_by, posted)
    return Order(command, "ride by ticket", (*(back.steps if back else ()), *_trip(member, sale, holds)))


def trip_given_up_order(
    command: str,
    charged_by: str,
    posted: Iterable[Entry],
    member: str,
    fare: tuple[Yen, Yen],
    hold: PassHold | None,
) -> Order:
    """The trip that a ride has taken goes back, and its `fare` is charged: so much to the pass, so much is owed."""
    back = taken_back(command, charged_by, posted)
    charged = forgotten_ride_order(command, member_account(member), *fare, hold)
    orders = (back, charged)
    return Order(
        command, "ride without ticket", tuple(step for each in orders if each for step in each.steps)
    )


def let_go(holds: Iterable[OpenHold]) -> tuple[Step, ...]:
    """What these holds keep is free for what comes next in the order."""
    return tuple(Release(hold.series) for hold in holds)


def placed_anew(member: str, holds: Iterable[OpenHold]) -> tuple[Step, ...]:
    """The holds once more, from what the member has by then, in order of use."""
    free = Spend(member, RIDE_UNITS)
    return tuple(
        PlaceHold(hold.series, HoldKind.PASS, free, hold.wanted, until=hold.until, at_most=True)
        for hold in holds
    )


def _trip(member: str, sale: str, holds: Sequence[OpenHold]) -> tuple[Step, ...]:
    return (*let_go(holds), Move(FromCommand(sale), _FARES_EARNED, 1), *placed_anew(member, holds))
