"""How members come in and go: by mail, passkey or PIN, alone on a phone or several on one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    abort,
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
from central.access.members.mail_code import NotSignedIn, is_mail, members_by_code, new_code
from central.access.members.mailbox import Mailbox, NotSent
from central.access.members.words import (
    CODE_SUBJECT,
    CODE_TEXT,
    NOT_HERE,
    NOT_PROVEN,
    NOT_PROVEN_BY_KEY,
    NOT_SENT,
    NOT_SIGNED_IN,
    NOT_TAKEN,
)
from central.access.passkeys import Challenges, ask_for_new, ask_who, new_challenge, take_new, who_answers
from central.access.passphrases import Proof, has_secret, prove, put_pin
from central.access.sessions import Kind
from central.access.store import Session, SessionPerson
from central.access.who import member
from central.audit.write_down import write_down
from central.database.transaction import Connection, Database
from central.members.member_number import is_number
from central.members.register_member import profile_of, tidy_mail
from central.words.words import Words

START = "/m/"
PEOPLE = "/m/people"


def member_pages(database: Database, now: Callable[[], int], mailbox: Mailbox) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("member_access", __name__, url_prefix="/m", template_folder="templates")
    _add_mail(pages, database, now, mailbox)
    _add_passkeys(pages, database, now)
    _add_people(pages, database, now)

    @pages.get("/sign-in")
    def sign_in() -> str:
        return _sign_in_page()

    @pages.post("/sign-in/pin")
    def by_pin() -> ResponseReturnValue:
        number, pin = tidy_mail(request.form.get("member", "")).replace("-", ""), request.form.get("pin", "")
        proof = prove(database, f"member:{number}", pin, now()) if is_number(number) else Proof.WRONG
        if proof is not Proof.RIGHT:
            return _sign_in_page(NOT_PROVEN[proof]), HTTPStatus.UNPROCESSABLE_ENTITY
        kind = Kind.TABLET if request.form.get("tablet") else Kind.OWN
        with database.write() as connection:
            return _come_in(connection, [number], "pin", kind, now())

    @pages.get("/pin")
    def pin() -> str:
        return render_template("m/pin.html")

    @pages.post("/pin")
    def put_own_pin() -> ResponseReturnValue:
        who = f"member:{member().member}"
        with database.write() as connection:
            refused = put_pin(connection, member().member, request.form.get("pin", ""), now())
            if refused is not None:
                page = render_template("m/pin.html", words=NOT_TAKEN[refused])
                return page, HTTPStatus.UNPROCESSABLE_ENTITY
            write_down(connection, who, "pin-set", who, {}, now())
        return redirect(PEOPLE, HTTPStatus.SEE_OTHER)

    return pages


def _add_mail(pages: Blueprint, database: Database, now: Callable[[], int], mailbox: Mailbox) -> None:
    @pages.post("/sign-in/mail")
    def by_mail() -> ResponseReturnValue:
        mail = tidy_mail(request.form.get("mail", ""))
        if not is_mail(mail):
            return _sign_in_page(NOT_SIGNED_IN[NotSignedIn.BAD_MAIL]), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            code = new_code(connection, mail, now(), secrets.randbelow)
        try:
            mailbox.send(mail, CODE_SUBJECT.format(code=code), CODE_TEXT.format(code=code), now())
        except NotSent:
            return _sign_in_page(NOT_SENT), HTTPStatus.SERVICE_UNAVAILABLE
        return _code_page(mail)

    @pages.post("/sign-in/code")
    def by_code() -> ResponseReturnValue:
        mail = tidy_mail(request.form.get("mail", ""))
        found = members_by_code(database, mail, request.form.get("code", ""), now(), secrets.randbelow)
        if isinstance(found, NotSignedIn):
            return _code_page(mail, NOT_SIGNED_IN[found]), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            return _come_in(connection, found, "mail", Kind.OWN, now())


def _add_passkeys(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    challenges = Challenges()

    @pages.post("/passkey/new-options")
    def new_options() -> ResponseReturnValue:
        number = member().member
        with database.read() as connection:
            profile = profile_of(connection, number)
            shown = (profile.mail or profile.name) if profile else ""
            challenge = new_challenge(challenges, secrets.token_bytes, now())
            options = ask_for_new(connection, f"member:{number}", shown or number, passkey_place(), challenge)
        return Response(options, mimetype="application/json")

    @pages.post("/passkey/new")
    def new_passkey() -> ResponseReturnValue:
        who = f"member:{member().member}"
        with database.write() as connection:
            refused = take_new(connection, who, passkey_answer(), passkey_place(), challenges, now())
            if refused is not None:
                return _no_key()
            write_down(connection, who, "passkey-added", who, {}, now())
        return jsonify(next=PEOPLE)

    @pages.post("/passkey/options")
    def options() -> ResponseReturnValue:
        asked = ask_who(passkey_place(), new_challenge(challenges, secrets.token_bytes, now()))
        return Response(asked, mimetype="application/json")

    @pages.post("/passkey/sign-in")
    def passkey_sign_in() -> ResponseReturnValue:
        with database.write() as connection:
            who = who_answers(connection, passkey_answer(), passkey_place(), challenges, now())
            kind, _, number = who.partition(":")
            if kind != "member":
                return _no_key()
            next_page = safe_next((request.get_json(silent=True) or {}).get("next"), START)
            return _come_in(connection, [number], "passkey", Kind.OWN, now(), jsonify(next=next_page))


def _add_people(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Everybody on this browser; no account is shared, each of them is chosen by name."""

    def here() -> Session:
        found: Session | None = g.member_session
        if found is None:
            abort(make_response(redirect(url_for("member_access.sign_in"), HTTPStatus.SEE_OTHER)))
        return found

    @pages.get("/people")
    def people() -> str:
        with database.read() as connection:
            return _people_page(connection, here())

    @pages.post("/people/choose")
    def choose() -> ResponseReturnValue:
        session, who = here(), f"member:{request.form.get('member', '')}"
        if who not in {person.who for person in session.people}:
            abort(HTTPStatus.NOT_FOUND, " / ".join(NOT_HERE))
        with database.read() as connection:
            needs_pin = session.kind == Kind.TABLET or has_secret(connection, who)
        if needs_pin:
            proof = prove(database, who, request.form.get("pin", ""), now())
            if proof is not Proof.RIGHT:
                with database.read() as connection:
                    page = _people_page(connection, session, NOT_PROVEN[proof])
                return page, HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            store.put_person(connection, session.id, SessionPerson(who, now()), now())
            write_down(connection, who, "chosen", f"session:{session.id}", {}, now())
        return redirect(START, HTTPStatus.SEE_OTHER)

    @pages.post("/people/leave")
    def leave() -> ResponseReturnValue:
        session, who = here(), f"member:{request.form.get('member', '')}"
        with database.write() as connection:
            store.remove_person(connection, session.id, who)
            write_down(connection, who, "signed-out", f"session:{session.id}", {}, now())
            if {person.who for person in session.people} <= {who}:
                return _go(connection, session, now())
        return redirect(PEOPLE, HTTPStatus.SEE_OTHER)

    @pages.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        with database.write() as connection:
            return _go(connection, here(), now())


