"""What can be sold as a bus ticket or a return ticket, and what the ledger makes of a sale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.books import Books
from rules.ledger.charges import cash_charge_order
from rules.ledger.group import Group
from rules.ledger.tickets import Bought, Payment, sale_order, ticket_back_order, unit_of
from rules.money import Yen
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.return_ticket import ReturnTicket
from tests.tariff.tariffs import bus_tickets, commuter_passes, return_tickets
from tests.tariff.test_tariff import commuter

BOOK = BusTicket(1, "回数券", "", Yen(1_100), 180, Yen(1_000), date(2026, 4, 1), None)


@pytest.mark.parametrize("field", [{"value": 999}, {"value": 0, "price": 0}, {"days": 0}, {"name": " "}])
def test_a_bus_ticket_that_nobody_would_buy_is_refused_for_people(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"回数券.* / "):
        replace(BOOK, **field)


@pytest.mark.parametrize("field", [{"section": ("A", "A")}, {"days": 0}, {"price": -1}, {"number": 0}])
def test_a_return_ticket_that_nobody_could_ride_on_is_refused_for_people(field: dict[str, Any]) -> None:
    class_of = commuter().rider_class
    good = ReturnTicket(2, "往復", "", class_of, ("A", "E"), 2, Yen(900), date(2026, 4, 1), None)
    with pytest.raises(ValueError, match=" / "):
        replace(good, **field)


def test_a_commuter_pass_is_no_ticket() -> None:
    with pytest.raises(ValueError, match="no ticket"):
        unit_of(commuter())
    with pytest.raises(ValueError, match="no ticket"):
        ticket_back_order("b", "s", Bought("m", commuter(), 1, Payment.CASH, None))


@given(
    product=st.one_of(bus_tickets(1), return_tickets(2)),
    count=st.integers(1, 5),
    payment=st.sampled_from(Payment),
)
def test_a_sale_balances_in_every_unit_and_taking_it_back_leaves_nothing(
    product: Product, count: int, payment: Payment
) -> None:
    books, bought = Books(), Bought("m", product, count, payment, None)
    if bought.price:
        assert isinstance(books.post(cash_charge_order("charge", "m", bought.price), 0), Group)
    before = dict(books.balances)
    order = sale_order("sale", bought)
    assert order is not None
    # A group whose entries do not sum to zero in each unit cannot be built.
    assert isinstance(books.post(order, 0), Group)
    assert isinstance(books.post(ticket_back_order("back", "sale", bought), 0), Group)
    assert {account: balance for account, balance in books.balances.items() if balance} == before


@given(commuter_passes(3), st.sampled_from(Payment))
def test_a_commuter_pass_moves_its_price_and_nothing_else(product: Product, payment: Payment) -> None:
    bought = Bought("m", product, 1, payment, None)
    order = sale_order("sale", bought)
    assert (order is None) == (product.price == 0)
    assert order is None or len(order.steps) == 1
