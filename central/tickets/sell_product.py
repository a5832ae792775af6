"""Selling what the tariff has: bus tickets, return tickets and commuter passes, for くらポ or for cash at the desk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from central.database.transaction import Connection
from central.japan import seconds_of
from central.ledger.post_orders import Refused, post
from central.ledger.store import find_answers, is_open
from central.network.editions.store import current_edition
from central.passes.issue_pass import Issuer, PassWanted, issue_card, issue_phone_pass
from central.tickets.store import Sale, add_sale, find_sale, pass_holds
from rules.ledger.accounts import member_account
from rules.ledger.books import Reason
from rules.ledger.tickets import Bought, Payment, sale_order
from rules.network.edition import Edition
from rules.network.in_force import service_day
from rules.passes.rider_pass import IssuedPass, RiderClass
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket

MAX_COUNT = 20
"""Of one product in one sale; more is a slip of the finger."""
LONGEST_AHEAD = timedelta(days=31)
PHONE_DAYS = 7
"""The life of a phone's pass."""
LATE_DAYS = 35
"""How long after a return ticket's last day its trips still pay for rides whose records come late: as long as a bus
keeps what the office has acknowledged."""
_DAY_BEGINS_S = 3 * 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member buys: product `number` as sold today, `count` of it, good from service day `first_day` on.

    `command` is the id that whoever asks gave it; `rider_class` is the member's, as the seller has seen.
    """

    command: str
    member: str
    number: int
    rider_class: RiderClass
    payment: Payment
    first_day: date
    count: int = 1


@dataclass(frozen=True, slots=True)
class Sold:
    """It was sold, now or when the same was asked before. `issued` is a commuter pass's first pass, when it is new."""

    sale: Sale
    issued: IssuedPass | None = None


class NotSold(StrEnum):
    """Why a product is not sold, before anything is asked of the ledger; in words for the seller."""

    NO_MEMBER = "この会員は登録されていません / there is no such member"
    NOT_ON_SALE = (
        "この商品は販売されていません / the edition in force does not have that product on these days"
    )
    OTHER_CLASS = "この商品はほかの区分のものです / the product is for another class"
    COUNT = f"枚数を1から{MAX_COUNT}までにしてください / the count is from 1 to {MAX_COUNT}, 1 for a commuter pass"
    DAY = f"今日から{LONGEST_AHEAD.days}日以内に使いはじめるものだけです / it begins within {LONGEST_AHEAD.days} days"
    OTHER_SALE = "この番号では別の販売が済んでいます / another sale was made under that command"
    NO_PASS = "定期券はパスと一緒に売ります / a commuter pass is sold with its pass"


def sell_ticket(connection: Connection, wanted: Wanted, now: int) -> Sold | NotSold | Refused:
    """Sell a bus ticket or return tickets. The same command again gets the same answer."""
    found = _find(connection, wanted, now)
    if isinstance(found, Sold | NotSold | Refused):
        return found
    if isinstance(found.product, CommuterPass):
        return NotSold.NO_PASS
    refused = _pay(connection, wanted, found, now)
    return refused or Sold(_keep(connection, wanted, found, now, ""))


def sell_commuter_pass(
    connection: Connection, issuer: Issuer, wanted: Wanted, phone_public: bytes | None, now: int
) -> Sold | NotSold | Refused:
    """Sell a commuter pass, with a pass for the phone of this P-256 public key, or a card for None.

    A card is good for all its days, a phone's pass for the first of them: see `renew_commuter_pass`.
    """
    found = _find(connection, wanted, now)
    if isinstance(found, Sold | NotSold | Refused):
        return found
    if not isinstance(found.product, CommuterPass):
        return NotSold.NOT_ON_SALE
    refused = _pay(connection, wanted, found, now)
    if refused is not None:
        return refused
    of_it = _Right(wanted.member, wanted.rider_class, wanted.number, wanted.first_day, found.product.days)
    issued = _issue(connection, issuer, of_it, phone_public, now)
    return Sold(_keep(connection, wanted, found, now, issued.body.pass_id.hex()), issued)


def renew_commuter_pass(
    connection: Connection, issuer: Issuer, sale: Sale, phone_public: bytes, day: date, now: int
) -> IssuedPass | None:
    """The next pass for a commuter pass that was sold, from service day `day` on; None where its days are over."""
    if sale.kind != CommuterPass.KIND or not sale.first_day <= day.isoformat() <= sale.last_day:
        return None
    left = (date.fromisoformat(sale.last_day) - day).days + 1
    right = _Right(sale.member, RiderClass(sale.rider_class), sale.product, day, left)
    return _issue(connection, issuer, right, phone_public, now)


