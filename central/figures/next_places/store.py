"""What is read of members' rides, and of what they did in shops and baths."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Integer, String, and_, case, func, literal, null, select

from central.database.kiosk_tables import kiosk_claims, kiosk_codes, kiosks
from central.database.phone_ride_tables import phone_rides
from central.database.shop_tables import shop_payments, shop_returns
from central.database.tables import passes, rides
from central.database.transaction import Connection
from central.figures.figure import Month
from central.figures.next_places.where_next import WITHIN_S, Ridden, Visit
from central.figures.store import void_rides
from central.japan import seconds_of
from central.rides.corrections.by_staff.rows import Of
from central.shops.store import all_shops

_VOID = "void"


def ridden(connection: Connection, month: Month) -> list[Ridden]:
    """Every boarding of a member on the month's service days, with its alighting where that was read."""
    first, last = str(month.days[0]), str(month.days[-1])
    read = and_(rides.c.state == "complete", ~rides.c.alight_unsure)
    by_code = (
        select(
            rides.c.id,
            passes.c.member,
            rides.c.edition,
            rides.c.alight_stop_id,
            rides.c.board_wall,
            case((read, rides.c.alight_wall), else_=null()),
        )
        .join_from(rides, passes, passes.c.pass_id == rides.c.pass_id)
        .where(rides.c.service_date.between(first, last), rides.c.double_of == "", passes.c.member != "")
    )
    by_phone = select(
        phone_rides.c.id,
        phone_rides.c.member,
        phone_rides.c.edition,
        phone_rides.c.alight_stop_id,
        phone_rides.c.board_wall,
        case((phone_rides.c.state == "complete", phone_rides.c.alight_wall), else_=null()),
    ).where(
        phone_rides.c.service_date.between(first, last),
        phone_rides.c.state.in_(("open", "complete", "provisional")),
    )
    found: list[Ridden] = []
    for of, those, query in ((Of.CODE, rides, by_code), (Of.PHONE, phone_rides, by_phone)):
        void = void_rides(connection, of, those, first, last)
        found += (Ridden(*row) for ride, *row in connection.execute(query) if ride not in void)
    return found


def visits(connection: Connection, month: Month) -> list[Visit]:
    """Every payment in a shop and every code of a bath that members had in the month, and a little after it."""
    return [*_paid(connection, month), *_bathed(connection, month)]


def _paid(connection: Connection, month: Month) -> Iterator[Visit]:
    was_void = select(shop_returns.c.command).where(
        shop_returns.c.payment == shop_payments.c.payment,
        shop_returns.c.kind == _VOID,
        shop_returns.c.refused == "",
    )
    shops = {each.shop: each.name for each in all_shops(connection)}
    query = select(shop_payments.c.member, shop_payments.c.shop, shop_payments.c.at).where(
        # Payments have an index for each shop's days.
        shop_payments.c.shop.in_(shops),
        shop_payments.c.at.between(seconds_of(month.first)[0], month.end + WITHIN_S),
        shop_payments.c.refused == "",
        ~was_void.exists(),
    )
    yield from (Visit(member, shops[shop], at) for member, shop, at in connection.execute(query))


def _bathed(connection: Connection, month: Month) -> Iterator[Visit]:
    """A code by when the kiosk made it, where it knew that; a card by when it was shown."""
    code, claim = kiosk_codes.c, kiosk_claims.c
    query = (
        select(
            claim.member,
            literal("おふろ / bath ", String) + claim.device,
            func.coalesce(code.made_at, claim.asked_at, type_=Integer),
        )
        .select_from(
            kiosks.join(kiosk_claims, claim.device == kiosks.c.device).outerjoin(
                kiosk_codes,
                and_(code.device == claim.device, code.number == claim.number, code.moment == claim.moment),
            )
        )
        .where(
            claim.day.between(str(month.first), str(month.days[-1] + timedelta(1))), claim.state == "given"
        )
    )
    yield from (Visit(*row) for row in connection.execute(query))
