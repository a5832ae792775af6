"""Asking for a charge: written down before the gateway hears of it, once by its id, within the limits."""

from __future__ import annotations

import pytest

from central.charging.begin_charge import Begun, NotBegun
from central.charging.gateway import Mode
from central.charging.store import Switch
from central.charging.switch import turn
from central.charging.take_event import Taken
from central.members.store import Standing, put_standing
from rules.charging.limits import OverLimit
from rules.charging.standing import State
from tests.charging.desk import DAY, NOW, Desk
from tests.fakes.stripe_server import KEY


def test_a_member_is_sent_to_a_session_in_whole_yen_with_three_d_secure_and_our_id(desk: Desk) -> None:
    begun = desk.begin("charge-0001", 3000)
    assert isinstance(begun, Begun)
    assert begun.session.address.startswith("https://checkout.stripe.example/")
    ((path, sent),) = desk.stripe.requests
    assert path == "/v1/checkout/sessions"
    assert sent["line_items[0][price_data][unit_amount]"] == "3000"
    assert sent["line_items[0][price_data][currency]"] == "jpy"
    assert sent["line_items[0][price_data][product_data][name]"].startswith("くらポ 3,000")
    assert "line_items[1][quantity]" not in sent
    assert sent["payment_method_options[card][request_three_d_secure]"] == "any"
    assert sent["allowed_payment_method_types[0]"] == "card"
    assert sent["client_reference_id"] == "charge-0001"
    assert sent["metadata[yukemuri_charge]"] == "charge-0001"
    assert sent["payment_intent_data[metadata][yukemuri_charge]"] == "charge-0001"
    assert sent["success_url"] == "https://village.example/charged?charge=charge-0001"


def test_a_test_key_is_practice_and_says_so_on_the_gateway_s_own_page(desk: Desk) -> None:
    begun = desk.begin("charge-0001")
    assert isinstance(begun, Begun)
    assert begun.mode is Mode.STRIPE_TEST
    assert begun.mode.is_practice
    assert "練習用" in desk.stripe.requests[0][1]["line_items[0][price_data][product_data][name]"]


def test_nothing_is_credited_by_asking(desk: Desk) -> None:
    desk.begin("charge-0001")
    assert desk.stands("charge-0001").state is State.ASKED
    assert desk.free() == 0


def test_the_same_again_is_the_same_session_and_asks_nobody(desk: Desk) -> None:
    first = desk.begin("charge-0001")
    desk.now += 600
    assert desk.begin("charge-0001") == first
    assert len(desk.stripe.requests) == 1


@pytest.mark.parametrize(("amount", "member"), [(3001, "m"), (3000, "somebody-else")])
def test_the_same_id_for_something_else_is_refused(desk: Desk, amount: int, member: str) -> None:
    desk.begin("charge-0001")
    assert desk.begin("charge-0001", amount, member) is NotBegun.OTHER_BODY


def test_a_gateway_that_was_down_is_asked_again_and_makes_one_session(desk: Desk) -> None:
    desk.stripe.down = True
    assert desk.begin("charge-0001") is NotBegun.GATEWAY_FAILED
    desk.stripe.down = False
    desk.now += 1200
    assert isinstance(desk.begin("charge-0001"), Begun)
    assert len(desk.stripe.sessions) == 1


def test_an_answer_that_was_lost_is_the_same_session(desk: Desk) -> None:
    desk.begin("charge-0001")
    asked = desk.stripe.requests[0][1]
    # What a server that died between the gateway's answer and its own commit asks again.
    status, again = desk.stripe.answer("/v1/checkout/sessions", "charge/charge-0001", asked)
    assert status == 200
    assert again == desk.stripe.session_of("charge-0001")


def test_what_has_ended_needs_another_id(desk: Desk) -> None:
    desk.paid("charge-0001")
    assert desk.begin("charge-0001") is NotBegun.ENDED
    desk.begin("charge-0002", 1000)
    desk.now += 3 * 3600
    assert desk.begin("charge-0002", 1000) is NotBegun.ENDED


