"""What the office's counter does to the ledger beside charging: voids, refunds to holders, counts of cash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.ledger.accounts import KURAPO, AccountKind, AccountRef, owed_account
from rules.ledger.lots import Lot, Origin, in_order_of_use
from rules.ledger.order import FromCommand, Move, Order, Spend, Step
from rules.money import Yen

_DRIVER_CASH = AccountRef(AccountKind.DRIVER_CASH)
_EXPIRED = AccountRef(AccountKind.EXPIRED)


class RefundReason(StrEnum):
    """Why a holder gets money back (払戻し, haraimodoshi): for nothing else. The values stand in the database.

    After 資金決済法 第20条 and 前払式支払手段に関する内閣府令 第42条, which the village follows though it is exempt.
    """

    ABOLITION = "abolition"
    """廃止: the currency ends."""
    MOVED_AWAY = "moved-away"
    """転出: the member has moved away."""
    LEFT_JAPAN = "left-japan"
    """出国: the member leaves Japan."""
    DEATH = "death"
    """死亡: the member has died; the heirs get it."""

    @property
    def closes(self) -> bool:
        """Whether the member's account ends with it."""
        return self is not RefundReason.ABOLITION


@dataclass(frozen=True, slots=True)
class Payout:
    """What a refund comes to, in yen: in cash, set off against what was owed, and くらポ that nobody paid for.

    `order` is None where nothing moves.
    """

    order: Order | None
    cash: Yen
    set_off: Yen
    forfeited: Yen


def cash_desk(till: str) -> AccountRef:
    """The account of a till's cash; "" is the office's only one."""
    return AccountRef(AccountKind.CASH_DESK, till)


def charge_void_order(command: str, charge: str, amount: Yen, till: str) -> Order:
    """A charge is taken back whole, from the lots it made; refused where they are not all there any more."""
    return Order(command, "charge void", (Move(FromCommand(charge), cash_desk(till), amount),))


def refund_payout(
    command: str, member: str, lots: Sequence[Lot], owed: Yen, till: str, *, closes: bool
) -> Payout:
    """Everything a member has is paid out: `lots` are all that are good, with nothing held of them.

    What is owed is set off first, in order of use as a ride would have taken it. Then paid くらポ is paid in cash, and
    what was given lapses; in other units too, if the account `closes`.
    """
    mine = in_order_of_use(lot for lot in lots if lot.account.unit == KURAPO)
    set_off = min(owed, sum(lot.left for lot in mine))
    parts: list[tuple[AccountRef, int]] = [(owed_account(member), set_off)]
    rest = set_off
    for lot in mine:
        gone = min(rest, lot.left)
        rest -= gone
        parts.append((cash_desk(till) if lot.origin is Origin.PAID else _EXPIRED, lot.left - gone))
    # A lot is used up by its own step before the next one begins: what is good is taken in exactly this order.
    steps: list[Step] = [Move(Spend(member), target, amount) for target, amount in parts if amount]
    if closes:
        steps += [
            Move(Spend(member, (lot.account.unit,)), _EXPIRED, lot.left)
            for lot in lots
            if lot.account.unit != KURAPO
        ]
    return Payout(
        Order(command, "refund to holder", tuple(steps)) if steps else None,
        Yen(sum(amount for target, amount in parts if target.kind is AccountKind.CASH_DESK)),
        Yen(set_off),
        Yen(sum(amount for target, amount in parts if target.kind is AccountKind.EXPIRED)),
    )


def difference_order(command: str, till: str, difference: int) -> Order | None:
    """A till holds `difference` yen more than the books say, or less below zero. None for no difference."""
    step = _signed(cash_desk(till), AccountRef(AccountKind.CASH_DIFFERENCE, till), difference)
    return Order(command, "cash count", step) if step else None


def bag_order(command: str, till: str, bus: str, cash: int, difference: int) -> Order | None:
    """A driver's bag goes into a till: `cash` yen, `difference` more than was taken at the door, or less below zero.

    Both may be below zero where an earlier count is corrected. None where nothing moves.
    """
    steps = (
        *_signed(cash_desk(till), _DRIVER_CASH, cash),
        *_signed(_DRIVER_CASH, AccountRef(AccountKind.CASH_DIFFERENCE, bus), difference),
    )
    return Order(command, "driver's bag", steps) if steps else None


def _signed(source: AccountRef, target: AccountRef, amount: int) -> tuple[Step, ...]:
    """The amount from source to target; the other way round below zero."""
    if amount < 0:
        source, target = target, source
    return (Move(source, target, abs(amount)),) if amount else ()
