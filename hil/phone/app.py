"""The village's server as a phone sees it: the office's own app, every browser signed in as a member of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request

from central.access.who import SignedIn
from central.app import CardCharging
from central.app import create_app as create_office_app
from central.charging.practice_gateway import PracticeGateway
from central.my_page.pages import Issuing
from hil.office import ISSUER
from hil.phone.office import PhoneOffice
from rules.charging.limits import ChargingRules

COOKIE = "bench-member"


@dataclass(frozen=True, slots=True)
class _Pages:
    map: None = None
    demo: bool = True


def create_app(office: PhoneOffice, now: Callable[[], float]) -> Flask:
    """The pages. `now` gives the Unix seconds that phones set their clocks by."""
    app = create_office_app(
        office.database,
        _Pages(),
        lambda: int(now()),
        lambda packed: packed,
        cards=CardCharging(PracticeGateway(secrets.token_hex()), ChargingRules(first_hours=0)),
        issuing=Issuing(ISSUER, office.keys, secrets.token_bytes),
    )

    def sign_in() -> None:
        member = request.cookies.get(COOKIE)
        if member is None:
            member = g.new_member = office.new_member()
        g.member = SignedIn(member, "bench")

    def remember(answer: Response) -> Response:
        if "new_member" in g:
            answer.set_cookie(COOKIE, g.new_member, httponly=True, samesite="Strict")
        return answer

    app.before_request(sign_in)
    app.after_request(remember)
    return app
