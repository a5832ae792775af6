"""Rides by a code and rides by the driver's hand, under one another as one table with the fields of `rows.Ride`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, and_, case, func, literal, null, or_, select, union_all

from central.database.hand_tables import hand_rides
from central.database.tables import rides
from rules.messages.events import Means

_boarding = hand_rides.alias("boarding")
_left = hand_rides.alias("leaving")
_gone = (
    select(func.coalesce(func.sum(_left.c.people), 0))
    .where(
        _left.c.device == hand_rides.c.device,
        _left.c.board_epoch == hand_rides.c.epoch,
        _left.c.board_number == hand_rides.c.number,
        _left.c.state != "open",
        ~_left.c.undone,
    )
    .correlate(hand_rides)
    .scalar_subquery()
)
_is_open = hand_rides.c.state == "open"
_unpaid = case((hand_rides.c.means == str(Means.PASS), func.coalesce(hand_rides.c.fare, 0)), else_=0)


def _by_code() -> Select[Any]:
    return select(
        rides.c.id,
        rides.c.device,
        rides.c.epoch,
        rides.c.board_number,
        rides.c.alight_number,
        rides.c.state,
        literal("", String).label("means"),
        (1 + rides.c.adults + rides.c.children).label("people"),
        rides.c.pass_id,
        rides.c.pass_kind,
        rides.c.rider_class,
        rides.c.product,
        rides.c.adults,
        rides.c.children,
        rides.c.edition,
        rides.c.trip_id,
        rides.c.service_date,
        rides.c.board_stop_id,
        rides.c.alight_stop_id,
        rides.c.board_wall,
        rides.c.alight_wall,
        rides.c.fare,
        rides.c.held,
        rides.c.cash,
        rides.c.owed,
        rides.c.overpaid,
        rides.c.board_unsure,
        rides.c.alight_unsure,
        rides.c.corrected,
        literal(0).label("overruled"),
        literal(1).label("camera"),
    )


def _by_hand() -> Select[Any]:
    """An alighting is a ride; a boarding is one for as many people as are still on board."""
    columns = select(
        hand_rides.c.id,
        hand_rides.c.device,
        func.coalesce(hand_rides.c.board_epoch, hand_rides.c.epoch).label("epoch"),
        hand_rides.c.board_number,
        case((_is_open, null()), else_=hand_rides.c.number).label("alight_number"),
        hand_rides.c.state,
        hand_rides.c.means,
        case((_is_open, hand_rides.c.people - _gone), else_=hand_rides.c.people).label("people"),
        literal("", String),
        null(),
        hand_rides.c.rider_class,
        literal(0),
        literal(0),
        literal(0),
        hand_rides.c.edition,
        hand_rides.c.trip_id,
        hand_rides.c.service_date,
        hand_rides.c.board_stop_id,
        hand_rides.c.alight_stop_id,
        func.coalesce(_boarding.c.wall, hand_rides.c.wall),
        case((_is_open, null()), else_=hand_rides.c.wall),
        hand_rides.c.fare,
        literal(0),
        hand_rides.c.cash,
        _unpaid,
        literal(0),
        func.coalesce(_boarding.c.unsure, False),
        and_(~_is_open, hand_rides.c.unsure),
        literal(0),
        func.coalesce(_boarding.c.refused_number.is_not(None), False),
        hand_rides.c.camera,
    )
    begun = and_(
        _boarding.c.device == hand_rides.c.device,
        _boarding.c.epoch == hand_rides.c.board_epoch,
        _boarding.c.number == hand_rides.c.board_number,
    )
    counts = and_(~hand_rides.c.undone, or_(~_is_open, hand_rides.c.people > _gone))
    return columns.select_from(hand_rides.outerjoin(_boarding, begun)).where(counts)


journeys = union_all(_by_code(), _by_hand()).subquery("journeys")
"""Every ride that counts. `means` is "" for one by a code. `owed` of a pass that was not taken is what nobody paid."""