@pytest.mark.parametrize(
    "charge", ["", "short", "a" * 65, "charge/0001", "charge 0001", "チャージの番号です"]
)
def test_an_id_that_could_not_stand_in_an_address_is_refused(desk: Desk, charge: str) -> None:
    assert desk.begin(charge) is NotBegun.BAD_ID


def test_a_stranger_charges_nothing(desk: Desk) -> None:
    desk.members.add("stranger")
    assert desk.begin("charge-0001", member="stranger") is NotBegun.UNKNOWN_MEMBER


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [(Standing.BLOCKED, NotBegun.MEMBER_BLOCKED), (Standing.CLOSED, NotBegun.MEMBER_CLOSED)],
)
def test_a_blocked_member_and_one_who_left_are_sent_to_no_gateway_and_what_is_paid_counts(
    desk: Desk, standing: Standing, refusal: NotBegun
) -> None:
    desk.begin("charge-0001")
    with desk.database.write() as connection:
        put_standing(connection, "m", standing, "card lost", "tanaka", NOW)
    assert desk.begin("charge-0002") is refusal
    assert desk.begin("charge-0001") is refusal, "nor sent on to the one that was begun before"
    assert len(desk.stripe.requests) == 1
    assert desk.hear(desk.stripe.pay("charge-0001")) is Taken.FOLLOWED
    assert desk.left("charge-0001")[0] == 3000


def test_the_switch_stops_new_charges_and_credits_what_is_paid(desk: Desk) -> None:
    desk.begin("charge-0001")
    with desk.database.write() as connection:
        turn(connection, Switch(False, "不正利用の調査", "山田", NOW))
    assert desk.begin("charge-0002") is NotBegun.SWITCHED_OFF
    assert desk.begin("charge-0001") is NotBegun.SWITCHED_OFF
    desk.hear(desk.stripe.pay("charge-0001"))
    assert desk.free() == 3000
    with desk.database.write() as connection:
        turn(connection, Switch(True, "調査おわり", "山田", NOW + 1))
    assert isinstance(desk.begin("charge-0002", 1000), Begun)


def test_the_switch_is_not_turned_without_a_reason_and_a_name(desk: Desk) -> None:
    for reason, name in (("", "山田"), ("調査", " "), ("あ" * 201, "山田")):
        with desk.database.write() as connection, pytest.raises(ValueError, match="200"):
            turn(connection, Switch(False, reason, name, NOW))


def test_open_charges_count_so_that_many_at_once_do_not_pass(desk: Desk) -> None:
    assert isinstance(desk.begin("charge-0001", 3000), Begun)
    assert desk.begin("charge-0002", 3000) is OverLimit.NEW_DAY


def test_what_was_given_up_does_not_count(desk: Desk) -> None:
    desk.begin("charge-0001", 5000)
    desk.hear(desk.stripe.expire("charge-0001"))
    assert isinstance(desk.begin("charge-0002", 5000), Begun)


def test_after_the_first_days_the_larger_limits_hold(desk: Desk) -> None:
    desk.paid("charge-0001", 5000)
    desk.now += DAY
    assert desk.begin("charge-0002", 5001) is OverLimit.NEW_DAY
    desk.now += 13 * DAY
    assert isinstance(desk.begin("charge-0003", 20_000), Begun)
    assert desk.begin("charge-0004", 500) is OverLimit.DAY


def test_secrets_show_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    desk.stripe.down = True
    desk.begin("charge-0001")
    assert "charge-0001: Stripe: " in caplog.text
    assert KEY not in caplog.text
    assert KEY not in repr(desk.gateway)
    assert "whsec" not in repr(desk.gateway)


def test_what_the_office_has_set_is_followed(desk: Desk) -> None:
    desk.let(least=1000, most=2000)
    assert desk.begin("charge-0001", 999) is OverLimit.TOO_SMALL
    assert desk.begin("charge-0001", 2001) is OverLimit.TOO_LARGE
    assert isinstance(desk.begin("charge-0001", 2000), Begun)
