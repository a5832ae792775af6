"""How staff come in and go."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from central.access import sessions, store
from central.access.browser import give_cookie, passkey_answer, passkey_place, safe_next, take_cookie
from central.access.passkeys import Challenges, ask_for_new, ask_who, new_challenge, take_new, who_answers
from central.access.passphrases import NotTaken, Proof, prove
from central.access.sessions import Kind
from central.access.staff.change_staff import end_own, tidy_name
from central.access.staff.invite import NotInvited, accept
from central.access.staff.words import (
    DIFFERENT,
    NOT_CHANGED,
    NOT_INVITED,
    NOT_PROVEN,
    NOT_PROVEN_BY_KEY,
    NOT_TAKEN,
    ROLES,
)
from central.access.staff_may import staff_may
from central.access.who import staff
from central.audit.write_down import write_down
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of
from central.words.words import Words

START = "/desk"


def staff_pages(database: Database, now: Callable[[], int], demo: bool) -> Blueprint:
    """The blueprint. `now` gives Unix seconds; in a demonstration an invitation lets in without a passphrase."""
    pages = Blueprint("staff_access", __name__, url_prefix="/staff", template_folder="templates")
    _add_passkeys(pages, database, now)

    @pages.get("/sign-in")
    def sign_in() -> str:
        return _sign_in_page()

    @pages.post("/sign-in")
    def signed_in() -> ResponseReturnValue:
        name = tidy_name(request.form.get("name", ""))
        proof = prove(database, f"staff:{name}", request.form.get("passphrase", ""), now())
        with database.write() as connection:
            if proof is Proof.RIGHT and store.role_of(connection, name) is not None:
                return _come_in(connection, name, safe_next(request.form.get("next", ""), START), now())
            _write_down_failure(connection, name, proof, now())
        words = NOT_PROVEN.get(proof, NOT_PROVEN[Proof.WRONG])
        return _sign_in_page(words, name), HTTPStatus.UNPROCESSABLE_ENTITY

    @pages.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        who = f"staff:{staff().name}"
        with database.write() as connection:
            store.end_session(connection, g.staff_session.id, now())
            write_down(connection, who, "signed-out", who, {}, now())
        answer = make_response(redirect(url_for("staff_access.sign_in"), HTTPStatus.SEE_OTHER))
        take_cookie(answer, Kind.STAFF)
        return answer

    @pages.get("/invitation")
    def invitation() -> str:
        return render_template("staff/invitation.html")

    @pages.post("/invitation")
    def invited() -> ResponseReturnValue:
        secret, passphrase = request.form.get("invitation", "").strip(), request.form.get("passphrase", "")
        if passphrase != request.form.get("again", ""):
            return _invitation_page(DIFFERENT, secret)
        with database.write() as connection:
            name = accept(connection, secret, None if demo and not passphrase else passphrase, now())
            if isinstance(name, NotInvited):
                return _invitation_page(NOT_INVITED[name], "")
            if isinstance(name, NotTaken):
                return _invitation_page(NOT_TAKEN[name], secret)
            return _come_in(connection, name, START if demo else url_for("staff_access.account"), now())

    @pages.get("/account")
    def account() -> str:
        who, day = f"staff:{staff().name}", day_of(now())
        with database.read() as connection:
            keys = len(store.passkeys_of(connection, who))
            found = sessions.open_sessions(connection, who, now(), current_app.extensions["seen"])
        lines = [
            (each.id, clock_text(each.began_at, day), clock_text(latest, day), each.id == g.staff_session.id)
            for each, latest in found
        ]
        return render_template("staff/account.html", keys=keys, sessions=lines)

    @pages.post("/sessions/<session>/end")
    def end_session(session: str) -> ResponseReturnValue:
        with database.write() as connection:
            refused = end_own(connection, staff().name, session, now())
        if refused is not None:
            abort(HTTPStatus.NOT_FOUND, " / ".join(NOT_CHANGED[refused]))
        return redirect(url_for("staff_access.account"), HTTPStatus.SEE_OTHER)

    pages.add_app_template_global(lambda: ROLES, "staff_roles")
    pages.add_app_template_global(staff_may, "staff_may")
    return pages


def _add_passkeys(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    challenges = Challenges()

    @pages.post("/passkey/new-options")
    def new_options() -> ResponseReturnValue:
        name = staff().name
        with database.read() as connection:
            challenge = new_challenge(challenges, secrets.token_bytes, now())
            return _json(ask_for_new(connection, f"staff:{name}", name, passkey_place(), challenge))

    @pages.post("/passkey/new")
    def new_passkey() -> ResponseReturnValue:
        who = f"staff:{staff().name}"
        with database.write() as connection:
            refused = take_new(connection, who, passkey_answer(), passkey_place(), challenges, now())
            if refused is not None:
                return _no_key(refused)
            write_down(connection, who, "passkey-added", who, {}, now())
        return jsonify(next=url_for("staff_access.account"))

    @pages.post("/passkey/options")
    def options() -> ResponseReturnValue:
        return _json(ask_who(passkey_place(), new_challenge(challenges, secrets.token_bytes, now())))

    @pages.post("/passkey/sign-in")
    def passkey_sign_in() -> ResponseReturnValue:
        with database.write() as connection:
            who = who_answers(connection, passkey_answer(), passkey_place(), challenges, now())
            kind, _, name = who.partition(":")
            if kind != "staff" or store.role_of(connection, name) is None:
                return _no_key(who)
            next_page = safe_next((request.get_json(silent=True) or {}).get("next"), START)
            return _come_in(connection, name, next_page, now(), jsonify(next=next_page))


def _come_in(
    connection: Connection, name: str, next_page: str, now: int, answer: Response | None = None
) -> Response:
    who = f"staff:{name}"
    secret, _ = sessions.begin(connection, Kind.STAFF, who, now, secrets.token_bytes)
    write_down(connection, who, "signed-in", who, {}, now)
    answer = answer or make_response(redirect(next_page, HTTPStatus.SEE_OTHER))
    give_cookie(answer, Kind.STAFF, secret)
    return answer


def _write_down_failure(connection: Connection, name: str, proof: Proof, now: int) -> None:
    # A stranger's text is nobody's name: only those who work here are written down.
    if store.role_of(connection, name) is not None:
        write_down(connection, "system", "sign-in-refused", f"staff:{name}", {"why": proof}, now)


def _sign_in_page(words: Words = ("", ""), name: str = "") -> str:
    next_page = safe_next(request.values.get("next"), START)
    return render_template("staff/sign_in.html", words=words, name=name, next=next_page)


def _invitation_page(words: Words, secret: str) -> ResponseReturnValue:
    page = render_template("staff/invitation.html", words=words, secret=secret)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _no_key(_why: str) -> ResponseReturnValue:
    # Nobody is told which of the reasons it was.
    return jsonify(error=" / ".join(NOT_PROVEN_BY_KEY)), HTTPStatus.UNPROCESSABLE_ENTITY
