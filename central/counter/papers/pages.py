"""What the counter prints, each time written down: cards, the letter with a PIN, the statement."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.who import staff
from central.audit.store import newest_entries
from central.counter.keep_cards import give_pin
from central.counter.print_cards import PrintedCard, card_sheet
from central.counter.print_papers import Addressed, pin_letter, statement_paper
from central.counter.read_person import product_name
from central.counter.store import find_settings
from central.counter.words import NO_CARDS_CHOSEN, NOBODY
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of, seconds_of
from central.members.register_member import profile_of
from central.passes.find_person import serial_of
from central.passes.store import KnownPass, cards_since, denied_among, find_pass
from central.points.read_statement import read_statement
from central.words.words import CLASSES
from rules.passes.rider_pass import PassKind

MOST_CARDS = 100
"""On one sheet's pages."""
PRINTED = "card-printed"


def add_papers(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    @pages.get("/cards")
    def cards() -> str:
        with database.read() as connection:
            today = day_of(now())
            found = cards_since(connection, seconds_of(today)[0])
            denied = denied_among(connection, [_id(each) for each in found])
            lines = [
                (
                    _id(each),
                    serial_of(_id(each)),
                    profile.name if (profile := profile_of(connection, each.member)) else "",
                    each.member,
                    CLASSES[each.issued.body.rider_class],
                    _is_printed(connection, each),
                )
                for each in found
                if _id(each) not in denied
            ]
        return render_template("counter/cards.html", lines=lines, at=clock_text(now(), today))

    @pages.post("/cards/print")
    def print_cards() -> ResponseReturnValue:
        chosen = list(dict.fromkeys(request.form.getlist("card")))[:MOST_CARDS]
        with database.write() as connection:
            known = [each for each in (find_pass(connection, one) for one in chosen) if each]
            printed = _sheet(connection, known, now())
        if printed is None:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, NO_CARDS_CHOSEN)
        return _pdf(printed, "cards")

    @pages.post("/members/<member>/pin")
    def print_pin(member: str) -> ResponseReturnValue:
        with database.write() as connection:
            to = _addressed(connection, member)
            pin = give_pin(connection, member, secrets.randbelow, staff().name, now())
        return _pdf(pin_letter(to, pin, now()), "pin")

    @pages.post("/members/<member>/statement")
    def print_statement(member: str) -> ResponseReturnValue:
        with database.write() as connection:
            to = _addressed(connection, member)
            found = read_statement(connection, member, now())
            assert found is not None, "a registered member has an account"
            _write(connection, "statement-printed", member, {}, now())
        return _pdf(statement_paper(to, found, now()), "statement")


def _sheet(connection: Connection, known: Sequence[KnownPass], now: int) -> bytes | None:
    """The PDF of those that are cards and may ride; None for none."""
    denied = denied_among(connection, [_id(each) for each in known])
    contact = _contact(connection)
    cards = []
    for each in known:
        if each.issued.body.kind is not PassKind.CARD or _id(each) in denied:
            continue
        profile = profile_of(connection, each.member)
        initial = (profile.name if profile else "")[:1]
        cards.append(PrintedCard(each.issued, initial, product_name(connection, each, now), contact))
        _write(connection, PRINTED, each.member, {"pass": _id(each)}, now)
    return card_sheet(cards, now) if cards else None


def _is_printed(connection: Connection, known: KnownPass) -> bool:
    entries = newest_entries(connection, MOST_CARDS, about=f"member:{known.member}")
    return any(entry.what == PRINTED and _id(known) in entry.detail for entry in entries)


def _addressed(connection: Connection, member: str) -> Addressed:
    profile = profile_of(connection, member)
    if profile is None:
        abort(HTTPStatus.NOT_FOUND, NOBODY)
    return Addressed(member, profile.name, _contact(connection))


def _contact(connection: Connection) -> str:
    settings = find_settings(connection)
    return f"{settings.issuer} {settings.contact}" if settings else ""


def _write(connection: Connection, what: str, member: str, detail: dict[str, str | int], now: int) -> None:
    staff_did(connection, what, f"member:{member}", detail, now)


def _id(known: KnownPass) -> str:
    return known.issued.body.pass_id.hex()


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)
