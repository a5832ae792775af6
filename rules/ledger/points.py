"""Points: value given within a programme's budget, and what time takes back or prolongs."""

from __future__ import annotations

from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.holds import Hold, Resolution
from rules.ledger.lots import Lot
from rules.ledger.order import FromCommand, FromExpired, IntoLot, Move, Order, Release
from rules.ledger.programmes import Programme

EXPIRY = "expiry"
RENEWAL = "renewal"
GRANT = "grant"
TAKEN_BACK = "grant taken back"


def budget_account(programme: Programme) -> AccountRef:
    """What the programme may still give away."""
    return AccountRef(AccountKind.BUDGET, programme.id, programme.unit)


def budget_order(command: str, programme: Programme, amount: int) -> Order:
    """So much may be given away. Raises ValueError unless `amount` is above zero."""
    issuer = AccountRef(AccountKind.ISSUER, programme.id, programme.unit)
    return Order(command, "budget", (Move(issuer, budget_account(programme), amount),))


def less_budget_order(command: str, programme: Programme, amount: int) -> Order:
    """So much less may be given away; refused where less is left. Raises ValueError unless `amount` is above zero."""
    issuer = AccountRef(AccountKind.ISSUER, programme.id, programme.unit)
    return Order(command, "budget lowered", (Move(budget_account(programme), issuer, amount),))


def grant_order(command: str, programme: Programme, member: str, amount: int, expires: int | None) -> Order:
    """So much of the budget is a member's. Raises ValueError unless `amount` is above zero."""
    lot = IntoLot(member_account(member, programme.unit), programme.origin, programme.id, expires)
    return Order(command, GRANT, (Move(budget_account(programme), lot, amount),))


def take_back_order(command: str, programme: Programme, granted: str, amount: int) -> Order:
    """All that the command `granted` gave goes back into the budget; refused where some of it is used or set aside."""
    return Order(command, TAKEN_BACK, (Move(FromCommand(granted), budget_account(programme), amount),))


def expiry_order(command: str, lot: Lot) -> Order:
    """What is left and not held of an expired lot is nobody's any more."""
    expired = AccountRef(AccountKind.EXPIRED, lot.programme, lot.account.unit)
    return Order(command, EXPIRY, (Move(FromExpired(lot.id), expired, lot.free),))


def renewal_order(command: str, lot: Lot, expires: int) -> Order:
    """A use has prolonged a lot whose day has come: what is left expires and comes back as a lot that expires later."""
    expired = AccountRef(AccountKind.EXPIRED, lot.programme, lot.account.unit)
    later = IntoLot(lot.account, lot.origin, lot.programme, expires)
    return Order(
        command, RENEWAL, (Move(FromExpired(lot.id), expired, lot.free), Move(expired, later, lot.free))
    )


def hold_expiry_order(command: str, hold: Hold) -> Order:
    """A hold's time is over: what it keeps is free."""
    return Order(command, "hold expired", (Release(hold.series, Resolution.EXPIRED),))
