"""What the desk counts for itself. Everything takes one read transaction's connection; every query has its index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select, union_all

from central.counter.rows import ReceiptKind
from central.database.card_tables import card_charges, card_refunds, card_refunds_sent, card_states
from central.database.correction_tables import ride_corrections
from central.database.counter_tables import cash_counts, counter_receipts
from central.database.hand_tables import hand_rides
from central.database.ledger_tables import accounts
from central.database.points_tables import point_grants, points_taken_back
from central.database.tables import rides
from central.database.transaction import Connection
from central.desk.totals import DayTotals
from central.japan import day_of, seconds_of
from central.rides.corrections.rows import State as CorrectionState
from central.rides.corrections.store import state_of
from central.today.filters import BY_PHONE
from central.today.store import journeys
from rules.charging.standing import State as ChargeState
from rules.messages.events import Means

MOST_DAYS_TO_PAY_S = 3 * 24 * 3600
"""A charge by card is asked for at most so long before it is paid: the gateway ends what nobody pays within a day."""


def corrections_waiting(connection: Connection) -> tuple[int, int | None]:
    """How many corrections wait for staff, and since when the oldest does."""
    waiting = state_of() == CorrectionState.WAITING.value
    query = select(func.count(), func.min(ride_corrections.c.made_at)).where(waiting)
    count, since = connection.execute(query).one()
    return int(count), since


def refunds_waiting(connection: Connection) -> tuple[int, int, int | None]:
    """How many rides have cash to be given back, how many yen, and since when (the oldest's alighting)."""
    due = rides.c.overpaid > rides.c.refunded
    sums = (func.count(), func.coalesce(func.sum(rides.c.overpaid - rides.c.refunded), 0))
    count, yen, since = connection.execute(select(*sums, func.min(rides.c.alight_wall)).where(due)).one()
    return int(count), int(yen), since


def disputes_open(connection: Connection) -> tuple[int, int | None]:
    """How many charges by card stand in dispute, and since when the oldest does."""
    newer = card_states.alias()
    is_newest = ~exists().where(newer.c.charge_id == card_states.c.charge_id, newer.c.seq > card_states.c.seq)
    disputed = card_states.c.state == ChargeState.DISPUTED.value
    query = select(func.count(), func.min(card_states.c.at)).where(disputed, is_newest)
    count, since = connection.execute(query).one()
    return int(count), since


def refunds_unsent(connection: Connection) -> tuple[int, int | None]:
    """How many charges that staff gave back the gateway has not taken the order of, and since when."""
    sent = exists().where(card_refunds_sent.c.charge_id == card_refunds.c.charge_id)
    count, since = connection.execute(select(func.count(), func.min(card_refunds.c.at)).where(~sent)).one()
    return int(count), since


def bags_not_counted(connection: Connection, first: date, last: date) -> list[tuple[str, str, int]]:
    """Bus, service day and yen of every bag of these days that should have cash in it and was never counted."""
    of = {"first": first.isoformat(), "last": last.isoformat()}
    by_code = select(rides.c.device, rides.c.service_date.label("day"), rides.c.cash).where(
        rides.c.service_date.between(of["first"], of["last"]), rides.c.cash != 0
    )
    by_hand = select(hand_rides.c.device, hand_rides.c.service_date, hand_rides.c.cash).where(
        hand_rides.c.service_date.between(of["first"], of["last"]),
        hand_rides.c.cash != 0,
        ~hand_rides.c.undone,
    )
    taken = union_all(by_code, by_hand).subquery()
    counted = exists().where(cash_counts.c.bus == taken.c.device, cash_counts.c.day == taken.c.day)
    yen = func.sum(taken.c.cash)
    query = select(taken.c.device, taken.c.day, yen).where(~counted).group_by(taken.c.device, taken.c.day)
    rows = connection.execute(query.having(yen != 0).order_by(taken.c.day, taken.c.device))
    return [(row[0], row[1], int(row[2])) for row in rows]


def units_out_of_balance(connection: Connection) -> list[str]:
    """The units whose accounts do not come to nothing together; there must be none."""
    total = func.sum(accounts.c.balance)
    query = select(accounts.c.unit).group_by(accounts.c.unit).having(total != 0).order_by(accounts.c.unit)
    return list(connection.scalars(query))


def totals_by_day(connection: Connection, first: date, last: date) -> dict[date, DayTotals]:
    """The totals of every day that has any, by service day, and by the day in Japan for what was charged and given."""
    found: dict[date, dict[str, int]] = {}
    for day, values in (
        *_rides(connection, first, last),
        *_counter(connection, first, last),
        *_cards(connection, first, last),
        *_points(connection, first, last),
    ):
        sums = found.setdefault(day, {})
        for name, value in values.items():
            sums[name] = sums.get(name, 0) + value
    return {day: DayTotals(**values) for day, values in found.items()}


Parts = Iterator[tuple[date, dict[str, int]]]


def _rides(connection: Connection, first: date, last: date) -> Parts:
    ride = journeys.c
    by_hand, by_phone = ride.means.not_in(("", BY_PHONE)), ride.means == BY_PHONE
    ended = ride.state != "open"
    named: dict[str, ColumnElement[Any]] = {
        "riders": ride.people,
        "by_code": case((ride.means == "", 1), else_=0),
        "by_hand": case((by_hand, 1), else_=0),
        "by_phone": case((by_phone, 1), else_=0),
        "kurapo": case((ended, ride.held), else_=0),
        "tickets": case((and_(ended, ride.means == str(Means.COUPON)), func.coalesce(ride.fare, 0)), else_=0),
        "cash": case((ended, ride.cash), else_=0),
        "owed": case((ended, ride.owed), else_=0),
    }
    sums = [func.total(value).label(name) for name, value in named.items()]
    query = select(ride.service_date, *sums).where(
        ride.service_date.between(first.isoformat(), last.isoformat())
    )
    for row in connection.execute(query.group_by(ride.service_date)):
        yield date.fromisoformat(row[0]), {name: int(getattr(row, name)) for name in named}


def _counter(connection: Connection, first: date, last: date) -> Parts:
    receipt = counter_receipts.c
    charged = case((receipt.kind == ReceiptKind.CHARGE.value, receipt.amount), else_=-receipt.amount)
    query = select(receipt.day, func.sum(charged)).where(
        receipt.day.between(first.isoformat(), last.isoformat()),
        receipt.kind.in_((ReceiptKind.CHARGE.value, ReceiptKind.VOID.value)),
    )
    for day, yen in connection.execute(query.group_by(receipt.day)):
        yield date.fromisoformat(day), {"charged_at_counter": int(yen)}


def _cards(connection: Connection, first: date, last: date) -> Parts:
    start, end = seconds_of(first)[0], seconds_of(last)[1]
    paid_at = (
        select(func.min(card_states.c.at))
        .where(card_states.c.charge_id == card_charges.c.id, card_states.c.paid)
        .scalar_subquery()
    )
    query: Select[Any] = select(paid_at.label("at"), card_charges.c.amount).where(
        card_charges.c.asked_at >= start - MOST_DAYS_TO_PAY_S, card_charges.c.asked_at < end
    )
    for at, yen in connection.execute(query):
        if at is not None and start <= at < end:
            yield day_of(at), {"charged_by_card": int(yen)}


def _points(connection: Connection, first: date, last: date) -> Parts:
    grant = point_grants.c
    back = exists().where(points_taken_back.c.grant_id == grant.id)
    query = select(grant.day, func.sum(grant.amount)).where(
        grant.day.between(first.isoformat(), last.isoformat()), ~back
    )
    for day, points in connection.execute(query.group_by(grant.day)):
        yield date.fromisoformat(day), {"points": int(points)}
