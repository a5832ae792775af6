"""窓口 (madoguchi), the counter: who stands there, what they have, and everything the clerk does for them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_may import staff_may
from central.access.who import staff
from central.audit.write_down import write_down
from central.counter.asked import command_of, newcomer_of, whole_of
from central.counter.charge_member import ChargeWanted
from central.counter.keep_cards import IssuerOf, WhyBlocked, block_card, give_card, reissue_card
from central.counter.open_till import ready_till
from central.counter.papers.pages import add_papers
from central.counter.read_person import is_on_card, read_person
from central.counter.refusals import Refused
from central.counter.rides.by_phone.pages import add_rides_by_phone
from central.counter.rides.pages import add_rides
from central.counter.serve_member import TILL, Newcomer, change_member, sell, take_cash, welcome
from central.counter.set_up import block_member
from central.counter.tills.pages import add_receipts, add_tills
from central.counter.words import (
    BAD_NEWCOMER,
    BAD_YEN,
    CASH_NOT_YOURS,
    NOBODY,
    TOO_LITTLE,
    WHY_BLOCKED,
    WRONG_FORM,
)
from central.database.transaction import Connection, Database
from central.inquiries.store import inquiries_of
from central.inquiries.words import ABOUTS, STATES
from central.japan import clock_text, day_of
from central.ledger.post_orders import Refused as NotPosted
from central.network.editions.store import current_edition
from central.passes.find_person import find_people, is_scanned
from central.passes.replace_pass import Lost
from central.tickets.sell_product import Sold, Wanted
from central.words.words import CLASSES
from rules.ledger.tickets import Payment
from rules.network.in_force import service_day
from rules.products.commuter_pass import CommuterPass

INQUIRIES = 5
"""Of a member's, on their page; the list has all."""
Typed = dict[str, str]
"""What somebody has typed, to be shown again."""


@dataclass(frozen=True, slots=True)
class _Counter:
    """What the pages need; `now` gives Unix seconds."""

    database: Database
    issuer_of: IssuerOf
    now: Callable[[], int]


