"""The guard before every page: finds out who asks, and whether they may."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, abort, g, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from central.access import sessions, store
from central.access.browser import COOKIES
from central.access.routes import Open, Who, who_may
from central.access.sessions import Kind, Seen
from central.access.who import SignedIn, Staff
from central.database.transaction import Connection, Database

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SIGN_IN = {
    "staff": "staff_access.sign_in",
    "member": "member_access.sign_in",
    # A tablet that nobody has opened, or not for a while.
    "people": "member_access.people",
}
LIMITED = (
    "staff_access.signed_in",
    "staff_access.invited",
    "staff_access.passkey_sign_in",
    "member_access.by_mail",
    "member_access.by_code",
    "member_access.by_pin",
    "member_access.choose",
    "member_access.passkey_sign_in",
)
"""Where somebody tries to come in. All of them together are tried ten times a minute from one address."""
LIMIT = "10/minute"
_AGAIN = (
    "サインインが終わっています。画面を開き直してサインインしてください。 / "
    "You are not signed in any more: open the page again and sign in."
)
_NOT_YOURS = (
    "この操作をする役割になっていません。管理の担当に頼んでください。 / "
    "Your role does not cover this: ask an administrator."
)


def add_guard(app: Flask, database: Database, now: Callable[[], int]) -> None:
    """Let nobody come where `central.access.routes` does not let them; after all routes are there. `now`: Unix seconds.

    `app.extensions["seen"]` remembers which sessions are in use; its `flush` belongs into the server's timer.
    """
    seen = app.extensions["seen"] = Seen()
    app.extensions["database"] = database

    def check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        wanted = who_may(request.endpoint)
        if request.endpoint == "static" or request.endpoint.endswith(".static"):
            return None
        g.staff_session = g.member_session = None
        with database.read() as connection:
            g.staff = _staff(connection, now(), seen)
            g.member = _member(connection, now(), seen)
        return _refuse(wanted)

    app.before_request(check)
    app.context_processor(lambda: {"signed_in": g.get("staff")})
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")
    for endpoint in LIMITED:
        limited = limiter.shared_limit(LIMIT, scope="sign-in")
        view: Any = limited(app.view_functions[endpoint])
        app.view_functions[endpoint] = view


def _staff(connection: Connection, now: int, seen: Seen) -> Staff | None:
    secret = request.cookies.get(COOKIES[Kind.STAFF])
    session = sessions.find(connection, secret, now, seen) if secret else None
    if session is None or session.kind != Kind.STAFF:
        return None
    _, _, name = session.people[0].who.partition(":")
    # Asked at every page: whoever has left, or has another role, finds so at once.
    role = store.role_of(connection, name)
    if role is None:
        return None
    seen.note(session.id, now)
    g.staff_session = session
    return Staff(name, role)


def _member(connection: Connection, now: int, seen: Seen) -> SignedIn | None:
    secret = request.cookies.get(COOKIES[Kind.OWN])
    session = sessions.find(connection, secret, now, seen) if secret else None
    if session is None or session.kind == Kind.STAFF:
        return None
    who = sessions.in_front(session, now, seen)
    g.member_session = session
    if not who:
        return None
    seen.note(session.id, now)
    return SignedIn(who.partition(":")[2], session.id)


def _refuse(wanted: Who) -> ResponseReturnValue | None:
    """None for whoever may pass."""
    if wanted is Open.PUBLIC:
        return None
    if isinstance(wanted, Open):
        if g.member is not None or (wanted is Open.ANYONE_SIGNED_IN and g.staff is not None):
            return None
        return _sign_in("people" if g.member_session is not None else "member")
    if g.staff is None:
        return _sign_in("staff")
    return None if g.staff.role in wanted else _say(HTTPStatus.FORBIDDEN, _NOT_YOURS)


def _sign_in(whose: str) -> ResponseReturnValue:
    if _is_page() and request.method in SAFE_METHODS:
        here = request.full_path.rstrip("?")
        return redirect(url_for(SIGN_IN[whose], next=here), HTTPStatus.SEE_OTHER)
    return _say(HTTPStatus.UNAUTHORIZED, _AGAIN)


def _say(status: HTTPStatus, sentence: str) -> ResponseReturnValue:
    if _is_page():
        abort(status, sentence)
    return make_response(jsonify(error=sentence), status)


def _is_page() -> bool:
    """A person looks at the answer; else a script does, which says how it asks."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
