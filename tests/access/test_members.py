"""Members: by mail, by PIN, and several on one screen without sharing an account."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.access.passphrases import Proof, draw_pin, prove, put_pin
from central.access.sessions import TABLET_OPEN_S
from central.database.transaction import Database
from central.ledger.store import balance_of, is_open
from central.members.member_number import draw_number, is_number
from central.members.register_member import (
    NewMember,
    OtherBody,
    change_profile,
    profile_of,
    register,
)
from central.members.store import members_by_mail
from rules.ledger.accounts import member_account
from tests.access.desk import MAIL, Desk
from tests.central.office_pages import post, text


def registered(database: Database, name: str, number: int, pin: str = "") -> str:
    with database.write() as connection:
        member = register(connection, NewMember(name), f"test/{name}", 0, lambda _most: number)
        assert not pin or put_pin(connection, member, pin, 0) is None
    return member


@given(st.integers(0, 8_999_999), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_of_a_member_number_is_found(drawn: int, place: int, by: int) -> None:
    number = draw_number(lambda _most: drawn)
    assert is_number(number)
    wrong = str((int(number[place]) + by) % 10)
    assert not is_number(number[:place] + wrong + number[place + 1 :])


@given(st.integers(0, 8_999_999), st.integers(0, 6))
def test_two_neighbours_exchanged_are_found(drawn: int, place: int) -> None:
    number = draw_number(lambda _most: drawn)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not is_number(swapped)


def test_registering_opens_a_wallet_and_the_same_command_registers_once(desk: Desk) -> None:
    with desk.database.write() as connection:
        draws = iter((5, 5, 6))
        first = register(connection, NewMember("佐藤　花"), "a", 1, lambda _most: next(draws))
        assert register(connection, NewMember("佐藤 花"), "a", 2) == first
        second = register(connection, NewMember("鈴木"), "b", 3, lambda _most: next(draws))
        assert second != first
        assert is_open(connection, member_account(first))
        assert balance_of(connection, member_account(first)) == 0
        with pytest.raises(OtherBody):
            register(connection, NewMember("田中"), "a", 4)


def test_a_changed_profile_counts_and_what_was_before_is_found_no_more(desk: Desk) -> None:
    with desk.database.write() as connection:
        member = register(connection, NewMember("花", mail="OLD@example.jp"), "a", 1)
        change_profile(connection, member, NewMember("花", mail="new@example.jp"), 2)
        assert members_by_mail(connection, "old@example.jp") == []
        assert members_by_mail(connection, "new@example.jp") == [member]
        found = profile_of(connection, member)
        assert found is not None
        assert found.mail == "new@example.jp"
        assert profile_of(connection, "nobody") is None


def test_a_code_by_mail_registers_at_the_first_time_and_signs_in_at_the_next(desk: Desk) -> None:
    app = desk.app()
    assert desk.by_mail(app.test_client()) == "/m/"
    with desk.database.read() as connection:
        (member,) = members_by_mail(connection, MAIL)
    assert desk.by_mail(app.test_client(), f" {MAIL.upper()}") == "/m/"
    with desk.database.read() as connection:
        assert members_by_mail(connection, MAIL) == [member]
    who = f"member:{member}"
    assert [each[:2] for each in desk.audited()] == [
        (who, "member-registered"),
        (who, "signed-in"),
        (who, "signed-in"),
    ]


def test_known_or_not_the_answer_is_the_same(desk: Desk) -> None:
    app = desk.app()
    desk.by_mail(app.test_client())
    pages = [
        text(post(app.test_client(), "/m/sign-in/mail", {"mail": mail})).replace(mail, "")
        for mail in (MAIL, "stranger@example.jp")
    ]
    assert pages[0] == pages[1]


def test_a_code_is_good_once_for_ten_minutes_and_five_tries(desk: Desk) -> None:
    app = desk.app()

    def tried(code: str) -> int:
        return post(app.test_client(), "/m/sign-in/code", {"mail": MAIL, "code": code}).status_code

    desk.by_mail(app.test_client())
    assert tried(desk.mails.code) == HTTPStatus.UNPROCESSABLE_ENTITY
    post(app.test_client(), "/m/sign-in/mail", {"mail": MAIL})
    desk.now += 600
    assert tried(desk.mails.code) == HTTPStatus.UNPROCESSABLE_ENTITY
    app = desk.app()
    post(app.test_client(), "/m/sign-in/mail", {"mail": MAIL})
    wrong = f"{(int(desk.mails.code) + 1) % 10**6:06}"
    for _ in range(4):
        assert tried(wrong) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert tried(desk.mails.code) == HTTPStatus.SEE_OTHER
    post(app.test_client(), "/m/sign-in/mail", {"mail": MAIL})
    app = desk.app()
    for _ in range(5):
        assert tried(wrong) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert tried(desk.mails.code) == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    "mail", ["", "x", "a@b", "a@b.c\nBcc: d@e.jp", "あ@example.jp", "a" * 250 + "@b.jp", '"a"@b.jp']
)
def test_what_is_no_address_gets_no_mail(desk: Desk, mail: str) -> None:
    answer = post(desk.app().test_client(), "/m/sign-in/mail", {"mail": mail})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert desk.mails.sent == []


def test_a_mail_that_did_not_go_out_is_told(desk: Desk) -> None:
    desk.mails.broken = True
    answer = post(desk.app().test_client(), "/m/sign-in/mail", {"mail": MAIL})
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "送れませんでした" in text(answer)


def test_a_pin_wrong_ten_times_is_worth_nothing_until_there_is_a_new_one(desk: Desk) -> None:
    member = registered(desk.database, "花", 1, "2718")
    who = f"member:{member}"
    for _ in range(2):
        for _ in range(5):
            assert prove(desk.database, who, "9999", desk.now) is Proof.WRONG
        if desk.now == 1_790_000_000:
            assert prove(desk.database, who, "2718", desk.now) is Proof.WAIT
        desk.now += 15 * 60
    assert prove(desk.database, who, "2718", desk.now) is Proof.LOCKED
    with desk.database.write() as connection:
        put_pin(connection, member, "3141", desk.now)
    assert prove(desk.database, who, "３１４１", desk.now) is Proof.RIGHT


def test_a_drawn_pin_is_never_an_easy_one() -> None:
    drawn = iter((1234, 7777, 0, 42))
    assert draw_pin(lambda _most: next(drawn)) == "0042"


def test_a_tablet_keeps_every_member_behind_their_pin(desk: Desk) -> None:
    client = desk.app().test_client()
    hana, ichiro = registered(desk.database, "花", 1, "2718"), registered(desk.database, "一郎", 2, "3141")
    for member, pin in ((hana, "2718"), (ichiro, "3141")):
        typed = {"member": f"{member[:4]}-{member[4:]}", "pin": pin, "tablet": "1"}
        assert post(client, "/m/sign-in/pin", typed).status_code == HTTPStatus.SEE_OTHER
    page = text(client.get("/m/people"))
    assert "花" in page
    assert "一郎" in page
    wrong = post(client, "/m/people/choose", {"member": hana, "pin": "3141"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert post(client, "/m/people/choose", {"member": hana, "pin": "2718"}).location == "/m/"
    assert client.get("/m/pin").status_code == HTTPStatus.OK
    desk.now += TABLET_OPEN_S + 1
    closed = client.get("/m/pin")
    assert closed.status_code == HTTPStatus.SEE_OTHER
    assert closed.location.startswith("/m/people")
    assert "花" in text(client.get("/m/people"))


def test_a_family_on_one_phone_chooses_and_nobody_reaches_a_stranger(desk: Desk) -> None:
    client = desk.app().test_client()
    stranger = registered(desk.database, "他人", 3)
    desk.by_mail(client, "hana@example.jp")
    desk.by_mail(client, "ichiro@example.jp")
    with desk.database.read() as connection:
        (hana,) = members_by_mail(connection, "hana@example.jp")
    assert post(client, "/m/people/choose", {"member": stranger}).status_code == HTTPStatus.NOT_FOUND
    assert post(client, "/m/people/choose", {"member": hana}).location == "/m/"
    assert post(client, "/m/people/leave", {"member": hana}).location == "/m/people"
    assert post(client, "/m/people/choose", {"member": hana}).status_code == HTTPStatus.NOT_FOUND
    assert post(client, "/m/sign-out").location == "/m/sign-in"
    assert client.get("/m/pin").location.startswith("/m/sign-in")


def test_one_address_of_a_family_leads_to_the_choice(desk: Desk) -> None:
    with desk.database.write() as connection:
        for name in ("花", "一郎"):
            register(connection, NewMember(name, mail=MAIL), name, 0)
    assert desk.by_mail(desk.app().test_client()) == "/m/people"
