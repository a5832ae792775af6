"""All passes that a member's phone should have: that which pays, and those of its commuter passes."""

from __future__ import annotations

from datetime import date

from central.database.transaction import Connection
from central.japan import day_of
from central.passes.issue_pass import Issuer
from central.passes.phones.enrol_phone import (
    RENEW_WITHIN_S,
    Enrolment,
    NotEnrolled,
    enrol_phone,
    passes_of_phone,
    renew_phone,
)
from central.passes.phones.store import Began, PhoneRow, add_row
from central.tickets.sell_product import renew_commuter_pass
from central.tickets.store import Sale, sales_of
from rules.network.in_force import service_day
from rules.passes.rider_pass import IssuedPass
from rules.products.commuter_pass import CommuterPass


def enrol(
    connection: Connection, issuer: Issuer, asked: Enrolment, now: int
) -> list[IssuedPass] | NotEnrolled:
    """As `enrol_phone`, and a commuter pass that was bought on another phone comes along."""
    done = enrol_phone(connection, issuer, asked, now)
    return (
        done
        if isinstance(done, NotEnrolled)
        else _with_commuter_passes(connection, issuer, asked.member, now)
    )


def renew(connection: Connection, issuer: Issuer, member: str, party: int, now: int) -> list[IssuedPass]:
    """The phone's passes, with those that follow on what ends soon. Again, it changes nothing."""
    renew_phone(connection, issuer, member, party, now)
    return _with_commuter_passes(connection, issuer, member, now)


def add_sold(connection: Connection, sale: Sale, public: bytes, now: int) -> None:
    """The pass of a commuter pass that was just sold is this phone's."""
    command = f"commuter/{sale.pass_id}"
    add_row(connection, PhoneRow(command, sale.member, public, sale.pass_id, Began.COMMUTER), now)


def _with_commuter_passes(connection: Connection, issuer: Issuer, member: str, now: int) -> list[IssuedPass]:
    found = [each.issued for each in passes_of_phone(connection, member, now)]
    if not found:
        return found
    public = found[0].body.public_key
    assert public is not None, "a phone's pass has its key"
    for sale in sales_of(connection, member, CommuterPass.KIND):
        day = _next_day(sale, found, now)
        issued = None if day is None else renew_commuter_pass(connection, issuer, sale, public, day, now)
        if issued is not None:
            pass_id = issued.body.pass_id.hex()
            add_row(connection, PhoneRow(f"commuter/{pass_id}", member, public, pass_id, Began.COMMUTER), now)
            found.append(issued)
    return found


def _next_day(sale: Sale, found: list[IssuedPass], now: int) -> date | None:
    """The service day from which the phone needs another pass for what was sold, None while it does not."""
    first, today = date.fromisoformat(sale.first_day), service_day(now)
    ends = [
        each.body.valid_until
        for each in found
        if each.body.product == sale.product and day_of(each.body.valid_from) >= first
    ]
    if not ends:
        return max(first, today)
    return day_of(max(ends)) if max(ends) - now < RENEW_WITHIN_S else None
