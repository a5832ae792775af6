"""Staff give a whole, unused charge back: first the lots, then the money, each once."""

from __future__ import annotations

import pytest

from central.charging.practice_gateway import PracticeGateway
from central.charging.refund_charge import NotRefunded, Wish, refund_charge
from central.charging.take_event import Taken
from central.ledger.post_orders import post
from rules.charging.refund import NotRefundable, RefundReason
from rules.charging.standing import State
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import Move, Order, Spend
from rules.ledger.rides import pass_hold_order
from rules.money import Yen
from tests.charging.desk import DAY, Desk


def give_back(
    desk: Desk, charge: str = "charge-0001", reason: RefundReason = RefundReason.MOVING_AWAY
) -> NotRefunded | NotRefundable | None:
    wish = Wish(charge, reason, "山田")
    return refund_charge(desk.database, desk.gateway, wish, desk.now)


def test_lots_and_money_go_back_and_the_gateway_s_word_for_it_changes_nothing_more(desk: Desk) -> None:
    desk.paid("charge-0001")
    assert give_back(desk) is None
    assert desk.left("charge-0001") == (0, 0)
    assert desk.balance("card-gateway") == 0
    ((path, sent),) = [each for each in desk.stripe.requests if each[0] == "/v1/refunds"]
    assert path == "/v1/refunds"
    assert sent["payment_intent"] == desk.stripe.session_of("charge-0001")["payment_intent"]
    assert desk.hear(desk.stripe.refunded("charge-0001", 3000)) is Taken.FOLLOWED
    assert desk.balance("owed") == 0
    assert desk.stands("charge-0001").state is State.REFUNDED


def test_what_is_on_its_way_back_cannot_be_spent_and_is_sent_again(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.stripe.down = True
    assert give_back(desk) is NotRefunded.GATEWAY_FAILED
    assert desk.free() == 0
    desk.stripe.down = False
    assert give_back(desk) is None
    assert len(desk.stripe.refunds) == 1
    assert give_back(desk) is NotRefundable.TAKEN_BACK
    assert len(desk.stripe.refunds) == 1


def test_a_used_charge_is_not_given_back(desk: Desk) -> None:
    desk.paid("charge-0001")
    with desk.database.write() as connection:
        shop = AccountRef(AccountKind.SHOP, "shop")
        post(connection, Order("p", "payment", (Move(Spend("m"), shop, 1),)), desk.now)
    assert give_back(desk) is NotRefundable.USED
    assert desk.free() == 2999


def test_what_a_bus_may_still_take_is_not_given_back(desk: Desk) -> None:
    desk.paid("charge-0001")
    with desk.database.write() as connection:
        post(connection, pass_hold_order("h", "m", "pass", Yen(1), desk.now + DAY), desk.now)
    assert give_back(desk) is NotRefundable.USED


def test_the_first_hours_do_not_keep_it(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001")
    assert give_back(desk) is None
    assert desk.left("charge-0001") == (0, 0)


def test_a_void_is_for_the_day_of_payment_in_japan(desk: Desk) -> None:
    # 23:13 in Japan: an hour later it is another day.
    desk.paid("charge-0001", 1000)
    desk.now += 3600
    assert give_back(desk, reason=RefundReason.SAME_DAY) is NotRefundable.ANOTHER_DAY
    desk.paid("charge-0002", 1000)
    assert give_back(desk, "charge-0002", RefundReason.SAME_DAY) is None


def test_what_is_disputed_or_not_paid_or_not_there_is_not_given_back(desk: Desk) -> None:
    desk.begin("charge-0001", 1000)
    assert give_back(desk) is NotRefundable.NOT_PAID
    desk.hear(desk.stripe.pay("charge-0001"))
    desk.hear(desk.stripe.disputed("charge-0001"))
    assert give_back(desk) is NotRefundable.DISPUTED
    assert give_back(desk, "charge-9999") is NotRefunded.UNKNOWN


def test_another_gateway_s_charge_is_not_sent_to_this_one(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.gateway = PracticeGateway("secret")
    assert give_back(desk) is NotRefunded.OTHER_MODE


def test_nobody_gives_back_without_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        Wish("charge-0001", RefundReason.DEATH, " ")
