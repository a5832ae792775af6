"""The village's server as a phone sees it: the office's own app, every browser signed in as a member of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, make_response, redirect, request
from flask.typing import ResponseReturnValue

from central.access.browser import COOKIES, give_cookie
from central.access.sessions import Kind, begin
from central.app import CardCharging
from central.app import create_app as create_office_app
from central.charging.practice_gateway import PracticeGateway
from central.my_page.pages import Issuing
from hil.office import ISSUER
from hil.phone.office import PhoneOffice


@dataclass(frozen=True, slots=True)
class _Pages:
    map: None = None
    demo: bool = True


def create_app(office: PhoneOffice, now: Callable[[], float]) -> Flask:
    """The pages, to a new member for each browser. `now` gives the Unix seconds that phones set their clocks by."""
    app = app_of_strangers(office, now)

    def sign_in() -> ResponseReturnValue | None:
        if not request.path.startswith("/m/") or COOKIES[Kind.OWN] in request.cookies:
            return None
        answer = make_response(redirect(request.url))
        with office.database.write() as connection:
            who = f"member:{office.new_member(connection)}"
            secret, _ = begin(connection, Kind.OWN, who, int(now()), secrets.token_bytes)
        give_cookie(answer, Kind.OWN, secret)
        return answer

    # Before the guard, which lets nobody in.
    app.before_request_funcs[None].insert(0, sign_in)
    return app


def app_of_strangers(office: PhoneOffice, now: Callable[[], float]) -> Flask:
    """The pages as they are: nobody is signed in."""
    return create_office_app(
        office.database,
        _Pages(),
        lambda: int(now()),
        lambda packed: packed,
        cards=CardCharging(PracticeGateway(secrets.token_hex())),
        issuing=Issuing(ISSUER, office.keys, secrets.token_bytes),
    )
