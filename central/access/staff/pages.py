"""How staff come in and go."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from central.access import store
from central.access.guard import take_cookie
from central.access.sessions import Kind
from central.access.who import staff
from central.audit.write_down import write_down
from central.database.transaction import Database


def staff_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("staff_access", __name__, url_prefix="/staff", template_folder="templates")

    @pages.get("/sign-in")
    def sign_in() -> str:
        return render_template("staff/sign_in.html")

    @pages.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        who = f"staff:{staff().name}"
        with database.write() as connection:
            store.end_session(connection, g.staff_session.id, now())
            write_down(connection, who, "signed-out", who, {}, now())
        answer = make_response(redirect(url_for("staff_access.sign_in"), HTTPStatus.SEE_OTHER))
        take_cookie(answer, Kind.STAFF)
        return answer

    return pages
