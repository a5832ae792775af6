"""レジ (reji), the till: opened with its change, today's receipts, a charge taken back, the count that ends its day."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.who import staff
from central.counter.asked import MAX_TEXT, command_of, whole_of
from central.counter.charge_member import VoidWanted
from central.counter.count_cash import TillCount, count_till
from central.counter.open_till import TillOpening, cash_in_till, open_till, ready_till
from central.counter.print_receipt import receipt_text
from central.counter.refusals import NotDone, Refused
from central.counter.rows import ReceiptKind
from central.counter.serve_member import TILL, take_back_charge
from central.counter.set_up import change_settings
from central.counter.store import (
    add_reprint,
    counts_of_till,
    find_command,
    find_receipt,
    find_settings,
    last_till_day,
    receipts_of,
    void_of,
)
from central.counter.words import BAD_YEN, WRONG_FORM
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of
from rules.cash import DENOMINATIONS, MAX_PIECES, CashCount

NO_RECEIPT = (
    "この番号の領収書はありません。レジの画面でさがしてください。 / "
    "There is no such receipt: look at the till."
)
BAD_PIECES = "枚数は0以上の整数で入れてください。 / Pieces are whole numbers from 0 on."


def add_tills(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    def page(refusal: str = "") -> str:
        with database.read() as connection:
            return render_template("counter/till.html", refusal=refusal, **_shown(connection, now()))

    def answered(answer: object) -> ResponseReturnValue:
        if isinstance(answer, Refused):
            return page(answer.words), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("counter.till"), HTTPStatus.SEE_OTHER)

    @pages.get("/till")
    def till() -> str:
        return page()

    @pages.post("/till/open")
    def open_day() -> ResponseReturnValue:
        cash = whole_of(request.form.get("cash", ""))
        if cash is None:
            return page(BAD_YEN), HTTPStatus.UNPROCESSABLE_ENTITY
        wanted = TillOpening(_command(), TILL, staff().name, cash)
        with database.write() as connection:
            is_new = find_command(connection, wanted.command) is None
            done = open_till(connection, wanted, now())
            if is_new and not isinstance(done, Refused):
                detail: dict[str, str | int] = {"yen": cash}
                staff_did(connection, "till-opened", "till:", detail, now())
        return answered(done)

    @pages.post("/till/settings")
    def set_up() -> ResponseReturnValue:
        wanted = {name: request.form.get(name, "").strip()[:MAX_TEXT] for name in ("issuer", "contact")}
        with database.write() as connection:
            done = change_settings(connection, staff().name, wanted, now())
            if not isinstance(done, Refused):
                staff_did(connection, "receipts-set-up", "till:", {**wanted}, now())
        return answered(done)

    @pages.post("/till/count")
    def count() -> ResponseReturnValue:
        numbers = [(kind, whole_of(request.form.get(f"kind-{kind}") or "0")) for kind in DENOMINATIONS]
        if any(number is None or number > MAX_PIECES for _, number in numbers):
            return page(BAD_PIECES), HTTPStatus.UNPROCESSABLE_ENTITY
        pieces = CashCount(tuple((kind, number) for kind, number in numbers if number))
        wanted = TillCount(_command(), TILL, staff().name, pieces)
        with database.write() as connection:
            is_new = find_command(connection, wanted.command) is None
            done = count_till(connection, wanted, now())
            if is_new and not isinstance(done, Refused):
                detail: dict[str, str | int] = {"yen": done.counted, "difference": done.difference}
                staff_did(connection, "till-counted", "till:", detail, now())
        return answered(done)


def add_receipts(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    @pages.get("/receipts/<int:number>")
    def receipt(number: int) -> str:
        with database.read() as connection:
            found = find_receipt(connection, number)
            if found is None:
                abort(HTTPStatus.NOT_FOUND, NO_RECEIPT)
            is_voided = void_of(connection, number) is not None
        can_void = found.kind is ReceiptKind.CHARGE and found.day == str(day_of(now())) and not is_voided
        return render_template(
            "counter/receipt.html", receipt=found, paper=receipt_text(found), can_void=can_void
        )

    @pages.post("/receipts/<int:number>/again")
    def again(number: int) -> str:
        with database.write() as connection:
            found = find_receipt(connection, number)
            if found is None:
                abort(HTTPStatus.NOT_FOUND, NO_RECEIPT)
            times = add_reprint(connection, number, staff().name, now())
            detail: dict[str, str | int] = {"receipt": number, "times": times}
            about = f"member:{found.member}"
            staff_did(connection, "receipt-reprinted", about, detail, now())
        return render_template(
            "counter/receipt.html", receipt=found, paper=receipt_text(found, times), can_void=False
        )

    @pages.post("/receipts/<int:number>/void")
    def void(number: int) -> ResponseReturnValue:
        wanted = VoidWanted(_command(), staff().name, TILL, number)
        with database.write() as connection:
            done = take_back_charge(connection, wanted, now())
            found = find_receipt(connection, number)
        if isinstance(done, Refused):
            if found is None:
                abort(HTTPStatus.NOT_FOUND, NO_RECEIPT)
            page = render_template(
                "counter/receipt.html",
                receipt=found,
                paper=receipt_text(found),
                can_void=False,
                refusal=done.words,
            )
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("counter.receipt", number=done.number), HTTPStatus.SEE_OTHER)


def _shown(connection: Connection, now: int) -> dict[str, Any]:
    today = day_of(now)
    ready, day = ready_till(connection, TILL, now), last_till_day(connection, TILL)
    counts = counts_of_till(connection, day.id) if day is not None else []
    receipts = [
        (each, clock_text(each.at, today), void_of(connection, each.number))
        for each in receipts_of(connection, str(today))
    ]
    why = ready.reason if isinstance(ready, Refused) else None
    return {
        "is_open": why is None,
        "day": day,
        # A till of an earlier day is counted before anything else.
        "must_count": why is NotDone.TILL_OF_ANOTHER_DAY,
        "is_over": why is NotDone.TILL_COUNTED,
        "expected": cash_in_till(connection, day) if day is not None else 0,
        "count": counts[-1] if counts else None,
        "receipts": receipts[::-1],
        "settings": find_settings(connection),
        "kinds": DENOMINATIONS,
        "charged": ReceiptKind.CHARGE,
    }


def _command() -> str:
    command = command_of(request.form)
    if command is None:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
    return command
