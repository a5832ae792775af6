"""職員: who may change whom, and that nobody is left in who should be out nor out who should be left in."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from html import unescape
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from central.access import store
from central.access.staff.change_staff import NotChanged, change_role, leave
from central.access.staff.invite import INVITED_S, invite
from central.access.staff.words import NOT_CHANGED
from central.access.who import Role
from central.today import live
from tests.access.desk import Desk, accept, sign_in
from tests.central.office_pages import post, says, text

ADMIN = Role.ADMINISTRATOR
PEOPLE = "/staff/people"


@pytest.fixture
def admin(desk: Desk) -> FlaskClient:
    """suzuki, an administrator who is signed in."""
    client = desk.app().test_client()
    desk.hired(client, "suzuki", ADMIN)
    return client


def does(client: FlaskClient, name: str, what: str, **form: str) -> TestResponse:
    return post(client, f"{PEOPLE}/{name}/{what}", form)


def invites(client: FlaskClient, name: str, role: str = "clerk") -> str:
    """What the link on the page holds."""
    answer = post(client, PEOPLE, {"name": name, "role": role})
    assert answer.status_code == HTTPStatus.OK, text(answer)
    found = re.search(
        r"http://localhost/staff/invitation#([0-9a-f]{64})<", unescape(answer.get_data(as_text=True))
    )
    assert found is not None
    return found[1]


def role(desk: Desk, name: str) -> Role | None:
    with desk.database.read() as connection:
        return store.role_of(connection, name)


def refused(answer: TestResponse, why: NotChanged) -> bool:
    return answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and NOT_CHANGED[why][0] in text(answer)


def test_an_invitation_from_the_page_is_shown_once_and_works_once(desk: Desk, admin: FlaskClient) -> None:
    secret = invites(admin, "sato")
    assert "招待中" in says(admin, PEOPLE) and secret not in admin.get(PEOPLE).get_data(as_text=True)
    app = desk.app()
    assert accept(app.test_client(), secret) == HTTPStatus.SEE_OTHER
    assert accept(app.test_client(), secret) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert ("staff:suzuki", "staff-invited", "staff:sato") in desk.audited()


def test_a_withdrawn_invitation_lets_nobody_in(desk: Desk, admin: FlaskClient) -> None:
    secret = invites(admin, "sato")
    assert does(admin, "sato", "withdraw").status_code == HTTPStatus.SEE_OTHER
    assert accept(desk.app().test_client(), secret) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert does(admin, "sato", "withdraw").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "入れません" in says(admin, PEOPLE)
    assert ("staff:suzuki", "invitation-withdrawn", "staff:sato") in desk.audited()


def test_an_invitation_that_ran_out_is_not_shown_as_open(desk: Desk, admin: FlaskClient) -> None:
    invites(admin, "sato")
    desk.now += INVITED_S
    sign_in(admin, "suzuki")
    assert "招待中" not in says(admin, PEOPLE)


def test_a_role_changed_on_the_page_holds_from_their_next_request(desk: Desk, admin: FlaskClient) -> None:
    sato = desk.app().test_client()
    desk.hired(sato, "sato", Role.APPROVER)
    assert sato.get("/audit").status_code == HTTPStatus.OK
    assert does(admin, "sato", "role", role="reader").status_code == HTTPStatus.SEE_OTHER
    assert sato.get("/audit").status_code == HTTPStatus.FORBIDDEN
    assert ("staff:suzuki", "role-changed", "staff:sato") in desk.audited()


def test_who_left_is_out_with_their_next_request_and_their_old_passphrase_stays_dead(
    desk: Desk, admin: FlaskClient
) -> None:
    sato = desk.app().test_client()
    desk.hired(sato)
    assert does(admin, "sato", "leave").status_code == HTTPStatus.SEE_OTHER
    assert sato.get("/today").status_code == HTTPStatus.SEE_OTHER
    assert "退職" in says(admin, PEOPLE)
    secret = invites(admin, "sato", "reader")
    assert role(desk, "sato") is Role.READER
    assert sign_in(sato) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert accept(sato, secret) == HTTPStatus.SEE_OTHER
    assert sign_in(desk.app().test_client()) == HTTPStatus.SEE_OTHER
    assert ("staff:suzuki", "staff-left", "staff:sato") in desk.audited()


def test_who_left_keeps_no_passkey(desk: Desk, admin: FlaskClient) -> None:
    desk.hired(desk.app().test_client())
    with desk.database.write() as connection:
        store.add_passkey(connection, store.Passkey(b"key", "staff:sato", b"public", 0), desk.now)
    assert "パスキー passkeys 1" in says(admin, PEOPLE)
    does(admin, "sato", "leave")
    with desk.database.read() as connection:
        assert store.find_passkey(connection, b"key") is None


@pytest.mark.parametrize("what", ["leave", "sign-out"])
def test_an_open_live_page_ends_with_whoever_is_put_out(
    desk: Desk, admin: FlaskClient, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(live, "LEAST_GAP_S", 0.0)
    sato = desk.app().test_client()
    desk.hired(sato)
    stream = sato.get("/today/events", buffered=False).iter_encoded()
    assert b"change" in next(stream)
    assert next(stream)
    assert does(admin, "sato", what).status_code == HTTPStatus.SEE_OTHER
    assert list(stream) == []


def test_sessions_ended_by_an_administrator_are_ended_and_the_passphrase_still_opens(
    desk: Desk, admin: FlaskClient
) -> None:
    sato = desk.app().test_client()
    desk.hired(sato)
    does(admin, "sato", "sign-out")
    assert sato.get("/today").status_code == HTTPStatus.SEE_OTHER
    assert sign_in(sato) == HTTPStatus.SEE_OTHER


def test_somebody_sees_their_own_sessions_and_ends_the_one_they_left_open(desk: Desk) -> None:
    app = desk.app()
    here, elsewhere, another = app.test_client(), app.test_client(), app.test_client()
    desk.hired(elsewhere)
    desk.now += 60
    sign_in(here)
    desk.hired(another, "tanaka")
    page = here.get("/staff/account").get_data(as_text=True)
    (ending,) = re.findall(r'action="(/staff/sessions/\w+/end)"', page)
    assert "この画面" in page
    assert post(another, ending).status_code == HTTPStatus.NOT_FOUND
    assert elsewhere.get("/today").status_code == HTTPStatus.OK
    assert post(here, ending).status_code == HTTPStatus.SEE_OTHER
    assert elsewhere.get("/today").status_code == HTTPStatus.SEE_OTHER
    assert here.get("/today").status_code == HTTPStatus.OK
    assert post(here, ending).status_code == HTTPStatus.NOT_FOUND


def test_nobody_changes_their_own_role_by_any_way(desk: Desk, admin: FlaskClient) -> None:
    desk.hired(desk.app().test_client(), "tanaka", ADMIN)
    assert refused(does(admin, "suzuki", "role", role="clerk"), NotChanged.YOURSELF)
    assert refused(does(admin, "suzuki", "leave"), NotChanged.YOURSELF)
    assert refused(post(admin, PEOPLE, {"name": " ｓuzuki", "role": "reader"}), NotChanged.YOURSELF)
    assert role(desk, "suzuki") is ADMIN


def test_the_last_administrator_stays_also_for_whoever_sits_at_the_server(
    desk: Desk, admin: FlaskClient
) -> None:
    desk.invited("tanaka", ADMIN)
    with desk.database.write() as connection:
        for change in (
            leave(connection, "suzuki", "system", desk.now),
            change_role(connection, "suzuki", Role.CLERK, "system", desk.now),
            invite(connection, "suzuki", Role.CLERK, "system", desk.now, secrets.token_bytes),
        ):
            assert change is NotChanged.LAST_ADMINISTRATOR, "tanaka was invited and has never come in"
    assert accept(desk.app().test_client(), desk.invited("tanaka", ADMIN)) == HTTPStatus.SEE_OTHER
    with desk.database.write() as connection:
        assert leave(connection, "suzuki", "system", desk.now) is None
        assert leave(connection, "tanaka", "system", desk.now) is NotChanged.LAST_ADMINISTRATOR


def test_an_administrator_who_never_came_in_can_be_taken_off_the_list(desk: Desk, admin: FlaskClient) -> None:
    desk.invited("tanaka", ADMIN)
    assert does(admin, "tanaka", "leave").status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize("what", ["role", "leave"])
def test_two_administrators_who_put_each_other_out_at_one_moment_leave_one(
    desk: Desk, admin: FlaskClient, what: str
) -> None:
    other = desk.app().test_client()
    desk.hired(other, "tanaka", ADMIN)
    start = threading.Barrier(2)

    def puts_out(client: FlaskClient, name: str) -> Callable[[], None]:
        def run() -> None:
            start.wait()
            does(client, name, what, role="clerk")

        return run

    both = [threading.Thread(target=puts_out(*each)) for each in ((admin, "tanaka"), (other, "suzuki"))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [role(desk, each) for each in ("suzuki", "tanaka")].count(ADMIN) == 1


@pytest.mark.parametrize("is_role", [role for role in Role if role is not ADMIN])
def test_whoever_is_no_administrator_any_more_changes_nobody_in_the_same_moment(
    desk: Desk, admin: FlaskClient, is_role: Role
) -> None:
    """The guard let them pass; by the time they write, their role is another."""
    desk.invited("sato", is_role)
    with desk.database.write() as connection:
        by = "staff:sato"
        assert invite(connection, "sato", ADMIN, by, desk.now, bytes) is NotChanged.NOT_YOURS
        assert change_role(connection, "suzuki", Role.READER, by, desk.now) is NotChanged.NOT_YOURS
        assert leave(connection, "suzuki", "member:1", desk.now) is NotChanged.NOT_YOURS


TYPED = st.dictionaries(st.sampled_from(["name", "role", "id", "x"]), st.text(max_size=40), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    form=TYPED,
    what=st.sampled_from(["", "/sato/role", "/suzuki/leave", "/sato/leave", "/%20/role", "/sato/withdraw"]),
)
def test_whatever_a_form_says_the_answer_is_a_page_with_a_reason(
    desk: Desk, admin: FlaskClient, form: dict[str, str], what: str
) -> None:
    with desk.database.write() as connection:
        if store.role_of(connection, "sato") is None:
            invite(connection, "sato", Role.CLERK, "system", desk.now, secrets.token_bytes)
    answer = post(admin, PEOPLE + what, form)
    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.SEE_OTHER, HTTPStatus.UNPROCESSABLE_ENTITY)
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert 'id="refusal"' in answer.get_data(as_text=True)
    assert role(desk, "suzuki") is ADMIN
