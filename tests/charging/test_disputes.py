"""A dispute freezes what is left, a lost one takes it back, a won one gives it free; refunds likewise, in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from central.charging.list_incident import Unmatched
from central.charging.settle_charge import settle_member
from central.charging.take_event import Taken
from central.ledger import store as ledger
from central.ledger.post_orders import Posted, post
from rules.charging.standing import State, Wrong
from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.order import Move, Order, Release, Restore, Spend
from rules.ledger.rides import PassHold, pass_hold_order, ride_order
from rules.money import Yen
from tests.charging.desk import DAY, Desk

SHOP = AccountRef(AccountKind.SHOP, "shop")


def spend(desk: Desk, command: str, amount: int) -> None:
    with desk.database.write() as connection:
        answer = post(connection, Order(command, "payment", (Move(Spend("m"), SHOP, amount),)), desk.now)
    assert isinstance(answer, Posted)


def give_back(desk: Desk, payment: str, amount: int) -> None:
    with desk.database.write() as connection:
        order = Order(f"void/{payment}", "payment voided", (Move(SHOP, Restore(payment), amount),))
        assert isinstance(post(connection, order, desk.now), Posted)
        settle_member(connection, "m", desk.now)


def hold_for_a_pass(desk: Desk, amount: int) -> None:
    with desk.database.write() as connection:
        post(connection, pass_hold_order("pass/1", "m", "pass-1", Yen(amount), desk.now + 30 * DAY), desk.now)


def held_for_the_pass(desk: Desk) -> int | None:
    with desk.database.read() as connection:
        hold = ledger.open_holds(connection, ["pass-1"]).get("pass-1")
    return None if hold is None else hold.amount


def test_a_dispute_freezes_what_is_left_and_a_won_one_gives_it_free(desk: Desk) -> None:
    desk.paid("charge-0001")
    spend(desk, "p1", 1000)
    desk.hear(desk.stripe.disputed("charge-0001"))
    assert desk.stands("charge-0001").state is State.DISPUTED
    assert desk.free() == 0
    desk.now += 60 * DAY
    desk.hear(desk.stripe.dispute_closed("charge-0001", "won"))
    assert desk.stands("charge-0001").state is State.PAID
    assert desk.free() == 2000


def test_a_lost_dispute_takes_the_rest_and_what_was_spent_is_owed(desk: Desk) -> None:
    desk.paid("charge-0001")
    spend(desk, "p1", 1000)
    desk.hear(desk.stripe.disputed("charge-0001"))
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost"))
    assert desk.left("charge-0001") == (0, 0)
    assert desk.balance("owed") == -1000
    assert desk.balance("card-gateway") == 0
    assert (desk.stands("charge-0001").taken, desk.stands("charge-0001").owed) == (3000, 1000)


def test_an_inquiry_that_ends_without_a_dispute_gives_it_free(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001"))
    desk.hear(desk.stripe.dispute_closed("charge-0001", "warning_closed"))
    assert desk.free() == 3000


@pytest.mark.parametrize("end", ["won", "lost"])
def test_every_order_of_events_ends_the_same(desk: Desk, end: str) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(3))):
        member, charge = f"member-{number}", f"charge-{number:04}"
        desk.begin(charge, member=member)
        events = [
            desk.stripe.pay(charge),
            desk.stripe.disputed(charge),
            desk.stripe.dispute_closed(charge, end),
        ]
        for place in order:
            desk.now += 3 * DAY
            desk.hear(events[place])
        stands = desk.stands(charge)
        ends.add((stands.state, stands.taken, stands.owed, desk.free(member)))
    assert ends == {(State.PAID, 0, 0, 3000) if end == "won" else (State.LOST, 3000, 0, 0)}
    assert desk.incidents() == []


def test_a_dispute_before_its_payment_waits_listed_and_freezes_what_then_comes(desk: Desk) -> None:
    desk.begin("charge-0001")
    disputed = desk.stripe.disputed("charge-0001")
    assert desk.hear(disputed) is Taken.LISTED
    assert desk.incidents() == [Unmatched.UNKNOWN_PAYMENT]
    desk.hear(desk.stripe.pay("charge-0001"))
    assert desk.incidents() == []
    assert desk.left("charge-0001") == (3000, 0)


def test_of_two_disputes_one_that_is_won_leaves_the_other_frozen(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001", "du_1", 1000))
    desk.hear(desk.stripe.disputed("charge-0001", "du_2", 500))
    desk.hear(desk.stripe.dispute_closed("charge-0001", "won", "du_1", 1000))
    assert desk.free() == 0
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost", "du_2", 500))
    assert desk.free() == 2500


def test_a_dispute_that_is_won_and_lost_is_lost_and_listed(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost"))
    desk.hear(desk.stripe.dispute_closed("charge-0001", "won"))
    assert desk.free() == 0
    assert desk.incidents() == [Wrong.CONTRADICTION] * 2


def test_a_dispute_of_more_than_the_charge_is_listed_and_not_followed(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001", amount=3001))
    assert desk.incidents() == [Wrong.AMOUNT]
    assert desk.free() == 3000


def test_what_a_shop_gives_back_into_a_disputed_charge_is_frozen_too(desk: Desk) -> None:
    desk.paid("charge-0001")
    spend(desk, "p1", 1000)
    desk.hear(desk.stripe.disputed("charge-0001"))
    give_back(desk, "p1", 1000)
    assert desk.left("charge-0001") == (3000, 0)
    desk.hear(desk.stripe.dispute_closed("charge-0001", "won"))
    assert desk.free() == 3000


def test_what_a_shop_gives_back_after_a_lost_dispute_pays_what_is_owed(desk: Desk) -> None:
    desk.paid("charge-0001")
    spend(desk, "p1", 1000)
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost"))
    give_back(desk, "p1", 400)
    assert desk.left("charge-0001") == (0, 0)
    assert desk.balance("owed") == -600
    assert desk.stands("charge-0001").owed == 600


def test_what_a_pass_had_set_aside_is_frozen_and_the_pass_lives_on_other_value(desk: Desk) -> None:
    desk.paid("charge-0001", 3000)
    hold_for_a_pass(desk, 2000)
    desk.paid("charge-0002", 1500)
    desk.hear(desk.stripe.disputed("charge-0001"))
    assert desk.left("charge-0001") == (3000, 0)
    assert held_for_the_pass(desk) == 1500
    assert desk.free() == 0


def test_a_ride_after_the_dispute_does_not_get_at_the_frozen_value(desk: Desk) -> None:
    desk.paid("charge-0001", 3000)
    hold_for_a_pass(desk, 2000)
    desk.hear(desk.stripe.disputed("charge-0001"))
    with desk.database.write() as connection:
        order = ride_order("ride/1", member_account("m"), Yen(500), Yen(0), PassHold("pass-1", Yen(2000)))
        assert order is not None
        post(connection, order, desk.now)
    assert desk.left("charge-0001") == (3000, 0)
    assert desk.balance("owed") == -500


def test_a_lost_dispute_takes_what_a_pass_had_set_aside(desk: Desk) -> None:
    desk.paid("charge-0001", 3000)
    hold_for_a_pass(desk, 3000)
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost"))
    assert desk.left("charge-0001") == (0, 0)
    assert desk.balance("owed") == 0
    assert held_for_the_pass(desk) == 0


def test_a_refund_by_the_card_company_takes_so_much_back_and_the_same_sum_again_nothing(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.refunded("charge-0001", 1000))
    desk.hear(desk.stripe.refunded("charge-0001", 1000))
    assert desk.free() == 2000
    desk.hear(desk.stripe.refunded("charge-0001", 3000))
    assert desk.free() == 0
    desk.hear(desk.stripe.refunded("charge-0001", 1000))
    assert desk.stands("charge-0001").taken == 3000


def test_a_refund_that_comes_before_its_payment_leaves_nothing(desk: Desk) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    desk.hear(desk.stripe.refunded("charge-0001", 3000))
    desk.hear(paid)
    assert desk.free() == 0
    assert desk.balance("card-gateway") == 0


def test_refund_and_lost_dispute_take_no_more_than_there_was(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.refunded("charge-0001", 2000))
    desk.hear(desk.stripe.dispute_closed("charge-0001", "lost"))
    assert desk.balance("owed") == 0
    assert desk.balance("card-gateway") == 0


def test_the_first_charge_cannot_be_spent_for_its_first_hours(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001", 1000)
    assert desk.free() == 0
    desk.later(23 * 3600)
    desk.paid("charge-0002", 500)
    assert desk.free() == 0
    desk.later(3600)
    assert desk.free() == 1500
    desk.paid("charge-0003", 500)
    assert desk.free() == 2000


def test_a_dispute_in_the_first_hours_freezes_and_a_won_one_waits_for_their_end(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001"))
    desk.later(3600)
    desk.hear(desk.stripe.dispute_closed("charge-0001", "won"))
    assert desk.free() == 0
    desk.later(23 * 3600)
    assert desk.free() == 3000


def test_a_dispute_outlives_the_first_hours(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001"))
    desk.later(3 * DAY)
    assert desk.free() == 0


def test_a_hold_that_somebody_released_does_not_stop_the_webhook(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001")
    with desk.database.write() as connection:
        post(connection, Order("x", "released", (Release("card-first/charge-0001"),)), desk.now)
    desk.hear(desk.stripe.disputed("charge-0001"))
    assert desk.left("charge-0001") == (3000, 0)
