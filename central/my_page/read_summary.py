"""What a member sees of their own: balance, tickets, rides explained, receipts, what is on sale."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from central.charging.store import charges_of
from central.database.transaction import Connection
from central.japan import day_of
from central.kiosks.store import claims_without_points, kiosk_of
from central.ledger.store import open_lots
from central.network.editions.store import current_edition, find_edition
from central.points.read_statement import read_statement
from central.rides.by_phone import store as rides_by_phone
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.rides.by_phone.store import RideRow, TripKey
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from central.rides.receipts.store import TimedRide, rides_of
from central.tickets.store import sales_of
from rules.charging.standing import State
from rules.ledger.accounts import RIDE_VALUE, trips
from rules.ledger.expiry import last_good_day
from rules.network.in_force import service_day
from rules.passes.rider_pass import RiderClass
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.ride.receipt import Receipt

RIDES = 30
CHARGES = 20
CLAIMS_S = 60 * 86_400
"""So long a bath's code that brought no points yet, or none, is told of."""

Summary = dict[str, Any]
"""JSON for the page. Money is in yen, times in Unix seconds, words are [Japanese, English]."""


def read_summary(connection: Connection, member: str, rider_class: RiderClass, now: int) -> Summary | None:
    """As it stands at Unix second `now`; None where the member has no wallet."""
    statement = read_statement(connection, member, now)
    if statement is None:
        return None
    return {
        "balance": statement.balance,
        "held": statement.held,
        "expiring": [asdict(each) for each in statement.expiring],
        "lines": [asdict(each) for each in statement.lines],
        **_tickets(connection, member, now),
        "rides": _rides(connection, member),
        "charges": [
            {"id": asked.charge.id, "amount": asked.charge.amount, "at": asked.asked_at, "state": state}
            for asked, state in charges_of(connection, member)[-CHARGES:][::-1]
            if state is not State.UNPAID
        ],
        "claims": _claims(connection, member, now),
        "products": _on_sale(connection, rider_class, now),
        "stops": _stops(connection, now),
    }


def _stops(connection: Connection, now: int) -> Summary:
    """How the line's stops are called in English and read, by their names: tickets know no more of them."""
    edition = current_edition(connection, service_day(now))
    stops = edition.stops.values() if edition else ()
    return {stop.name: [stop.name_en, stop.name_kana] for stop in stops}


def _claims(connection: Connection, member: str, now: int) -> list[Summary]:
    """What the member has claimed of kiosks without getting it: it waits, or why it was refused later; newest first."""
    found = []
    for claim in claims_without_points(connection, member, now - CLAIMS_S)[::-1]:
        kiosk = kiosk_of(connection, claim.name.device, day_of(claim.asked_at))
        place = [kiosk.place_ja, kiosk.place_en] if kiosk else [claim.name.device, ""]
        found.append({"place": place, "points": claim.points, "at": claim.asked_at, "why": claim.why})
    return found


def _tickets(connection: Connection, member: str, now: int) -> Summary:
    by_unit: defaultdict[str, int] = defaultdict(int)
    value_by_day: defaultdict[str, int] = defaultdict(int)
    for lot in open_lots(connection, [member]):
        if lot.is_expired(now):
            continue
        by_unit[lot.account.unit] += lot.left
        if lot.account.unit == RIDE_VALUE and lot.expires_at is not None:
            value_by_day[last_good_day(lot.expires_at).isoformat()] += lot.left
    today = service_day(now).isoformat()
    returns = {
        sale.product: {
            "section": [sale.one_end, sale.other_end],
            "left": by_unit[trips(sale.product)],
            "last_day": sale.last_day,
        }
        for sale in sales_of(connection, member, ReturnTicket.KIND)
        if sale.last_day >= today and by_unit[trips(sale.product)]
    }
    return {
        "ride_value": by_unit[RIDE_VALUE],
        "ride_value_expiring": [
            {"last_day": day, "amount": value_by_day[day]} for day in sorted(value_by_day)
        ],
        "returns": list(returns.values()),
        "commuter": [
            {
                "section": [sale.one_end, sale.other_end] if sale.one_end else None,
                "first_day": sale.first_day,
                "last_day": sale.last_day,
            }
            for sale in sales_of(connection, member, CommuterPass.KIND)
            if sale.last_day >= today
        ],
    }


def _rides(connection: Connection, member: str) -> list[Summary]:
    """The newest rides, whichever side read the other."""
    by_code = [_by_code(connection, each) for each in rides_of(connection, member, RIDES)]
    by_phone = [
        _by_phone(connection, *each) for each in rides_by_phone.rides_of_member(connection, member, RIDES)
    ]
    return sorted(by_code + by_phone, key=lambda row: int(row["at"]), reverse=True)[:RIDES]


def _by_code(connection: Connection, timed: TimedRide) -> Summary:
    ride = timed.ride
    row: Summary = {
        "name": ride.name,
        "at": timed.boarded_at,
        "ended": timed.alighted_at,
        "state": ride.state,
    }
    found = read_receipt(connection, ride.device, ride.board)
    if isinstance(found, NoReceipt):
        edition = find_edition(connection, ride.edition)
        stop = edition.stops.get(ride.board_stop_id) if edition else None
        return row | {"board": [stop.name, stop.name_en] if stop else [ride.board_stop_id, ""]}
    return row | _receipt(found)


def _by_phone(connection: Connection, key: TripKey, ride: RideRow) -> Summary:
    known = ride.known
    found = read_phone_receipt(connection, ride.id)
    row: Summary = {"name": ride.name, "at": known.board_wall, "ended": known.alight_wall, "by_phone": True}
    if not isinstance(found, NoReceipt):
        return row | {"state": known.state} | _receipt(found)
    edition = find_edition(connection, known.edition)
    stop = edition.stops_of(key.trip_id)[known.board_index] if edition else None
    state = "no-fare" if found is NoReceipt.NO_FARE else known.state
    return row | {"state": state, "board": [stop.name, stop.name_en] if stop else ["", ""]}


def _receipt(found: Receipt) -> Summary:
    return {
        "board": found.board,
        "alight": found.alight,
        "fare": found.fare,
        "forgotten": found.forgotten,
        "cost": [asdict(line) for line in found.cost],
        "paid": [asdict(line) for line in found.paid],
        "changes": [asdict(change) for change in found.changes],
    }


def _on_sale(connection: Connection, rider_class: RiderClass, now: int) -> list[Summary]:
    today = service_day(now)
    edition = current_edition(connection, today)
    products = edition.tariff.products if edition else ()
    return [
        _product(each)
        for each in products
        if each.holds_on(today) and (isinstance(each, BusTicket) or each.rider_class is rider_class)
    ]


def _product(product: Product) -> Summary:
    row: Summary = {
        "number": product.number,
        "kind": product.KIND,
        "name": [product.name, product.name_en],
        "price": product.price,
        "days": product.days,
    }
    if isinstance(product, BusTicket):
        return row | {"value": product.value}
    return row | {"section": product.section}