@dataclass(frozen=True, slots=True)
class _Right:
    """What a member may ride by, from service day `day` on for `days` days."""

    member: str
    rider_class: RiderClass
    product: int
    day: date
    days: int


def _issue(
    connection: Connection, issuer: Issuer, right: _Right, phone_public: bytes | None, now: int
) -> IssuedPass:
    days, begins = min(right.days, PHONE_DAYS), day_begins(right.day)
    wanted = PassWanted(right.member, right.rider_class, 1, begins, 24 * days, product=right.product)
    if phone_public is None:
        # A bus that has not heard of the card takes it by grace only if it began after the bus heard last.
        begins = max(now, begins)
        hours = (day_begins(right.day + timedelta(days=right.days)) - begins) // 3_600
        wanted = replace(wanted, valid_from=begins, life_hours=hours)
        return issue_card(connection, issuer, wanted, now)
    return issue_phone_pass(connection, issuer, wanted, phone_public, now)


@dataclass(frozen=True, slots=True)
class _Found:
    """A product, its edition, and the last service day on which it is good, None without end."""

    product: Product
    edition: Edition
    last_day: date | None


def _find(connection: Connection, wanted: Wanted, now: int) -> _Found | Sold | NotSold | Refused:
    before = find_sale(connection, wanted.command)
    if before is not None:
        return Sold(before) if _is_same(before, wanted) else NotSold.OTHER_SALE
    answered = find_answers(connection, {wanted.command}).get(wanted.command)
    if answered is not None:
        # The order would be another today: it follows the holds as they are.
        return Refused(Reason(answered.reason)) if answered.reason else NotSold.OTHER_SALE
    today = service_day(now)
    if not is_open(connection, member_account(wanted.member)):
        return NotSold.NO_MEMBER
    if not today <= wanted.first_day <= today + LONGEST_AHEAD:
        return NotSold.DAY
    edition = current_edition(connection, today)
    product = edition.tariff.sold_on(wanted.number, today) if edition else None
    if edition is None or product is None:
        return NotSold.NOT_ON_SALE
    last_day = None if product.days is None else wanted.first_day + timedelta(days=product.days - 1)
    if isinstance(product, CommuterPass) and not (
        last_day and product.holds_on(wanted.first_day) and product.holds_on(last_day)
    ):
        # Buses would not know it on its last days.
        return NotSold.NOT_ON_SALE
    if not isinstance(product, BusTicket) and product.rider_class != wanted.rider_class:
        return NotSold.OTHER_CLASS
    if not 1 <= wanted.count <= (1 if isinstance(product, CommuterPass) else MAX_COUNT):
        return NotSold.COUNT
    return _Found(product, edition, last_day)


def _is_same(sale: Sale, wanted: Wanted) -> bool:
    asked = (wanted.member, wanted.number, wanted.count, str(wanted.payment), wanted.first_day.isoformat())
    return (sale.member, sale.product, sale.count, sale.payment, sale.first_day) == asked


def _pay(connection: Connection, wanted: Wanted, found: _Found, now: int) -> Refused | None:
    product = found.product
    holds = pass_holds(connection, wanted.member) if isinstance(product, BusTicket) else ()
    bought = Bought(wanted.member, product, wanted.count, wanted.payment, _until(found))
    order = sale_order(wanted.command, bought, holds)
    answer = None if order is None else post(connection, order, now)
    return answer if isinstance(answer, Refused) else None


def _until(found: _Found) -> int | None:
    late = timedelta(days=LATE_DAYS if isinstance(found.product, ReturnTicket) else 0)
    return None if found.last_day is None else day_ends(found.last_day + late)


def _keep(connection: Connection, wanted: Wanted, found: _Found, now: int, pass_id: str) -> Sale:
    product = found.product
    one_end, other_end = (None if isinstance(product, BusTicket) else product.section) or ("", "")
    sale = Sale(
        command=wanted.command,
        member=wanted.member,
        kind=product.KIND,
        product=product.number,
        edition=found.edition.number,
        count=wanted.count,
        payment=wanted.payment,
        price=product.price * wanted.count,
        rider_class=wanted.rider_class,
        one_end=one_end,
        other_end=other_end,
        first_day=wanted.first_day.isoformat(),
        last_day=found.last_day.isoformat() if found.last_day else "",
        until=_until(found),
        pass_id=pass_id,
        sold_at=now,
    )
    add_sale(connection, sale)
    return sale


def day_begins(day: date) -> int:
    """The first Unix second of service day `day`: 03:00."""
    return seconds_of(day)[0] + _DAY_BEGINS_S


def day_ends(day: date) -> int:
    """The first Unix second after service day `day`."""
    return day_begins(day + timedelta(days=1))