def _come_in(
    connection: Connection,
    numbers: Sequence[str],
    how: str,
    kind: Kind,
    now: int,
    answer: Response | None = None,
) -> Response:
    """Onto the session of this browser if it has one of that kind, else into a new one."""
    session: Session | None = g.member_session
    who = [f"member:{number}" for number in numbers]
    # The first of a family stands in front; the others wait to be chosen.
    if session is None or session.kind != kind:
        secret, session = sessions.begin(connection, kind, who[0], now, secrets.token_bytes)
    else:
        secret = ""
        store.put_person(connection, session.id, SessionPerson(who[0], now), now)
    for other in who[1:]:
        store.put_person(connection, session.id, SessionPerson(other, 0), now)
    for each in who:
        write_down(connection, each, "signed-in", f"session:{session.id}", {"by": how}, now)
    next_page = safe_next(request.form.get("next"), START) if len(who) == 1 else PEOPLE
    answer = answer or make_response(redirect(next_page, HTTPStatus.SEE_OTHER))
    if secret:
        give_cookie(answer, kind, secret)
    return answer


def _go(connection: Connection, session: Session, now: int) -> Response:
    store.end_session(connection, session.id, now)
    answer = make_response(redirect(url_for("member_access.sign_in"), HTTPStatus.SEE_OTHER))
    take_cookie(answer, Kind.OWN)
    return answer


def _people_page(connection: Connection, session: Session, words: Words | None = None) -> str:
    shown = []
    for person in sorted(session.people, key=lambda person: person.who):
        number = person.who.partition(":")[2]
        profile = profile_of(connection, number)
        needs_pin = session.kind == Kind.TABLET or has_secret(connection, person.who)
        shown.append((number, (profile.name if profile else "") or number, needs_pin))
    in_front = g.member.member if g.member else ""
    return render_template(
        "m/people.html", people=shown, in_front=in_front, words=words, is_tablet=session.kind == Kind.TABLET
    )


def _sign_in_page(words: Words | None = None) -> str:
    next_page = safe_next(request.values.get("next"), START)
    return render_template("m/sign_in.html", words=words, next=next_page, has_people=bool(g.member_session))


def _code_page(mail: str, words: Words | None = None) -> str:
    next_page = safe_next(request.values.get("next"), START)
    return render_template("m/code.html", mail=mail, words=words, next=next_page)


def _no_key() -> ResponseReturnValue:
    # Nobody is told which of the reasons it was.
    return jsonify(error=" / ".join(NOT_PROVEN_BY_KEY)), HTTPStatus.UNPROCESSABLE_ENTITY