def counter_pages(database: Database, issuer_of: IssuerOf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `issuer_of` says who issues cards, `now` gives Unix seconds."""
    pages = Blueprint("counter", __name__, url_prefix="/counter", template_folder="templates")
    pages.context_processor(
        lambda: {"new_id": lambda: secrets.token_hex(8), "may": staff_may, "classes": CLASSES}
    )
    counter = _Counter(database, issuer_of, now)
    _add_finding(pages, counter)
    _add_serving(pages, counter)
    _add_cards(pages, counter)
    add_papers(pages, database, now)
    add_tills(pages, database, now)
    add_receipts(pages, database, now)
    add_rides(pages, database, now)
    add_rides_by_phone(pages, database, now)
    return pages


def _add_finding(pages: Blueprint, counter: _Counter) -> None:
    @pages.get("")
    def home() -> str:
        return _home(counter)

    # Not by the address: a name, and a card's whole code, would stand in logs.
    @pages.post("/find")
    def find() -> ResponseReturnValue:
        text = request.form.get("q", "")
        with counter.database.read() as connection:
            found = find_people(connection, text)
        if len(found) == 1:
            return redirect(url_for("counter.member", member=found[0].member), HTTPStatus.SEE_OTHER)
        # Who scans a card leaves no code on the screen.
        shown = "" if is_scanned(text) else text
        return _home(counter, asked=shown, found=found, looked=bool(text.strip()))

    @pages.get("/new")
    def new() -> str:
        return _new(counter, {})

    @pages.post("/new")
    def register() -> ResponseReturnValue:
        form = request.form
        command, who, yen = command_of(form), newcomer_of(form), whole_of(form.get("yen") or "0")
        if command is None:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        if who is None or yen is None:
            refusal = BAD_NEWCOMER if who is None else BAD_YEN
            return _new(counter, dict(form), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
        if yen and not staff_may("counter.charge"):
            abort(HTTPStatus.FORBIDDEN, CASH_NOT_YOURS)
        newcomer = Newcomer(who, yen, has_card="card" in form)
        with counter.database.write() as connection:
            done = welcome(connection, counter.issuer_of, newcomer, command, staff().name, counter.now())
        if isinstance(done, Refused):
            return _new(counter, dict(form), done.words), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("counter.member", member=done, new=1), HTTPStatus.SEE_OTHER)

    @pages.get("/members/<member>")
    def member(member: str) -> str:
        return _member(counter, member)


def _add_serving(pages: Blueprint, counter: _Counter) -> None:
    @pages.post("/members/<member>/profile")
    def change(member: str) -> ResponseReturnValue:
        who = newcomer_of(request.form)
        if who is None:
            return _member(counter, member, BAD_NEWCOMER), HTTPStatus.UNPROCESSABLE_ENTITY
        with counter.database.write() as connection:
            refused = change_member(connection, member, who, staff().name, counter.now())
        return _answered(counter, member, refused)

    @pages.post("/members/<member>/charge")
    def charge(member: str) -> ResponseReturnValue:
        yen = whole_of(request.form.get("yen", ""))
        if yen is None:
            return _member(counter, member, BAD_YEN), HTTPStatus.UNPROCESSABLE_ENTITY
        wanted = ChargeWanted(_command(), staff().name, TILL, member, yen)
        with counter.database.write() as connection:
            receipt = take_cash(connection, wanted, counter.now())
        if isinstance(receipt, Refused):
            return _member(counter, member, receipt.words), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("counter.receipt", number=receipt.number), HTTPStatus.SEE_OTHER)

    @pages.post("/members/<member>/tickets")
    def sell_ticket(member: str) -> ResponseReturnValue:
        return _sell(counter, member, Payment.KURAPO)

    @pages.post("/members/<member>/tickets/cash")
    def sell_ticket_for_cash(member: str) -> ResponseReturnValue:
        return _sell(counter, member, Payment.CASH)

    @pages.post("/members/<member>/account/<any(block, reopen):what>")
    def account(member: str, what: str) -> ResponseReturnValue:
        name, now = staff().name, counter.now()
        with counter.database.write() as connection:
            refused = block_member(connection, member, "counter", name, now, blocked=what == "block")
            if refused is None:
                write_down(connection, f"staff:{name}", f"account-{what}", f"member:{member}", {}, now)
        return _answered(counter, member, refused)


def _add_cards(pages: Blueprint, counter: _Counter) -> None:
    @pages.post("/members/<member>/cards")
    def give(member: str) -> ResponseReturnValue:
        command = _command()
        with counter.database.write() as connection:
            done = give_card(connection, counter.issuer_of, member, command, staff().name, counter.now())
        return _answered(counter, member, done if isinstance(done, Refused) else None)

    @pages.post("/members/<member>/cards/<pass_id>/block")
    def block(member: str, pass_id: str) -> ResponseReturnValue:
        why = _why_blocked()
        with counter.database.write() as connection:
            refused = block_card(connection, member, pass_id, why, staff().name, counter.now())
        return _answered(counter, member, refused)

    @pages.post("/members/<member>/cards/<pass_id>/reissue")
    def reissue(member: str, pass_id: str) -> ResponseReturnValue:
        lost = Lost(pass_id, _why_blocked(), _command())
        with counter.database.write() as connection:
            done = reissue_card(connection, counter.issuer_of, member, lost, staff().name, counter.now())
        return _answered(counter, member, done if isinstance(done, Refused) else None)


def _home(counter: _Counter, **more: Any) -> str:
    with counter.database.read() as connection:
        till = ready_till(connection, TILL, counter.now())
    return render_template("counter/home.html", till=till, is_open=not isinstance(till, Refused), **more)


def _new(counter: _Counter, typed: Typed, refusal: str = "") -> str:
    with counter.database.read() as connection:
        till = ready_till(connection, TILL, counter.now())
    return render_template(
        "counter/new.html", typed=typed, refusal=refusal, is_open=not isinstance(till, Refused)
    )


def _member(counter: _Counter, member: str, refusal: str = "") -> str:
    now = counter.now()
    with counter.database.read() as connection:
        person = read_person(connection, member, now)
        if person is None:
            abort(HTTPStatus.NOT_FOUND, NOBODY)
        till = ready_till(connection, TILL, now)
        asked = [
            (each, clock_text(each.at, day_of(now)), ABOUTS[each.about], STATES[each.last.note.state])
            for each in inquiries_of(connection, member, INQUIRIES)
        ]
    return render_template(
        "counter/member.html",
        person=person,
        inquiries=asked,
        refusal=refusal,
        is_open=not isinstance(till, Refused),
        is_new="new" in request.args,
        reasons=WHY_BLOCKED,
        is_on_card=is_on_card,
    )


def _answered(counter: _Counter, member: str, refused: Refused | None) -> ResponseReturnValue:
    if refused is not None:
        return _member(counter, member, refused.words), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("counter.member", member=member) + "#cards", HTTPStatus.SEE_OTHER)


def _sell(counter: _Counter, member: str, payment: Payment) -> ResponseReturnValue:
    number, count = (whole_of(request.form.get(each) or "1") for each in ("product", "count"))
    if number is None or count is None:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
    command, now = _command(), counter.now()
    with counter.database.write() as connection:
        person = read_person(connection, member, now)
        if person is None:
            abort(HTTPStatus.NOT_FOUND, NOBODY)
        on_card = _is_commuter_pass(connection, number, now)
        # A pass holds for whole service days: today's may have been paid for already.
        first = service_day(now) + timedelta(days=1 if on_card and "tomorrow" in request.form else 0)
        wanted = Wanted(command, member, number, person.profile.rider_class, payment, first, count)
        sold = sell(connection, counter.issuer_of, wanted, staff().name, now, on_card=on_card)
    if isinstance(sold, Sold):
        return redirect(url_for("counter.member", member=member) + "#cards", HTTPStatus.SEE_OTHER)
    words = (
        sold.words if isinstance(sold, Refused) else TOO_LITTLE if isinstance(sold, NotPosted) else str(sold)
    )
    return _member(counter, member, words), HTTPStatus.UNPROCESSABLE_ENTITY


def _is_commuter_pass(connection: Connection, number: int, now: int) -> bool:
    edition = current_edition(connection, service_day(now))
    product = edition.tariff.sold_on(number, service_day(now)) if edition else None
    return isinstance(product, CommuterPass)


def _command() -> str:
    command = command_of(request.form)
    if command is None:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
    return command


def _why_blocked() -> WhyBlocked:
    try:
        return WhyBlocked(request.form.get("why", ""))
    except ValueError:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
