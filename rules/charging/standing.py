"""How a card charge stands, from all that its gateway has said of it.

Gateways say things twice, in any order, days late. So nothing is worked out from the event that came last: the same
events in another order are the same standing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rules.money import NOTHING, Yen

CURRENCY = "jpy"


class Kind(StrEnum):
    """What a gateway says of a charge. The values stand in the database and stay stable."""

    PAID = "paid"
    AWAITING = "awaiting"
    """The member is through, the money is not there yet."""
    FAILED = "failed"
    EXPIRED = "expired"
    """Nobody paid in time."""
    REFUNDED = "refunded"
    """`amount` is all that was given back so far."""
    DISPUTED = "disputed"
    """The card's holder says that it was not them (チャージバック)."""
    DISPUTE_WON = "dispute-won"
    DISPUTE_LOST = "dispute-lost"

    @property
    def is_dispute(self) -> bool:
        """Whether it is about a dispute."""
        return self in (Kind.DISPUTED, Kind.DISPUTE_WON, Kind.DISPUTE_LOST)


@dataclass(frozen=True, slots=True)
class CardEvent:
    """What a gateway said, under an id of its own.

    `charge` is our id, "" where the gateway names only `payment`, its own id of the payment ("" where there is none
    yet). `dispute` is its id of the dispute, "" where it is about none. `amount` is in whole units of `currency`, in
    small letters; `made_at` is the gateway's Unix second.
    """

    id: str
    kind: Kind
    charge: str
    payment: str
    dispute: str
    amount: int
    currency: str
    made_at: int


class Wrong(StrEnum):
    """Why an event that is truly the gateway's is not followed. The values stand in the database and stay stable."""

    AMOUNT = "wrong-amount"
    """Not the amount of the charge, or of a refund or dispute more than that."""
    CURRENCY = "wrong-currency"
    """Another currency than yen."""
    PAID_TWICE = "paid-twice"
    """The charge was paid for by another payment already."""
    CONTRADICTION = "contradiction"
    """The same dispute is said to be won and lost."""


class State(StrEnum):
    """How a charge stands, for people. The values stand in the database and stay stable."""

    ASKED = "asked"
    """The member was sent to pay."""
    AWAITING = "awaiting"
    UNPAID = "unpaid"
    """It ended without payment."""
    PAID = "paid"
    DISPUTED = "disputed"
    """What is left of it is frozen."""
    LOST = "lost"
    """The dispute was lost: it was taken back."""
    REFUNDED = "refunded"
    """Given back, wholly or partly."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows. `taken` of the amount is not the member's any more; `frozen`: a dispute is open."""

    state: State
    paid: bool
    frozen: bool
    taken: Yen


def wrong(event: CardEvent, amount: Yen, others: Iterable[CardEvent]) -> Wrong | None:
    """Why an event is not followed for a charge of `amount`, of which the gateway has said `others` as well."""
    if event.currency != CURRENCY:
        return Wrong.CURRENCY
    if event.kind.is_dispute or event.kind is Kind.REFUNDED:
        if not 0 < event.amount <= amount:
            return Wrong.AMOUNT
    elif event.amount != amount:
        return Wrong.AMOUNT
    if event.kind is Kind.PAID:
        # The earlier one counts; of two in one second, that of the lower id.
        paid = [each for each in others if each.kind is Kind.PAID and _fits(each, amount)]
        if any(each.payment != event.payment and _age(each) < _age(event) for each in paid):
            return Wrong.PAID_TWICE
    opposite = {Kind.DISPUTE_WON: Kind.DISPUTE_LOST, Kind.DISPUTE_LOST: Kind.DISPUTE_WON}.get(event.kind)
    if any(each.kind is opposite and each.dispute == event.dispute for each in others):
        return Wrong.CONTRADICTION
    return None


def standing(amount: Yen, events: Iterable[CardEvent], given_back: Yen = NOTHING) -> Standing:
    """How a charge of `amount` stands. `given_back` is what staff have refunded by themselves.

    Events of a wrong amount or currency count for nothing. A dispute that is said to be won and lost is lost.
    """
    told = [event for event in events if _fits(event, amount)]
    kinds = {event.kind for event in told}
    refunds = [event.amount for event in told if event.kind is Kind.REFUNDED]
    disputes = {event.dispute for event in told if event.kind is Kind.DISPUTED}
    won = {event.dispute for event in told if event.kind is Kind.DISPUTE_WON}
    lost: dict[str, int] = {}
    for event in told:
        if event.kind is Kind.DISPUTE_LOST:
            lost[event.dispute] = max(event.amount, lost.get(event.dispute, 0))
    paid = Kind.PAID in kinds
    is_open = bool(disputes - won - lost.keys())
    refunded = max([given_back, *refunds])
    return Standing(
        _state(kinds, paid, is_open, bool(lost), bool(refunded)),
        paid,
        paid and is_open,
        Yen(min(amount, refunded + sum(lost.values()))) if paid else NOTHING,
    )


def payment_of(amount: Yen, events: Iterable[CardEvent]) -> str:
    """The gateway's id of the payment that a paid charge is credited for. Raises ValueError where none paid it."""
    return min((each for each in events if each.kind is Kind.PAID and _fits(each, amount)), key=_age).payment


def _state(kinds: set[Kind], paid: bool, is_open: bool, lost: bool, refunded: bool) -> State:
    if paid:
        if is_open:
            return State.DISPUTED
        if lost:
            return State.LOST
        return State.REFUNDED if refunded else State.PAID
    if kinds & {Kind.FAILED, Kind.EXPIRED}:
        return State.UNPAID
    return State.AWAITING if Kind.AWAITING in kinds else State.ASKED


def _fits(event: CardEvent, amount: Yen) -> bool:
    return wrong(event, amount, ()) is None


def _age(event: CardEvent) -> tuple[int, str]:
    return event.made_at, event.id
