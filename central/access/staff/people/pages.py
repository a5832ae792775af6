"""職員 (shokuin), the staff: who works here, as what, and the way in and out. For administrators alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http import HTTPStatus

import segno
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from central.access.staff.change_staff import NotChanged, change_role, leave, sign_out, tidy_name
from central.access.staff.invite import INVITED_S, NotInvited, invite, withdraw
from central.access.staff.people.read_staff import read_staff
from central.access.staff.words import MAY, NOT_CHANGED, NOT_INVITED, ROLES, WRONG_ROLE
from central.access.who import Role
from central.access.who import staff as asking
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of
from central.words.words import Words

Change = Callable[[Connection, str, str, int], object]
"""What is done to the one of that name, by whom, at which Unix second."""
_MODULE = 4


def people_pages(database: Database, now: Callable[[], int], address: str) -> Blueprint:
    """The blueprint. `now` gives Unix seconds; links begin with `address`, or with that of the request if it is ""."""
    pages = Blueprint("people", __name__, url_prefix="/staff/people", template_folder="templates")

    def page(refusal: Words = ("", "")) -> str:
        with database.read() as connection:
            lines = read_staff(connection, now(), current_app.extensions["seen"])
        return render_template(
            "people/staff.html", lines=lines, roles=ROLES, may=MAY, refusal=refusal, myself=asking().name
        )

    def done(name: str, change: Change) -> ResponseReturnValue:
        with database.write() as connection:
            refused = change(connection, name, f"staff:{asking().name}", now())
        if isinstance(refused, NotChanged | NotInvited):
            return page(_words(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("people.staff"), HTTPStatus.SEE_OTHER)

    @pages.get("")
    def staff() -> str:
        return page()

    @pages.post("", endpoint="invite")
    def invited() -> ResponseReturnValue:
        name, role = tidy_name(request.form.get("name", "")), _role()
        if role is None:
            return page(WRONG_ROLE), HTTPStatus.UNPROCESSABLE_ENTITY
        by = f"staff:{asking().name}"
        with database.write() as connection:
            secret = invite(connection, name, role, by, now(), secrets.token_bytes)
        if isinstance(secret, NotInvited | NotChanged):
            return page(_words(secret)), HTTPStatus.UNPROCESSABLE_ENTITY
        link = (address or request.host_url.rstrip("/")) + url_for("staff_access.invitation") + f"#{secret}"
        return render_template(
            "people/invited.html",
            name=name,
            role=ROLES[role],
            link=link,
            symbol=Markup(segno.make_qr(link, error="M").svg_inline(scale=_MODULE)),  # noqa: S704 - of digits
            until=clock_text(now() + INVITED_S, day_of(now())),
        )

    @pages.post("/<name>/withdraw", endpoint="withdraw")
    def withdrawn(name: str) -> ResponseReturnValue:
        return done(name, withdraw)

    @pages.post("/<name>/role", endpoint="change_role")
    def changed(name: str) -> ResponseReturnValue:
        role = _role()
        if role is None:
            return page(WRONG_ROLE), HTTPStatus.UNPROCESSABLE_ENTITY
        return done(name, lambda connection, who, by, at: change_role(connection, who, role, by, at))

    @pages.post("/<name>/leave", endpoint="leave")
    def left(name: str) -> ResponseReturnValue:
        return done(name, leave)

    @pages.post("/<name>/sign-out", endpoint="sign_out")
    def signed_out(name: str) -> ResponseReturnValue:
        return done(name, sign_out)

    return pages


def _role() -> Role | None:
    asked = request.form.get("role", "")
    return Role(asked) if asked in set(Role) else None


def _words(refused: NotChanged | NotInvited) -> Words:
    return NOT_INVITED[refused] if isinstance(refused, NotInvited) else NOT_CHANGED[refused]
