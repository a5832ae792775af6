"""What the gateway says is followed once, whenever and in whichever order it comes; what does not fit is kept."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import func, select

from central.charging.gateway import Unread
from central.charging.list_incident import MAX_STRAYS, Unmatched
from central.charging.take_event import Taken
from central.database.card_tables import card_events, card_incidents
from central.database.ledger_tables import groups
from rules.charging.standing import State, Wrong
from tests.charging.desk import DAY, NOW, Desk
from tests.fakes.stripe_server import changed, sign


def posted(desk: Desk) -> int:
    with desk.database.read() as connection:
        return connection.execute(select(func.count()).select_from(groups)).scalar_one()


def test_a_paid_session_is_credited_from_what_the_card_company_owes(desk: Desk) -> None:
    desk.paid("charge-0001", 3000)
    assert desk.free() == 3000
    assert desk.balance("card-gateway") == -3000
    assert desk.stands("charge-0001").state is State.PAID


def test_the_same_event_again_changes_nothing(desk: Desk) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert [desk.hear(paid) for _ in range(5)] == [Taken.FOLLOWED, *[Taken.REPEATED] * 4]
    assert desk.free() == 3000


def test_two_events_of_one_payment_are_credited_once(desk: Desk) -> None:
    desk.begin("charge-0001")
    desk.hear(desk.stripe.pay("charge-0001"))
    desk.hear(desk.stripe.money_comes("charge-0001"))
    assert desk.free() == 3000
    assert desk.incidents() == []


def test_one_event_that_comes_by_many_ways_at_once_is_posted_once(desk: Desk) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    start, answers = threading.Barrier(8), []

    def hear() -> None:
        start.wait()
        answers.append(desk.hear(paid))

    threads = [threading.Thread(target=hear) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted([Taken.FOLLOWED, *[Taken.REPEATED] * 7])
    assert desk.free() == 3000


def test_money_that_comes_later_is_credited_when_it_comes(desk: Desk) -> None:
    desk.begin("charge-0001")
    desk.hear(desk.stripe.pay("charge-0001", at_once=False))
    assert desk.stands("charge-0001").state is State.AWAITING
    assert desk.free() == 0
    desk.now += 3 * DAY
    desk.hear(desk.stripe.money_comes("charge-0001"))
    assert desk.free() == 3000


def test_money_that_does_not_come_is_not_credited(desk: Desk) -> None:
    desk.begin("charge-0001")
    desk.hear(desk.stripe.pay("charge-0001", at_once=False))
    desk.hear(desk.stripe.money_fails("charge-0001"))
    assert desk.stands("charge-0001").state is State.UNPAID
    assert posted(desk) == 0


def test_an_event_that_is_three_days_late_is_followed_with_its_new_signature(desk: Desk) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    desk.now += 3 * DAY
    assert desk.hear(paid) is Taken.FOLLOWED
    assert desk.free() == 3000


def test_a_payment_beats_an_expiry_in_either_order(desk: Desk) -> None:
    for charge, first in (("charge-0001", "paid"), ("charge-0002", "expired")):
        desk.begin(charge, 1000)
        events = [desk.stripe.pay(charge), desk.stripe.expire(charge)]
        for event in events if first == "paid" else reversed(events):
            desk.hear(event)
        assert desk.stands(charge).state is State.PAID
    assert desk.free() == 2000


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"amount_total": 2999}, Wrong.AMOUNT),
        ({"amount_total": 300_000}, Wrong.AMOUNT),
        ({"currency": "usd"}, Wrong.CURRENCY),
        ({"client_reference_id": "charge-9999"}, Unmatched.UNKNOWN_CHARGE),
    ],
)
def test_what_does_not_fit_the_charge_is_kept_and_listed_and_posts_nothing(
    desk: Desk, about: dict[str, object], why: str
) -> None:
    desk.begin("charge-0001")
    body = changed(desk.stripe.pay("charge-0001"), about=about)
    desk.hear(body)
    assert desk.incidents() == [why]
    assert posted(desk) == 0
    with desk.database.read() as connection:
        assert connection.execute(select(card_events.c.body)).scalar_one() == body
    assert desk.hear(body) is Taken.REPEATED


@pytest.mark.parametrize(("skew", "why"), [(-301, Unread.OLD), (-3 * DAY, Unread.OLD), (301, Unread.OLD)])
def test_a_signature_of_another_time_is_refused_and_listed(desk: Desk, skew: int, why: Unread) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert desk.hear(paid, sign(paid, desk.now + skew)) is why
    assert desk.incidents() == [why]
    assert posted(desk) == 0
    # The gateway's own next attempt is signed anew.
    assert desk.hear(paid) is Taken.FOLLOWED


@pytest.mark.parametrize("skew", [-300, 300])
def test_clocks_may_differ_a_little(desk: Desk, skew: int) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert desk.hear(paid, sign(paid, desk.now + skew)) is Taken.FOLLOWED


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "nonsense", f"t={NOW},v1=", f"t={NOW},v1={'0' * 64}", f"t=x,v1={'0' * 64}", f"t={NOW},v0=aa"],
)
def test_what_is_not_signed_by_the_gateway_is_refused_listed_and_kept(desk: Desk, signature: str) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert desk.hear(paid, signature) is Unread.BAD_SIGNATURE
    assert desk.hear(paid, sign(paid, desk.now, "whsec_other")) is Unread.BAD_SIGNATURE
    assert posted(desk) == 0
    with desk.database.read() as connection:
        row = connection.execute(select(card_incidents)).one()
    assert (row.what, row.times, row.body) == (Unread.BAD_SIGNATURE, 2, paid)


def test_one_changed_byte_is_a_bad_signature(desk: Desk) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert desk.hear(paid.replace(b"3000", b"3001"), sign(paid, desk.now)) is Unread.BAD_SIGNATURE


def test_strangers_cannot_fill_the_disk(desk: Desk) -> None:
    for number in range(MAX_STRAYS + 20):
        desk.hear(str(number).encode(), "t=1,v1=0")
    assert len(desk.incidents()) == MAX_STRAYS


@pytest.mark.parametrize("changes", [{"livemode": True}, {"api_version": "practice"}])
def test_practice_and_real_do_not_mix(desk: Desk, changes: dict[str, object]) -> None:
    desk.begin("charge-0001")
    assert desk.hear(changed(desk.stripe.pay("charge-0001"), about=None, **changes)) is Taken.LISTED
    assert desk.incidents() == [Unread.OTHER_MODE]
    assert posted(desk) == 0


def test_what_nothing_follows_from_is_answered_and_forgotten(desk: Desk) -> None:
    body = desk.stripe.event("customer.created", {"id": "cus_1", "amount": "many"})
    assert desk.hear(body) is Taken.NOT_USED
    assert desk.incidents() == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"id":"evt_1"}', b'{"id":1,"type":2}', b"null"]
)
def test_what_is_signed_and_unreadable_is_refused_by_name(desk: Desk, body: bytes) -> None:
    assert desk.hear(body) in (Unread.MALFORMED, Unread.BAD_SIGNATURE)
    assert len(desk.incidents()) == 1


def test_an_event_without_what_it_is_about_is_listed(desk: Desk) -> None:
    assert desk.hear(desk.stripe.event("checkout.session.completed", {})) is Taken.LISTED
    assert desk.hear(desk.stripe.event("charge.dispute.closed", {"status": "won"})) is Taken.LISTED
    assert desk.incidents() == [Unread.MALFORMED] * 2


def test_a_dispute_that_ends_in_a_way_we_do_not_know_stays_frozen_and_is_listed(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001"))
    assert desk.hear(desk.stripe.dispute_closed("charge-0001", "prevented")) is Taken.LISTED
    assert desk.incidents() == [Unread.MALFORMED]
    assert desk.free() == 0


def test_a_second_payment_of_one_charge_is_listed_and_credited_once(desk: Desk) -> None:
    desk.begin("charge-0001")
    first = desk.stripe.pay("charge-0001")
    second = changed(first, about={"payment_intent": "pi_other"}, id="evt_other", created=desk.now + 5)
    desk.hear(second)
    desk.hear(first)
    assert desk.free() == 3000
    assert desk.incidents() == [Wrong.PAID_TWICE]


def test_the_body_is_kept_as_it_came(desk: Desk) -> None:
    desk.begin("charge-0001")
    spaced = json.dumps(json.loads(desk.stripe.pay("charge-0001")), indent=4).encode()
    desk.hear(spaced)
    with desk.database.read() as connection:
        assert connection.execute(select(card_events.c.body)).scalar_one() == spaced
