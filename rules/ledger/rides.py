"""What rides do to the ledger: a pass's hold, its capture with the alighting, what is owed, corrected, given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rules.ledger.accounts import (
    KURAPO,
    RIDE_VALUE,
    AccountKind,
    AccountRef,
    member_account,
    owed_account,
)
from rules.ledger.group import Entry
from rules.ledger.holds import HoldKind
from rules.ledger.lots import Origin
from rules.ledger.order import (
    Capture,
    IntoLot,
    Move,
    Order,
    PlaceHold,
    Release,
    Restore,
    Source,
    Spend,
    Step,
    Succeed,
)
from rules.ledger.programmes import KURAPO_PAID
from rules.money import Yen

RIDE_UNITS = (RIDE_VALUE, KURAPO)
"""What pays for a ride, in order of use."""

_CASH_DESK = AccountRef(AccountKind.CASH_DESK)
_DRIVER_CASH = AccountRef(AccountKind.DRIVER_CASH)
_FARES_EARNED = AccountRef(AccountKind.FARES_EARNED)


@dataclass(frozen=True, slots=True)
class PassHold:
    """The series of a pass's holds, and the yen that each next one is topped up to."""

    series: str
    wanted: Yen


def pass_hold_order(command: str, member: str, series: str, amount: Yen, until: int) -> Order:
    """A pass is issued: up to `amount` yen are set aside for what buses take offline, until Unix second `until`."""
    place = PlaceHold(series, HoldKind.PASS, Spend(member, RIDE_UNITS), amount, until=until, at_most=True)
    return Order(command, "pass hold", (place,))


def renewed_hold_order(
    command: str, member: str, series: str, amount: Yen, until: int, *, is_open: bool
) -> Order:
    """A pass is renewed: its hold moves to the new one, topped up to `amount` yen; no second one is taken.

    `is_open`: whether a hold of the series is open.
    """
    place = PlaceHold(series, HoldKind.PASS, Spend(member, RIDE_UNITS), amount, until=until, at_most=True)
    return Order(command, "pass hold moved", (Release(series), place) if is_open else (place,))


def release_order(command: str, series: str) -> Order:
    """Nothing more can come of a pass: what its hold keeps is free again."""
    return Order(command, "pass hold released", (Release(series),))


def ride_order(
    command: str, payer: AccountRef, held: Yen, cash: Yen, hold: PassHold | None = None
) -> Order | None:
    """A ride with its alighting: `held` from the payer's hold, `cash` was given to the driver. None for a free ride.

    What the payer, a member's account or one in suspense, does not have is owed: it has happened.
    """
    paid = _charge(payer, held, hold) if held else ()
    taken = (Move(_DRIVER_CASH, _FARES_EARNED, cash),) if cash else ()
    return _order(command, "ride", (*paid, *taken, *_next(payer, hold, captured=bool(paid))))


def forgotten_ride_order(
    command: str, payer: AccountRef, held: Yen, rest: Yen, hold: PassHold | None = None
) -> Order | None:
    """A ride without its alighting: nobody stood before the driver, so what the pass did not hold is owed."""
    paid = _charge(payer, held, hold) if held else ()
    owed = (Move(_debt(payer), _FARES_EARNED, rest),) if rest else ()
    return _order(command, "forgotten ride", (*paid, *owed, *_next(payer, hold, captured=bool(paid))))


def hand_cash_order(command: str, cash: Yen) -> Order | None:
    """Cash for a ride that the driver recorded by hand. None where there was none."""
    return _order(command, "ride by hand", (Move(_DRIVER_CASH, _FARES_EARNED, cash),) if cash else ())


def hand_undone_order(command: str, cash: Yen) -> Order:
    """The driver took that record back, and the rider their cash. Raises ValueError unless it is above zero."""
    return Order(command, "ride by hand undone", (Move(_FARES_EARNED, _DRIVER_CASH, cash),))


