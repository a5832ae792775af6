"""Selling: paid once, in its unit's lots, refused in words; an unused ticket goes back to where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from central.database.ledger_tables import holds, lots
from central.database.tables import passes
from central.devices.data_folder import Office
from central.ledger.post_orders import Refused
from central.ledger.verify_ledger import verify_ledger
from central.tickets.sell_product import NotSold, Sold, Wanted, renew_commuter_pass, sell_commuter_pass
from central.tickets.take_back_ticket import NotTakenBack, Why, take_ticket_back
from rules.ledger.books import Reason
from rules.ledger.tickets import Payment
from rules.network.in_force import service_day
from rules.passes.rider_pass import RiderClass
from rules.passes.seal import compressed
from tests.central.office import NOW, Bus, card
from tests.central.ticket_bench import (
    BOOK,
    CHILD_RETURN,
    COMMUTER,
    GONE,
    RETURN,
    TODAY,
    by_unit,
    held_by,
    issuer,
    ridden,
    sell,
    selling_office,
    take,
    wanted,
)
from tests.passes.material import phone_key

DAY_S = 86_400


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with selling_office(tmp_path) as made:
        yield made
        with made.database.read() as connection:
            assert verify_ledger(connection).problems == []


def test_a_bus_ticket_makes_a_paid_lot_and_a_premium_lot_from_kurapo(office: Office) -> None:
    card(office, "m", 2_500)
    assert isinstance(sell(office, wanted(BOOK.number, count=2)), Sold)
    assert held_by(office) == {"kurapo": 500, "ride": 2_200}
    with office.database.read() as connection:
        books = by_unit(connection)
        made = connection.execute(select(lots.c.origin, lots.c.remaining).order_by(lots.c.id)).all()
    assert [tuple(row) for row in made[1:]] == [("paid", 2_000), ("premium", 200)]
    assert books["sold", "", "kurapo"] == 2_000
    assert (books["sold", "", "ride"], books["issuer", "ticket/1", "ride"]) == (-2_000, -200)


def test_what_a_pass_holds_may_pay_for_a_bus_ticket_and_then_keeps_ride_value(office: Office) -> None:
    card(office, "m", 1_000)
    assert isinstance(sell(office, wanted(BOOK.number)), Sold)
    with office.database.read() as connection:
        kept = connection.execute(select(lots.c.origin, lots.c.held).where(lots.c.held > 0)).all()
    assert sum(row.held for row in kept) == 1_100
    assert held_by(office) == {"ride": 1_100}


def test_a_return_ticket_is_sold_for_cash_without_any_kurapo(office: Office) -> None:
    card(office, "m", 0)
    assert isinstance(sell(office, wanted(RETURN.number, payment=Payment.CASH)), Sold)
    assert held_by(office) == {"trips/2": 2}
    with office.database.read() as connection:
        assert by_unit(connection)["cash-desk", "", "kurapo"] == -800


def test_the_same_command_sells_once_and_another_sale_under_it_is_refused(office: Office) -> None:
    card(office, "m", 5_000)
    first = sell(office, wanted(RETURN.number))
    assert isinstance(first, Sold)
    again = sell(office, wanted(RETURN.number), NOW + DAY_S)
    assert again == first
    assert sell(office, wanted(RETURN.number, count=2)) is NotSold.OTHER_SALE
    assert held_by(office)["trips/2"] == 2


def test_too_little_is_refused_changes_nothing_and_stays_refused(office: Office) -> None:
    card(office, "m", 500)
    before = held_by(office)
    for _ in range(2):
        assert sell(office, wanted(BOOK.number)) == Refused(Reason.TOO_LITTLE)
    assert held_by(office) == before


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (wanted(BOOK.number, member="nobody"), NotSold.NO_MEMBER),
        (wanted(99), NotSold.NOT_ON_SALE),
        (wanted(GONE.number), NotSold.NOT_ON_SALE),
        (wanted(CHILD_RETURN.number), NotSold.OTHER_CLASS),
        (wanted(BOOK.number, count=0), NotSold.COUNT),
        (wanted(BOOK.number, count=21), NotSold.COUNT),
        (wanted(BOOK.number, first_day=TODAY - timedelta(days=1)), NotSold.DAY),
        (wanted(BOOK.number, first_day=TODAY + timedelta(days=32)), NotSold.DAY),
        (wanted(COMMUTER.number), NotSold.NO_PASS),
    ],
)
def test_what_cannot_be_sold_is_refused_by_name(office: Office, asked: Wanted, why: NotSold) -> None:
    card(office, "m", 20_000)
    before = held_by(office)
    assert sell(office, asked) is why
    assert held_by(office) == before


def test_a_commuter_pass_comes_with_a_card_that_carries_it_and_holds_nothing(office: Office) -> None:
    card(office, "m", 10_000)
    with office.database.write() as connection:
        sold = sell_commuter_pass(connection, issuer(office), wanted(COMMUTER.number), None, NOW)
        assert isinstance(sold, Sold)
        assert sold.issued is not None
        body = sold.issued.body
        assert (body.product, body.hold) == (COMMUTER.number, 0)
        # From now, as a bus must believe that it came after its last word; through the last of its service days.
        assert (body.valid_from, service_day(body.valid_until - 1)) == (NOW, TODAY + timedelta(days=29))
        again = sell_commuter_pass(connection, issuer(office), wanted(COMMUTER.number), None, NOW)
        assert again == Sold(sold.sale)
        series = connection.scalars(select(holds.c.series)).all()
        assert len(connection.execute(select(passes)).all()) == 2
    assert body.pass_id.hex() not in series
    assert held_by(office) == {"kurapo": 2_000}


def test_a_commuter_pass_nobody_can_pay_for_issues_no_pass(office: Office) -> None:
    card(office, "m", 100)
    with office.database.write() as connection:
        asked = wanted(COMMUTER.number)
        refused = sell_commuter_pass(connection, issuer(office), asked, None, NOW)
        assert refused == Refused(Reason.TOO_LITTLE)
        assert len(connection.execute(select(passes)).all()) == 1


def test_a_phone_s_commuter_pass_is_renewed_until_its_last_day(office: Office) -> None:
    card(office, "m", 10_000)
    public = compressed(phone_key(3))
    office_issues = issuer(office)
    with office.database.write() as connection:
        sold = sell_commuter_pass(connection, office_issues, wanted(COMMUTER.number), public, NOW)
        assert isinstance(sold, Sold)
        assert sold.issued is not None
        assert sold.issued.body.life_hours == 24 * 7
        other = issuer(office)
        fresh = type(other)(other.number, other.dearest, other.keys, lambda size: bytes([8]) * size)
        last = TODAY + timedelta(days=28)
        renewed = renew_commuter_pass(connection, fresh, sold.sale, public, last, NOW + 28 * DAY_S)
        assert renewed is not None
        assert (renewed.body.product, renewed.body.life_hours) == (COMMUTER.number, 24 * 2)
        over = date.fromisoformat(sold.sale.last_day) + timedelta(days=1)
        assert renew_commuter_pass(connection, fresh, sold.sale, public, over, NOW + 31 * DAY_S) is None


@pytest.mark.parametrize("number", [BOOK.number, RETURN.number])
@pytest.mark.parametrize("payment", Payment)
def test_an_unused_ticket_taken_back_leaves_what_was_before(
    office: Office, number: int, payment: Payment
) -> None:
    card(office, "m", 3_000)
    with office.database.read() as connection:
        before = by_unit(connection)
    sell(office, wanted(number, payment=payment))
    for _ in range(2):
        with office.database.write() as connection:
            back = take_ticket_back(connection, "back", "sale", Why.MOVING, NOW + DAY_S)
            assert not isinstance(back, NotTakenBack | Refused)
            assert by_unit(connection) == before
    with office.database.write() as connection:
        again = take_ticket_back(connection, "other", "sale", Why.MOVING, NOW)
        assert again is NotTakenBack.TAKEN_BACK


def test_a_ticket_of_which_anything_was_used_stays_out(office: Office) -> None:
    pass_id = card(office, "m", 3_000)
    sell(office, wanted(RETURN.number))
    bus = Bus()
    with office.database.write() as connection:
        bus.register(connection)
    ridden(bus, pass_id)
    take(office, bus)
    assert held_by(office)["trips/2"] == 1
    with office.database.write() as connection:
        refused = take_ticket_back(connection, "back", "sale", Why.DEATH, NOW)
    assert refused == Refused(Reason.TOO_LITTLE)
    assert held_by(office)["trips/2"] == 1


def test_a_sale_is_undone_on_its_own_day_only_and_a_commuter_pass_not_here(office: Office) -> None:
    card(office, "m", 20_000)
    sell(office, wanted(RETURN.number))
    with office.database.write() as connection:
        late = take_ticket_back(connection, "b", "sale", Why.SAME_DAY, NOW + DAY_S)
        assert late is NotTakenBack.ANOTHER_DAY
        assert take_ticket_back(connection, "b", "none", Why.SAME_DAY, NOW) is NotTakenBack.NOT_SOLD
        sell_commuter_pass(connection, issuer(office), wanted(COMMUTER.number, "c"), None, NOW)
        assert take_ticket_back(connection, "b", "c", Why.MOVING, NOW) is NotTakenBack.NO_TICKET


def test_a_child_buys_the_child_s_ticket(office: Office) -> None:
    card(office, "m", 2_000)
    sold = sell(office, wanted(CHILD_RETURN.number, rider_class=RiderClass.CHILD))
    assert isinstance(sold, Sold)
    assert held_by(office) == {"kurapo": 1_200, "trips/3": 2}
