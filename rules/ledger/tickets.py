"""Tickets in the ledger: what is paid for one, what it gives, and how an unused one is taken back.

Money and what it buys are of two units, so each sums to zero by itself: SOLD takes the yen and gives ride value or
trips, ISSUER gives what nobody paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.ledger.accounts import RIDE_VALUE, AccountKind, AccountRef, Unit, member_account, trips
from rules.ledger.lots import Origin
from rules.ledger.order import FromCommand, IntoLot, Move, Order, Restore, Spend, Step
from rules.ledger.ticket_rides import OpenHold, let_go, placed_anew
from rules.money import Yen
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.return_ticket import TRIPS, ReturnTicket

_CASH_DESK = AccountRef(AccountKind.CASH_DESK)
_SOLD = AccountRef(AccountKind.SOLD)


class Payment(StrEnum):
    """How a product is paid for. The values stand in the database and stay stable."""

    KURAPO = "kurapo"
    """From the member's くらポ."""
    CASH = "cash"
    """現金 at the office's desk."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A product that a member buys, `count` of it. What it gives is good until Unix second `until`, None for ever."""

    member: str
    product: Product
    count: int
    payment: Payment
    until: int | None

    @property
    def price(self) -> Yen:
        """For all of it."""
        return Yen(self.product.price * self.count)


def sale_order(command: str, bought: Bought, holds: Sequence[OpenHold] = ()) -> Order | None:
    """The price is paid, and the lots are there; None for a commuter pass that costs nothing.

    The member's pass `holds` are placed anew around a bus ticket: what they keep may pay for it, as they keep no less
    afterwards, and buses, too, take ride value before くらポ.
    """
    product, steps = bought.product, list[Step]()
    if bought.price:
        source = _CASH_DESK if bought.payment is Payment.CASH else Spend(bought.member)
        steps.append(Move(source, _SOLD, bought.price))
    for origin, giver, amount in _gives(bought):
        account = member_account(bought.member, unit_of(product))
        steps.append(Move(giver, IntoLot(account, origin, _programme(product), bought.until), amount))
    if isinstance(product, BusTicket):
        steps = [*let_go(holds), *steps, *placed_anew(bought.member, holds)]
    return Order(command, "sale", tuple(steps)) if steps else None


def ticket_back_order(command: str, sale: str, bought: Bought, holds: Sequence[OpenHold] = ()) -> Order:
    """A ticket that nobody has used is taken back: its lots go, the price returns to where it came from.

    `sale` is the command that sold it. Refused where anything of it was used. Raises ValueError for a commuter pass.
    """
    product = bought.product
    unit_of(product)
    # Premium is used first, so it comes out first.
    steps: list[Step] = [
        Move(FromCommand(sale), giver, amount) for _, giver, amount in reversed(_gives(bought))
    ]
    if bought.price:
        back = _CASH_DESK if bought.payment is Payment.CASH else Restore(sale)
        steps.append(Move(_SOLD, back, bought.price))
    if isinstance(product, BusTicket):
        steps = [*let_go(holds), *steps, *placed_anew(bought.member, holds)]
    return Order(command, "ticket back", tuple(steps))


def unit_of(product: Product) -> Unit:
    """What a ticket gives. Raises ValueError for a commuter pass, which gives a pass."""
    match product:
        case BusTicket():
            return RIDE_VALUE
        case ReturnTicket():
            return trips(product.number)
    raise ValueError("a commuter pass is no ticket")


def _gives(bought: Bought) -> list[tuple[Origin, AccountRef, int]]:
    """Origin of each lot, what it comes from, and how much of it."""
    product, issuer = bought.product, AccountRef(AccountKind.ISSUER, _programme(bought.product))
    match product:
        case BusTicket():
            found = [(Origin.PAID, _SOLD, product.price), (Origin.PREMIUM, issuer, product.premium)]
            return [(origin, source, each * bought.count) for origin, source, each in found if each]
        case ReturnTicket(price=0):
            return [(Origin.FREE, issuer, TRIPS * bought.count)]
        case ReturnTicket():
            return [(Origin.PAID, _SOLD, TRIPS * bought.count)]
    return []


def _programme(product: Product) -> str:
    return f"ticket/{product.number}"
