"""What the ledger must do so that it follows how a card charge stands."""

from __future__ import annotations

from dataclasses import dataclass

from rules.charging.standing import Standing
from rules.ledger.accounts import AccountKind, AccountRef, member_account, owed_account
from rules.ledger.holds import Hold, HoldKind
from rules.ledger.lots import Origin
from rules.ledger.order import FromCommand, IntoLot, Move, PlaceHold, Release, Spend, Step
from rules.ledger.programmes import KURAPO_PAID
from rules.ledger.rides import RIDE_UNITS
from rules.money import NOTHING, Yen


@dataclass(frozen=True, slots=True)
class Charge:
    """A card charge as it was asked for: an id made by whoever asked, a member, yen, and the gateway's mode."""

    id: str
    member: str
    amount: Yen
    mode: str

    @property
    def command(self) -> str:
        """The ledger's command that makes its lot."""
        return f"card/{self.id}"

    @property
    def dispute_hold(self) -> str:
        """The series of the hold that freezes it."""
        return f"card-dispute/{self.id}"

    @property
    def first_hold(self) -> str:
        """The series of the hold for the first hours."""
        return f"card-first/{self.id}"

    @property
    def gateway(self) -> AccountRef:
        """What the card company owes for charges of this mode."""
        return AccountRef(AccountKind.CARD_GATEWAY, self.mode)


@dataclass(frozen=True, slots=True)
class Position:
    """How the ledger stands with a charge.

    `taken` is what was taken back, of which `owed` was not there and is owed by the member still. `left` is all that is
    in its lot, of which `free` is held by nobody. `frozen` and `waiting` say which of its own two holds are open,
    `others` are all further holds that keep something of it: a pass's.
    """

    charged: bool = False
    taken: Yen = NOTHING
    owed: Yen = NOTHING
    left: int = 0
    free: int = 0
    frozen: bool = False
    waiting: bool = False
    others: tuple[Hold, ...] = ()


def follow(
    charge: Charge,
    standing: Standing,
    position: Position,
    until: int,
    now: int,
    expires: int | None = None,
) -> tuple[Step, ...]:
    """The steps that are missing, none where the ledger follows already.

    `until` is when the member's first hours are over; `expires` is when くらポ charged now is not good any more, None
    for never. While a dispute is open all that is left is frozen, also what a
    pass had set aside, and what comes back into the lot from a shop or a bus. What comes back after it was taken back
    pays what is owed for it. A pass's hold is filled anew from what else the member has.
    """
    if not standing.paid:
        return ()
    take = standing.taken - position.taken
    left = position.left if position.charged else charge.amount
    pay = min(left, position.owed)
    loose = bool(position.free or position.others)
    wait = not standing.frozen and now < until
    is_followed = position.charged and not take and not pay and position.frozen == standing.frozen
    if is_followed and not (loose and standing.frozen) and not (position.free and wait):
        return ()
    moved = position.others if take or pay or standing.frozen else ()
    source, owed = FromCommand(charge.command), owed_account(charge.member)
    steps: list[Step] = []
    if not position.charged:
        lot = IntoLot(member_account(charge.member), Origin.PAID, KURAPO_PAID, expires)
        steps.append(Move(charge.gateway, lot, charge.amount))
    if position.frozen:
        steps.append(Release(charge.dispute_hold))
    if position.waiting:
        steps.append(Release(charge.first_hold))
    steps += [Release(hold.series) for hold in moved]
    if pay:
        steps.append(Move(source, owed, pay))
    if take:
        steps.append(Move(source, charge.gateway, take, rest=owed))
    if standing.frozen:
        steps.append(_hold(charge, charge.dispute_hold, HoldKind.DISPUTE, None))
    elif wait and left > pay + take:
        steps.append(_hold(charge, charge.first_hold, HoldKind.FIRST_SPEND, until))
    steps += [_elsewhere(charge, hold) for hold in moved]
    return tuple(steps)


def _hold(charge: Charge, series: str, kind: HoldKind, until: int | None) -> PlaceHold:
    """All that is free of the charge."""
    return PlaceHold(series, kind, FromCommand(charge.command), charge.amount, until, at_most=True)


def _elsewhere(charge: Charge, hold: Hold) -> PlaceHold:
    """The same hold again, from what the member may spend now."""
    spend = Spend(charge.member, RIDE_UNITS)
    return PlaceHold(hold.series, hold.kind, spend, hold.amount, hold.until, at_most=True)