def taken_back(command: str, ride: str, posted: Iterable[Entry]) -> Order | None:
    """A ride is not charged after all: everybody gets back what was not cash. None where nothing was.

    `ride` is the command that charged it, `posted` everything that was posted for it.
    """
    charged: defaultdict[AccountRef, int] = defaultdict(int)
    for entry in posted:
        if entry.account.kind not in (AccountKind.DRIVER_CASH, AccountKind.FARES_EARNED):
            charged[entry.account] -= entry.amount
    from_lots = sum(amount for account, amount in charged.items() if account.kind.has_lots)
    steps: list[Step] = [Move(_FARES_EARNED, Restore(ride), from_lots)] if from_lots else []
    for account, amount in charged.items():
        if not account.kind.has_lots and amount:
            there, back = (_FARES_EARNED, account) if amount > 0 else (account, _FARES_EARNED)
            steps.append(Move(there, back, abs(amount)))
    return _order(command, "ride taken back", tuple(steps))


def payer_of(posted: Iterable[Entry]) -> AccountRef | None:
    """Whose account a posted ride was charged to; None where it moved nothing but cash."""
    for entry in posted:
        match entry.account.kind:
            case AccountKind.MEMBER | AccountKind.OWED:
                return member_account(entry.account.owner)
            case AccountKind.SUSPENSE:
                return entry.account
    return None


def correction_order(
    command: str, ride: str, posted: Iterable[Entry], payer: AccountRef, change: int
) -> Order | None:
    """A ride, of which so much is `posted`, costs its payer `change` yen more, or less. None for no change.

    More is owed, as nobody stands at the door any more. Less is taken off what is owed for this ride; the rest goes
    back into the lots that `ride`, the command that charged it, has taken.
    """
    what, debt = "ride corrected", _debt(payer)
    if change >= 0:
        return _order(command, what, (Move(debt, _FARES_EARNED, change),) if change else ())
    if payer.kind is AccountKind.SUSPENSE:
        return Order(command, what, (Move(_FARES_EARNED, payer, -change),))
    owed = -sum(entry.amount for entry in posted if entry.account == debt)
    forgiven = min(-change, max(owed, 0))
    back = -change - forgiven
    steps: list[Step] = [Move(_FARES_EARNED, debt, forgiven)] if forgiven else []
    if back:
        steps.append(Move(_FARES_EARNED, Restore(ride), back))
    return Order(command, what, tuple(steps))


def cash_back_order(command: str, member: str, amount: Yen, expires: int | None = None) -> Order:
    """Cash paid too much at the door is given back: as くらポ to a member, or for "" in cash at the office's desk.

    `expires` is the first Unix second at which that くらポ is not good any more, None for never.
    Raises ValueError unless `amount` is above zero.
    """
    if member:
        to = IntoLot(member_account(member), Origin.PAID, KURAPO_PAID, expires)
        return Order(command, "refund", (Move(_FARES_EARNED, to, amount),))
    return Order(command, "refund", (Move(_FARES_EARNED, _CASH_DESK, amount),))


def _charge(payer: AccountRef, held: Yen, hold: PassHold | None) -> tuple[Step, ...]:
    if not payer.kind.has_lots:
        return (Move(payer, _FARES_EARNED, held),)
    free = Spend(payer.owner, RIDE_UNITS)
    source: Source = Capture(hold.series, then=free) if hold else free
    return (Move(source, _FARES_EARNED, held, rest=owed_account(payer.owner)),)


def _next(payer: AccountRef, hold: PassHold | None, *, captured: bool) -> tuple[Step, ...]:
    if hold is None or not captured or not payer.kind.has_lots:
        return ()
    return (Succeed(hold.series, Spend(payer.owner, RIDE_UNITS), hold.wanted),)


def _debt(payer: AccountRef) -> AccountRef:
    return owed_account(payer.owner) if payer.kind.has_lots else payer


def _order(command: str, what: str, steps: tuple[Step, ...]) -> Order | None:
    return Order(command, what, steps) if steps else None
