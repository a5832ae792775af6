"""Who may come where: every route has its row, and every role finds it so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from central.access.routes import ANYONE_SIGNED_IN, MEMBER, PUBLIC, ROUTES, who_may
from central.access.who import Role
from central.app import create_app
from tests.central.office_pages import OWN
from tests.central.signed_in import as_member, as_staff
from tests.central.today_village import Shown, Village, found, seal

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
SIGNS_OUT = ("staff_access.sign_out", "member_access.sign_out")
"""After these nobody is there any more, which other tests are about."""
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as made:
        yield made


@pytest.fixture
def app(village: Village) -> Flask:
    return create_app(village.database, Shown(), lambda: village.now, seal)


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def address(rule: Rule) -> str:
    chosen = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule.rule)
    return re.sub(r"<(\w+:)?\w+>", "1", chosen)


def status(client: FlaskClient, rule: Rule) -> int:
    """As a script of our own pages asks, so that no refusal is a redirect."""
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    with client.open(address(rule), method=method, headers=OWN | FETCH, buffered=False) as answer:
        return answer.status_code


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert {rule.endpoint for rule in rules(app)} | {"static"} == set(ROUTES)


def test_a_route_without_a_row_lets_nobody_in(app: Flask) -> None:
    app.add_url_rule("/new", "new", lambda: "new")
    for client in (app.test_client(), as_staff(app.test_client()), as_member(app.test_client(), "m")):
        assert client.get("/new", headers=FETCH).status_code in REFUSED


@pytest.mark.parametrize("role", Role)
def test_somebody_of_the_staff_comes_where_their_row_says_and_nowhere_else(app: Flask, role: Role) -> None:
    for rule in rules(app):
        client = as_staff(app.test_client(), role)
        wanted = who_may(rule.endpoint)
        may = wanted in (PUBLIC, ANYONE_SIGNED_IN) or (isinstance(wanted, frozenset) and role in wanted)
        if rule.endpoint in SIGNS_OUT:
            continue
        assert (status(client, rule) not in REFUSED) == may, rule


def test_a_member_comes_only_to_what_is_everybodys_or_members(app: Flask) -> None:
    client = as_member(app.test_client(), "m")
    for rule in rules(app):
        if rule.endpoint in SIGNS_OUT:
            continue
        may = who_may(rule.endpoint) in (PUBLIC, MEMBER, ANYONE_SIGNED_IN)
        assert (status(client, rule) not in REFUSED) == may, rule


def test_a_stranger_comes_only_to_what_is_everybodys(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app):
        assert (status(client, rule) != HTTPStatus.UNAUTHORIZED) == (who_may(rule.endpoint) is PUBLIC), rule


def test_a_page_leads_a_stranger_to_the_sign_in_and_back(app: Flask) -> None:
    answer = app.test_client().get("/today?q=bus-001")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.location == "/staff/sign-in?next=/today?q%3Dbus-001"
