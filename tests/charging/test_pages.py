"""The webhook as it stands on the web, the practice gateway's page, and what staff see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.app import CardCharging, create_app
from central.charging.begin_charge import NotBegun
from central.charging.gateway import Mode, Unread
from central.charging.list_incident import Unmatched
from central.charging.pages import MAX_EVENT_BYTES
from central.charging.practice_gateway import PracticeGateway
from central.charging.refund_charge import NotRefunded
from central.charging.store import Switch, find_charge
from central.charging.switch import turn
from central.charging.words import INCIDENTS, KINDS, MODES, NOT_BEGUN, NOT_REFUNDED, REASONS, STATES
from rules.charging.limits import OverLimit
from rules.charging.refund import NotRefundable, RefundReason
from rules.charging.standing import Kind, State, Wrong
from tests.central.office_pages import post, says
from tests.central.signed_in import as_member, as_staff
from tests.central.today_village import Shown
from tests.charging.desk import DAY, Desk, new_desk
from tests.fakes.stripe_server import changed, sign


def pages_of(desk: Desk) -> Flask:
    cards = CardCharging(desk.gateway)
    return as_staff(create_app(desk.database, Shown(), lambda: desk.now, lambda packed: packed, cards=cards))


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return pages_of(desk).test_client()


def deliver(client: FlaskClient, body: bytes, signature: str) -> int:
    """As Stripe does: under the public name, without an Origin."""
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
    return client.post(
        "/charging/webhook", data=body, headers=headers, base_url="https://village.example"
    ).status_code


def test_the_gateway_is_heard_under_the_public_name_without_a_form_s_guard(
    desk: Desk, client: FlaskClient
) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")
    assert deliver(client, paid, sign(paid, desk.now)) == HTTPStatus.OK
    assert deliver(client, paid, sign(paid, desk.now)) == HTTPStatus.OK
    assert desk.free() == 3000


def test_the_answer_comes_after_the_commit(
    desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.begin("charge-0001")
    paid = desk.stripe.pay("charge-0001")

    def fails(*_: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr("central.charging.store.add_state", fails)
        assert deliver(client, paid, sign(paid, desk.now)) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert desk.free() == 0
    # Nothing of it was kept, so the gateway's next attempt is no repeat.
    assert deliver(client, paid, sign(paid, desk.now)) == HTTPStatus.OK
    assert desk.free() == 3000


@pytest.mark.parametrize(
    ("changes", "skew", "status"),
    [
        ({}, -3 * DAY, HTTPStatus.BAD_REQUEST),
        ({"about": {"amount_total": 1}}, 0, HTTPStatus.OK),
        ({"livemode": True}, 0, HTTPStatus.OK),
        ({"type": "customer.created"}, 0, HTTPStatus.OK),
    ],
)
def test_only_what_would_fit_if_it_came_again_is_asked_for_again(
    desk: Desk, client: FlaskClient, changes: dict[str, object], skew: int, status: HTTPStatus
) -> None:
    desk.begin("charge-0001")
    body = changed(desk.stripe.pay("charge-0001"), **changes)  # type: ignore[arg-type]
    assert deliver(client, body, sign(body, desk.now + skew)) == status
    assert desk.free() == 0


def test_a_body_that_is_too_large_is_not_read(desk: Desk, client: FlaskClient) -> None:
    body = b" " * (MAX_EVENT_BYTES + 1)
    assert deliver(client, body, sign(body, desk.now)) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert desk.incidents() == []


def test_no_other_form_is_taken_from_elsewhere(desk: Desk, client: FlaskClient) -> None:
    answer = client.post("/charging/practice/charge-0001/pay", base_url="https://village.example")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert client.get("/charging", base_url="https://village.example").status_code == HTTPStatus.BAD_REQUEST


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, FlaskClient]]:
    with new_desk(tmp_path_factory.mktemp("fuzzed")) as desk:
        desk.begin("charge-0001")
        yield desk, pages_of(desk).test_client()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(
    [
        "amount_total",
        "amount",
        "amount_refunded",
        "currency",
        "client_reference_id",
        "payment_intent",
        "payment_status",
        "metadata",
        "id",
        "status",
    ]
)
types = st.sampled_from(
    [
        "checkout.session.completed",
        "checkout.session.expired",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    about=st.dictionaries(fields, anything, max_size=4),
    event=st.dictionaries(st.sampled_from(["id", "created", "livemode", "data"]), anything, max_size=1),
    kind=types,
)
def test_no_signed_event_however_odd_breaks_the_webhook(
    fuzzed: tuple[Desk, FlaskClient], about: dict[str, object], event: dict[str, object], kind: str
) -> None:
    desk, client = fuzzed
    body = changed(desk.stripe.pay("charge-0001"), about=about, type=kind, **event)
    assert deliver(client, body, sign(body, desk.now)) in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(body=st.binary(max_size=200), signature=st.text(st.characters(codec="latin-1"), max_size=80))
def test_no_stranger_s_bytes_break_the_webhook(
    fuzzed: tuple[Desk, FlaskClient], body: bytes, signature: str
) -> None:
    desk, client = fuzzed
    signature = signature.replace("\r", "").replace("\n", "").replace("\0", "")
    assert deliver(client, body, signature) == HTTPStatus.BAD_REQUEST
    assert deliver(client, body, sign(body, desk.now)) in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)


# Practice


@pytest.fixture
def practice(desk: Desk) -> Desk:
    desk.gateway = PracticeGateway("secret")
    desk.begin("charge-0001")
    return desk


def test_practice_says_so_on_every_page_and_on_the_receipt(practice: Desk) -> None:
    client = as_member(pages_of(practice).test_client(), "m")
    assert "練習用です。本物のカードは使われず、お金は動きません。" in says(
        client, "/charging/practice/charge-0001"
    )
    post(client, "/charging/practice/charge-0001/pay")
    for path in ("/charging", "/charging/charge-0001", "/charging/practice/charge-0001"):
        assert "練習用" in says(client, path)
    assert "【練習用】くらポ チャージ受領書" in says(client, "/charging/charge-0001")


def test_practice_is_credited_by_its_own_signed_event_once(practice: Desk) -> None:
    client = as_member(pages_of(practice).test_client(), "m")
    for _ in range(3):
        answer = post(client, "/charging/practice/charge-0001/pay")
        assert answer.status_code == HTTPStatus.SEE_OTHER
    assert practice.free() == 3000
    assert practice.stripe.requests == []


def test_practice_can_be_given_up(practice: Desk) -> None:
    client = as_member(pages_of(practice).test_client(), "m")
    post(client, "/charging/practice/charge-0001/give_up")
    assert practice.stands("charge-0001").state is State.UNPAID
    assert "払ったことにする" not in says(client, "/charging/practice/charge-0001")


def test_an_event_of_practice_is_nothing_to_stripe_and_the_reverse(desk: Desk) -> None:
    desk.begin("charge-0001")
    stripe, practice = desk.gateway, PracticeGateway("whsec_fake")
    with desk.database.read() as connection:
        asked = find_charge(connection, "charge-0001")
    assert asked is not None
    assert desk.hear(*practice.paid(asked.charge, desk.now)) == "listed"
    desk.gateway = practice
    assert desk.hear(desk.stripe.pay("charge-0001")) == "listed"
    # Even if it says that it is practice: the charge is not.
    odd = changed(desk.stripe.pay("charge-0001"), api_version="practice")
    assert desk.hear(odd) == "listed"
    assert desk.incidents() == [Unread.OTHER_MODE] * 3
    assert desk.free() == 0
    desk.gateway = stripe


def test_there_is_no_practice_page_beside_a_real_gateway(desk: Desk, client: FlaskClient) -> None:
    desk.begin("charge-0001")
    says(client, "/charging/practice/charge-0001", 404)
    assert post(client, "/charging/practice/charge-0001/pay").status_code == HTTPStatus.NOT_FOUND


# Staff


def test_an_office_without_charges_is_told_what_would_appear(client: FlaskClient) -> None:
    page = says(client, "/charging")
    assert "受け付けています。" in page
    assert "カードでのチャージはまだありません。" in page
    assert "確かめる知らせはありません。" in page


def test_staff_see_the_switch_with_reason_and_name(desk: Desk, client: FlaskClient) -> None:
    with desk.database.write() as connection:
        turn(connection, Switch(False, "不正利用の調査", "山田", desk.now))
    page = says(client, "/charging")
    assert "止めています。 理由: 不正利用の調査（山田、" in page


def test_a_charge_in_the_list_leads_to_its_member(desk: Desk, client: FlaskClient) -> None:
    desk.begin("charge-0001")
    assert re.search(r'href="/counter/members/\w+"', client.get("/charging").get_data(as_text=True))


def test_staff_see_what_was_not_followed_and_what_to_do(desk: Desk, client: FlaskClient) -> None:
    desk.begin("charge-0001")
    desk.hear(changed(desk.stripe.pay("charge-0001"), about={"amount_total": 1}))
    desk.hear(b"x", "t=1,v1=0")
    page = says(client, "/charging")
    assert "金額の違い" in page
    assert "署名の誤り" in page
    assert "charging.webhook_secret が正しいか確かめてください。" in page
    assert "金額の違い" in says(client, "/charging/charge-0001")


def test_a_charge_s_page_tells_its_whole_story(desk: Desk, client: FlaskClient) -> None:
    desk.paid("charge-0001")
    desk.hear(desk.stripe.disputed("charge-0001"))
    page = says(client, "/charging/charge-0001")
    for words in ("支払い待ち", "支払いずみ", "異議あり・凍結", "カードの持ち主の異議", "3,000円"):
        assert words in page
    says(client, "/charging/charge-9999", 404)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (STATES, [State]),
        (KINDS, [Kind]),
        (MODES, [Mode]),
        (REASONS, [RefundReason]),
        (NOT_BEGUN, [NotBegun, OverLimit]),
        (NOT_REFUNDED, [NotRefunded, NotRefundable]),
        (INCIDENTS, [Unmatched, Wrong]),
    ],
)
def test_everything_that_can_be_has_words(words: dict[str, object], names: list[type[StrEnum]]) -> None:
    assert {each for name in names for each in name} <= words.keys()


def test_every_reason_of_the_webhook_that_is_listed_has_words() -> None:
    assert set(Unread) - {Unread.NOT_USED} <= INCIDENTS.keys()
