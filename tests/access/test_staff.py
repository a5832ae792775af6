"""Staff: by invitation, with a passphrase, for as long as they work here."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import pytest

from central.access import store
from central.access.passphrases import NotTaken, check_passphrase
from central.access.sessions import IDLE_S, LONGEST_S, Kind
from central.access.staff.change_staff import NotChanged, leave
from central.access.staff.invite import INVITED_S, NotInvited, invite
from central.access.who import Role
from tests.access.desk import PASSPHRASE, Desk, accept, sign_in
from tests.central.office_pages import post, text


def test_nobody_comes_in_before_somebody_was_invited_at_the_server(desk: Desk) -> None:
    client = desk.app().test_client()
    for name in ("admin", "administrator", "root", ""):
        assert sign_in(client, name, "administrator") == HTTPStatus.UNPROCESSABLE_ENTITY
    with desk.database.read() as connection:
        assert store.all_roles(connection) == {}


def test_an_invitation_lets_in_once_and_the_passphrase_from_then_on(desk: Desk) -> None:
    app = desk.app()
    secret = desk.invited("sato", Role.CLERK)
    client = app.test_client()
    assert accept(client, secret) == HTTPStatus.SEE_OTHER
    assert client.get("/today").status_code == HTTPStatus.OK
    assert accept(app.test_client(), secret) == HTTPStatus.UNPROCESSABLE_ENTITY
    other = app.test_client()
    assert sign_in(other, "sato", PASSPHRASE + "!") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sign_in(other, "ｓａｔｏ ") == HTTPStatus.SEE_OTHER
    assert other.get("/today").status_code == HTTPStatus.OK
    assert desk.audited() == [
        ("system", "staff-invited", "staff:sato"),
        ("staff:sato", "invitation-accepted", "staff:sato"),
        ("staff:sato", "signed-in", "staff:sato"),
        ("system", "sign-in-refused", "staff:sato"),
        ("staff:sato", "signed-in", "staff:sato"),
    ]


def test_an_invitation_is_over_after_a_day_and_when_there_is_a_newer_one(desk: Desk) -> None:
    client = desk.app().test_client()
    secret = desk.invited()
    desk.now += INVITED_S
    assert accept(client, secret) == HTTPStatus.UNPROCESSABLE_ENTITY
    desk.now -= 1
    with desk.database.write() as connection:
        newer = invite(connection, "sato", Role.CLERK, "system", desk.now, secrets.token_bytes)
    assert accept(client, secret) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert accept(client, newer) == HTTPStatus.SEE_OTHER


def test_a_refused_passphrase_does_not_use_the_invitation_up(desk: Desk) -> None:
    client = desk.app().test_client()
    secret = desk.invited()
    assert accept(client, secret, "short") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert accept(client, secret, PASSPHRASE, "another one altogether") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert accept(client, secret) == HTTPStatus.SEE_OTHER


def test_outside_a_demonstration_an_empty_passphrase_is_none(desk: Desk) -> None:
    assert accept(desk.app().test_client(), desk.invited(), "") == HTTPStatus.UNPROCESSABLE_ENTITY
    desk.demo = True
    assert accept(desk.app().test_client(), desk.invited(), "") == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("elevenchars", NotTaken.SHORT),
        ("x" * 129, NotTaken.LONG),
        ("password1234", NotTaken.COMMON),
        ("qwertyqwerty12345", NotTaken.COMMON),
        ("aaaaaaaaaaaaaa", NotTaken.COMMON),
        ("satosatosatosato", NotTaken.COMMON),
        ("ゆきとかぜのうたをきくよる", None),
        (PASSPHRASE, None),
    ],
)
def test_what_is_guessed_at_once_is_no_passphrase(passphrase: str, why: NotTaken | None) -> None:
    assert check_passphrase(passphrase, "sato") == why


def test_five_wrong_ones_must_be_waited_for_and_then_the_right_one_counts(desk: Desk) -> None:
    app = desk.app()
    desk.hired(app.test_client())
    client = app.test_client()
    for _ in range(5):
        sign_in(client, passphrase="wrong wrong wrong")
    assert sign_in(client) == HTTPStatus.UNPROCESSABLE_ENTITY
    desk.now += 15 * 60
    assert sign_in(client) == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize("seconds", [IDLE_S[Kind.STAFF] + 1, LONGEST_S[Kind.STAFF]])
def test_a_session_that_nobody_uses_ends(desk: Desk, seconds: int) -> None:
    client = desk.app().test_client()
    desk.hired(client)
    desk.now += seconds
    assert client.get("/today").status_code == HTTPStatus.SEE_OTHER


def test_a_session_in_use_ends_after_a_working_day(desk: Desk) -> None:
    client = desk.app().test_client()
    desk.hired(client)
    for _ in range(23):
        desk.now += 1_800
        assert client.get("/today").status_code == HTTPStatus.OK
    desk.now += 1_800
    assert client.get("/today").status_code == HTTPStatus.SEE_OTHER


def test_a_session_outlives_a_restart_of_the_server_once_it_is_written_down(desk: Desk) -> None:
    app = desk.app()
    client = app.test_client()
    desk.hired(client)
    cookie = client.get_cookie("__Host-staff")
    assert cookie is not None
    desk.now += IDLE_S[Kind.STAFF] - 1
    client.get("/today")
    with desk.database.write() as connection:
        app.extensions["seen"].flush(connection)
    desk.now += IDLE_S[Kind.STAFF] - 1
    again = desk.app().test_client()
    again.set_cookie("__Host-staff", cookie.value)
    assert again.get("/today").status_code == HTTPStatus.OK


def test_signing_out_ends_the_session_itself_not_only_the_cookie(desk: Desk) -> None:
    app = desk.app()
    client = app.test_client()
    desk.hired(client)
    cookie = client.get_cookie("__Host-staff")
    assert cookie is not None
    post(client, "/staff/sign-out")
    thief = app.test_client()
    thief.set_cookie("__Host-staff", cookie.value)
    assert thief.get("/today").status_code == HTTPStatus.SEE_OTHER


def test_whoever_has_left_is_out_at_once_and_stays_out(desk: Desk) -> None:
    client = desk.app().test_client()
    desk.hired(client)
    with desk.database.write() as connection:
        assert leave(connection, "sato", "system", desk.now) is None
        assert leave(connection, "sato", "system", desk.now) is NotChanged.NOBODY
    assert client.get("/today").status_code == HTTPStatus.SEE_OTHER
    assert sign_in(client) == HTTPStatus.UNPROCESSABLE_ENTITY


def test_another_role_holds_from_the_next_page_on(desk: Desk) -> None:
    client = desk.app().test_client()
    desk.hired(desk.app().test_client(), "suzuki", Role.ADMINISTRATOR)
    desk.hired(client, "sato", Role.ADMINISTRATOR)
    assert client.get("/audit").status_code == HTTPStatus.OK
    desk.invited("sato", Role.READER)
    answer = client.get("/audit")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "役割" in text(answer)


@pytest.mark.parametrize("name", ["", "a b", "<b>", "x" * 33, "-x", "sa\nto"])
def test_a_name_that_cannot_be_typed_is_not_invited(desk: Desk, name: str) -> None:
    with desk.database.write() as connection:
        found = invite(connection, name, Role.CLERK, "system", desk.now, bytes)
    assert found is NotInvited.BAD_NAME


def test_the_cookie_is_for_this_host_https_and_the_server_alone(desk: Desk) -> None:
    answer = post(
        desk.app().test_client(),
        "/staff/invitation",
        {"invitation": desk.invited(), "passphrase": PASSPHRASE, "again": PASSPHRASE},
    )
    parts = set(answer.headers["Set-Cookie"].split("; "))
    assert parts >= {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"}
    assert not any(part.startswith("Domain") for part in parts)


def test_after_signing_in_nobody_is_led_to_another_host(desk: Desk) -> None:
    app = desk.app()
    desk.hired(app.test_client())
    for wanted in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:1",
        "/a\r\nX: y",
    ):
        data = {"name": "sato", "passphrase": PASSPHRASE, "next": wanted}
        assert post(app.test_client(), "/staff/sign-in", data).location == "/desk"


def test_the_eleventh_try_within_a_minute_is_told_to_wait(desk: Desk) -> None:
    app = desk.app()
    client = app.test_client()
    statuses = [sign_in(client, f"nobody{number}") for number in range(10)]
    assert statuses == [HTTPStatus.UNPROCESSABLE_ENTITY] * 10
    answer = post(client, "/m/sign-in/mail", {"mail": "a@example.jp"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "1分待って" in text(answer)
    assert client.get("/staff/sign-in").status_code == HTTPStatus.OK


def test_the_pages_go_by_the_name_of_their_address_and_no_other(desk: Desk) -> None:
    client = desk.app().test_client()
    for name, status in (("bus.example.jp", HTTPStatus.OK), ("evil.example.jp", HTTPStatus.BAD_REQUEST)):
        assert client.get("/staff/sign-in", base_url=f"https://{name}").status_code == status
