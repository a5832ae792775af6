"""窓口: people are found, registered, charged and given cards, and every act is written down."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.access.who import Role
from central.ledger.verify_ledger import verify_ledger
from central.passes.issue_pass import Issuer
from central.passes.phones.enrol_phone import Enrolment, enrol_phone
from rules.money import Yen
from rules.network.in_force import service_day
from rules.passes.rider_pass import PassKind, RiderClass, to_text
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office_pages import post, text
from tests.central.signed_in import as_member
from tests.ride.builders import ISSUER

FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made
        with made.office.database.read() as connection:
            assert verify_ledger(connection).problems == []


def test_a_newcomer_is_registered_charged_and_has_a_card_that_says_so(clerk: Clerk) -> None:
    member = clerk.registers("山田 花子", 3_000, kana="やまだ はなこ", card="on")
    (card,) = clerk.cards(member)
    assert card.issued.body.hold == 960
    page = text(clerk.opens(f"/counter/members/{member}"))
    assert "3,000 くらポ" in page
    assert "取り置き" in page
    assert clerk.written() == [
        ("staff:cashier", "till-opened", "till:"),
        ("staff:cashier", "member-registered", f"member:{member}"),
        ("staff:cashier", "cash-charged", f"member:{member}"),
        ("staff:cashier", "card-given", f"member:{member}"),
    ]


def test_the_same_form_sent_twice_registers_and_charges_once(clerk: Clerk) -> None:
    form = {"name": "山田", "class": "0", "yen": "1000", "card": "on", "id": "ab" * 8}
    first, second = (clerk.sends("/counter/new", form).location for _ in range(2))
    assert first == second
    assert [what for _, what, _ in clerk.written()].count("cash-charged") == 1
    clerk.sends("/counter/new", form | {"name": "佐藤"}, status=422)


def test_what_cannot_be_charged_registers_nobody(clerk: Clerk) -> None:
    answer = clerk.sends("/counter/new", {"name": "山田", "class": "0", "yen": "90000"}, status=422)
    assert "50,000" in text(answer)
    assert 'value="山田"' in answer.get_data(as_text=True)
    assert [what for _, what, _ in clerk.written()] == ["till-opened"]
    assert "見つかりません" in text(clerk.sends("/counter/find", {"q": "山田"}, status=200))


@pytest.mark.parametrize(
    "said", ["ヤマダ", "やまだはなこ", "山田花子", "090-1111", "ﾔﾏﾀﾞ", "number", "serial", "code"]
)
def test_a_member_is_found_by_whatever_is_said_or_scanned(clerk: Clerk, said: str) -> None:
    member = clerk.registers("山田 花子", 3_000, kana="やまだ　はなこ", phone="０９０－１１１１", card="on")
    clerk.registers("佐藤 太郎", kana="さとう たろう")
    (card,) = clerk.cards(member)
    said = {
        "number": member,
        "serial": card.issued.body.pass_id.hex()[:8],
        "code": to_text(card.issued.pack()),
    }.get(said, said)
    answer = clerk.sends("/counter/find", {"q": said})
    assert answer.location.endswith(f"/counter/members/{member}")


def test_a_charge_gives_its_receipt_and_is_voided_on_its_day_once(clerk: Clerk) -> None:
    member = clerk.registers()
    receipt = clerk.sends(f"/counter/members/{member}/charge", {"yen": "２，０００円"}).location
    assert "2,000円" in text(clerk.opens(receipt))
    clerk.sends(f"{receipt}/void")
    clerk.sends(f"{receipt}/void", status=422)
    assert "0 くらポ" in text(clerk.opens(f"/counter/members/{member}"))
    assert [what for _, what, _ in clerk.written()][-2:] == ["cash-charged", "charge-voided"]


def test_without_an_open_till_nothing_is_charged_and_the_page_says_what_to_do(tmp_path: Path) -> None:
    with clerk_at(tmp_path / "closed") as clerk:
        assert "レジが開いていない" in text(clerk.opens("/counter/new"))
        member = clerk.registers()
        refused = clerk.sends(f"/counter/members/{member}/charge", {"yen": "1000"}, status=422)
        assert "レジが開いていません" in text(refused)


def test_cash_is_not_for_the_clerk_and_a_reader_changes_nothing(clerk: Clerk) -> None:
    form = {"name": "山田", "class": "0", "yen": "1000"}
    clerk.sends("/counter/new", form, role=Role.CLERK, status=403)
    member = clerk.sends("/counter/new", form | {"yen": ""}, role=Role.CLERK).location[-14:-6]
    assert "チャージする" not in text(clerk.opens(f"/counter/members/{member}", Role.CLERK))
    reader = text(clerk.opens(f"/counter/members/{member}", Role.READER))
    assert "再発行" not in reader.replace("再発行すると", "")


def test_a_lost_card_is_blocked_and_another_takes_its_place_with_all_that_is_there(clerk: Clerk) -> None:
    member = clerk.registers("山田", 3_000, card="on")
    (old,) = clerk.cards(member)
    lost = old.issued.body.pass_id.hex()
    path = f"/counter/members/{member}/cards/{lost}"
    clerk.sends(f"{path}/block", {"why": "lost"})
    clerk.now += 3_600
    form = {"why": "lost", "id": "cd" * 8}
    for _ in range(2):
        clerk.sends(f"{path}/reissue", form)
    clerk.sends(f"{path}/reissue", {"why": "lost"}, status=422)
    _, new = clerk.cards(member)
    assert new.issued.body.hold == old.issued.body.hold
    assert "3,000 くらポ" in text(clerk.opens(f"/counter/members/{member}"))
    assert [what for _, what, _ in clerk.written()][-2:] == ["card-blocked", "card-reissued"]


def test_a_card_of_somebody_else_is_neither_blocked_nor_replaced(clerk: Clerk) -> None:
    one, other = clerk.registers("山田", 3_000, card="on"), clerk.registers("佐藤")
    (card,) = clerk.cards(one)
    for act in ("block", "reissue"):
        path = f"/counter/members/{other}/cards/{card.issued.body.pass_id.hex()}/{act}"
        clerk.sends(path, {"why": "lost"}, status=422)
    assert "停止" not in text(clerk.opens(f"/counter/members/{one}")).split("カードとスマートフォン")[
        1
    ].split("券を売る")[0].replace("停止中", "")
    assert "card-blocked" not in [what for _, what, _ in clerk.written()]


def test_a_name_is_set_right_and_the_log_says_what_changed_but_no_name(clerk: Clerk) -> None:
    member = clerk.registers("山田 花子", phone="0233")
    form = {"name": "山田 華子", "kana": "やまだ はなこ", "class": "2", "phone": "0233"}
    for _ in range(2):
        clerk.sends(f"/counter/members/{member}/profile", form)
    page = text(clerk.opens(f"/counter/members/{member}"))
    assert "山田 華子 やまだ はなこ 高齢者" in page
    assert "変えたもの name, kana, rider_class" in page
    assert [what for _, what, _ in clerk.written()].count("profile-changed") == 1
    clerk.sends(f"/counter/members/{member}/profile", form | {"name": " "}, status=422)


def test_a_blocked_phone_is_signed_out_and_a_card_takes_its_place(clerk: Clerk) -> None:
    member = clerk.registers("山田", 3_000)
    member_client = as_member(clerk.app.test_client(), member)
    assert member_client.get("/m/api/summary", headers=FETCH).status_code == 200
    with clerk.office.database.write() as connection:
        issuer = Issuer(ISSUER, Yen(480), clerk.office.keys, secrets.token_bytes)
        asked = Enrolment("command-1", member, RiderClass.ADULT, bytes([2]) + bytes(32))
        enrol_phone(connection, issuer, asked, clerk.now)
    (phone,) = clerk.cards(member)
    path = f"/counter/members/{member}/cards/{phone.issued.body.pass_id.hex()}"
    clerk.sends(f"{path}/block", {"why": "stolen"})
    assert member_client.get("/m/api/summary", headers=FETCH).status_code == 401
    clerk.sends(f"{path}/reissue", {"why": "stolen"})
    (card,) = (each for each in clerk.cards(member) if each.issued.body.kind is PassKind.CARD)
    assert card.issued.body.hold == 960


def test_a_commuter_pass_is_sold_with_its_card_and_re_issued_for_the_days_that_are_left(clerk: Clerk) -> None:
    member = clerk.registers("山田", 1_000)
    clerk.sends(f"/counter/members/{member}/tickets", {"product": 4}, status=422)
    clerk.sends(f"/counter/members/{member}/tickets/cash", {"product": 4})
    (card,) = clerk.cards(member)
    clerk.now += 3 * 86_400
    path = f"/counter/members/{member}/cards/{card.issued.body.pass_id.hex()}/reissue"
    clerk.sends(path, {"why": "damaged"})
    _, new = (each.issued.body for each in clerk.cards(member))
    old = card.issued.body
    assert (new.product, new.valid_from) == (4, clerk.now)
    assert service_day(new.valid_until - 1) == service_day(old.valid_until - 1)


def test_an_account_is_blocked_for_shops_and_let_in_again(clerk: Clerk) -> None:
    member = clerk.registers("山田")
    clerk.sends(f"/counter/members/{member}/account/block")
    assert "停止中" in text(clerk.opens(f"/counter/members/{member}"))
    clerk.sends(f"/counter/members/{member}/account/reopen")
    assert "停止中" not in text(clerk.opens(f"/counter/members/{member}"))
    clerk.sends("/counter/members/12345678/account/block", status=404)


def test_an_administrator_sets_what_receipts_and_cards_say(clerk: Clerk) -> None:
    form = {"issuer": "大蔵村", "contact": "0233-75-0000"}
    clerk.sends("/counter/till/settings", form, status=403)
    clerk.sends("/counter/till/settings", form, role=Role.ADMINISTRATOR)
    clerk.sends("/counter/till/settings", {"issuer": ""}, role=Role.ADMINISTRATOR, status=422)
    member = clerk.registers("山田")
    receipt = clerk.sends(f"/counter/members/{member}/charge", {"yen": "1000"}).location
    assert "0233-75-0000" in text(clerk.opens(receipt))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_form_of_the_counter_breaks_it(clerk: Clerk, data: st.DataObject) -> None:
    routes = [
        rule
        for rule in clerk.app.url_map.iter_rules()
        if rule.endpoint.startswith("counter.") and "POST" in (rule.methods or ())
    ]
    rule = data.draw(st.sampled_from(routes))
    texts = st.one_of(
        st.text(max_size=40), st.sampled_from(["0", "1", "-1", "9" * 30, "lost", "YP1:", "１０"])
    )
    names = st.sampled_from(
        [
            *"qr",
            "id",
            "name",
            "class",
            "yen",
            "card",
            "why",
            "product",
            "count",
            "board",
            "alight",
            "from",
            "to",
        ]
    )
    form = {
        "id": data.draw(st.text("abc123", min_size=8, max_size=64)),
        **data.draw(st.dictionaries(names, texts)),
    }
    path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule.rule)
    path = re.sub(r"<(\w+:)?\w+>", "1", path)
    answer = post(clerk.client(Role.ADMINISTRATOR), path, form)
    assert answer.status_code < 500


def test_who_may_not_open_the_till_is_told_who_does(tmp_path: Path) -> None:
    with clerk_at(tmp_path) as closed:
        assert "レジは出納の担当が開けます。" in text(closed.client(Role.CLERK).get("/counter/till"))
        assert "レジは出納の担当が" not in text(closed.client(Role.CASHIER).get("/counter/till"))
