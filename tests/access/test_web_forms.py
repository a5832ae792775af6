"""Whatever comes in a form, a query or a cookie: no page breaks, and none of it is echoed as markup."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.desk import Desk, new_desk
from tests.central.office_pages import OWN
from tests.central.signed_in import as_member, as_staff
from tests.central.test_routes import SIGNS_OUT, address, rules

NAMES = (
    "name",
    "passphrase",
    "again",
    "invitation",
    "next",
    "mail",
    "code",
    "member",
    "pin",
    "tablet",
    "who",
    "about",
    "before",
    "answer",
    "feed",
    "url",
    "stop_id",
    "fare",
    "valid_from",
    "date",
    "q",
    "page",
)
ODD = st.sampled_from(
    ["", "0", "-1", "9" * 40, "\0", "<script>", "'; --", "１２３", "a@b.jp", "{}", "[]", "\ud7ff", "x" * 3000]
)
text = ODD | st.text(max_size=20)
form = st.dictionaries(st.sampled_from(NAMES), text, max_size=5)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, FlaskClient]]:
    with new_desk(tmp_path_factory.mktemp("forms")) as desk:
        app = as_staff(desk.app())
        # An exception that no page expects comes out here, instead of as a page that says sorry.
        app.testing = True
        app.extensions["limiter"].pop().enabled = False
        yield desk, as_member(app.test_client(), "12345678")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_no_form_and_no_query_breaks_a_page(fuzzed: tuple[Desk, FlaskClient], data: st.DataObject) -> None:
    _, client = fuzzed
    places = [rule for rule in rules(client.application) if rule.endpoint not in {*SIGNS_OUT, "today.events"}]
    rule = data.draw(st.sampled_from(places))
    typed = data.draw(form)
    if "POST" in (rule.methods or ()):
        answer = client.post(address(rule), data=typed, headers=OWN)
    else:
        answer = client.get(address(rule), query_string=typed)
    assert answer.status_code < 500 or answer.status_code == 503
    assert b"<script>" not in answer.data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
credential = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values,
        "rawId": json_values,
        "type": json_values,
        "response": st.fixed_dictionaries(
            {},
            optional={
                "clientDataJSON": json_values,
                "attestationObject": json_values,
                "signature": json_values,
            },
        ),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    path=st.sampled_from(
        ["/staff/passkey/new", "/staff/passkey/sign-in", "/m/passkey/new", "/m/passkey/sign-in"]
    ),
    body=json_values | st.fixed_dictionaries({"answer": text}),
    made=credential,
)
def test_no_answer_of_a_passkey_breaks_a_page(
    fuzzed: tuple[Desk, FlaskClient], path: str, body: object, made: dict[str, object]
) -> None:
    _, client = fuzzed
    for sent in (body, {"answer": json.dumps(made)}):
        answer = client.post(path, json=sent, headers=OWN)
        assert answer.status_code in (400, 422)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.characters(codec="ascii", exclude_characters='\r\n\0;,"\\ '), min_size=1, max_size=80))
def test_no_cookie_breaks_a_page_or_lets_anybody_in(fuzzed: tuple[Desk, FlaskClient], value: str) -> None:
    desk, _ = fuzzed
    client = desk.app().test_client()
    for name in ("__Host-staff", "__Host-session"):
        client.set_cookie(name, value)
    assert client.get("/today").status_code == 303
    assert client.get("/m/pin").status_code == 303
