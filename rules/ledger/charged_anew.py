"""A ride costs more after all: what it took goes back, and its fare is taken anew, as if it had never been cheaper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.ledger.accounts import AccountKind, AccountRef, owed_account
from rules.ledger.group import Entry
from rules.ledger.order import Move, Order, Spend, Step
from rules.ledger.rides import RIDE_UNITS, taken_back
from rules.ledger.ticket_rides import OpenHold, let_go, placed_anew
from rules.money import Yen

CHARGED_ANEW = "ride charged anew"


def charged_anew_order(
    command: str,
    charged_by: str,
    posted: Iterable[Entry],
    member: str,
    fare: Yen,
    holds: Sequence[OpenHold],
) -> Order:
    """A ride that the command `charged_by` charged costs `fare` yen beside its cash, whatever it has cost so far.

    The member's pass `holds` are let go and placed anew, so that lots pay in order of use; what the member does not
    have is owed. Raises ValueError unless `fare` is above zero.
    """
    back = taken_back(command, charged_by, posted)
    to = AccountRef(AccountKind.FARES_EARNED)
    paid = Move(Spend(member, RIDE_UNITS), to, fare, rest=owed_account(member))
    steps: tuple[Step, ...] = (
        *let_go(holds),
        *(back.steps if back else ()),
        paid,
        *placed_anew(member, holds),
    )
    return Order(command, CHARGED_ANEW, steps)


def with_holds_anew(order: Order, member: str, holds: Sequence[OpenHold]) -> Order:
    """The same, with the member's pass holds let go before and placed anew after, from what came back too."""
    return Order(order.command, order.what, (*let_go(holds), *order.steps, *placed_anew(member, holds)))
