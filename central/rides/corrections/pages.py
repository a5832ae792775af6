"""The page 運賃の訂正: what waits for staff, cash to be given back, and everything that was corrected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.database.transaction import Connection, Database
from central.japan import day_of
from central.network.editions.store import number_in_force, read_sealed
from central.passes.store import holders_of
from central.rides.corrections import store
from central.rides.corrections.by_staff.pages import add_set_right, asked_lines
from central.rides.corrections.correction_line import STATES, correction_line, refund_line
from central.rides.corrections.decide_correction import (
    How,
    NotDecided,
    apply_correction,
    dismiss_correction,
    refund_ride,
    reopen_correction,
)
from central.rides.corrections.rows import RefundDue, State
from central.words.names import EditionShelf, Names
from central.words.paging import page_asked, page_of

PAGE_ROWS = 50
MAX_REFUNDS = 200
DECISIONS = {"apply": apply_correction, "dismiss": dismiss_correction, "reopen": reopen_correction}
WRONG_FORM = "入力が読めません。ページを開き直してください。 / That form cannot be read: open the page again."


def correction_pages(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("corrections", __name__, url_prefix="/corrections", template_folder="templates")

    @pages.get("")
    def corrections() -> str:
        shown = request.args.get("state", "")
        state = State(shown) if shown in STATES else State.WAITING
        asked = page_asked(request.args.get("page", ""))
        with database.read() as connection:
            return render_template(
                "corrections/corrections.html", **_listed(connection, shelf, state, asked, now())
            )

    @pages.post("/<int:correction_id>/<any(apply, dismiss, reopen):decision>")
    def decide(correction_id: int, decision: str) -> ResponseReturnValue:
        with database.write() as connection:
            answer = DECISIONS[decision](connection, correction_id, now())
            if answer is None:
                staff_did(connection, f"correction-{decision}", f"correction:{correction_id}", {}, now())
        return _answered(answer)

    @pages.post("/rides/<int:ride_id>/refund")
    def refund(ride_id: int) -> ResponseReturnValue:
        try:
            amount, before = int(request.form["amount"]), int(request.form["before"])
            how = How(request.form["how"])
        except (KeyError, ValueError):
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        with database.write() as connection:
            answer = refund_ride(connection, ride_id, amount, before, how, now())
            if answer is None:
                detail: dict[str, str | int] = {"yen": amount, "how": how.value}
                staff_did(connection, "cash-back", f"ride:{ride_id}", detail, now())
        return _answered(answer)

    add_set_right(pages, database, now)
    return pages


def _answered(answer: NotDecided | None) -> ResponseReturnValue:
    if answer is NotDecided.GONE:
        abort(HTTPStatus.NOT_FOUND)
    if answer is not None:
        abort(HTTPStatus.CONFLICT, str(answer))
    return redirect(url_for("corrections.corrections"), HTTPStatus.SEE_OTHER)


def _listed(
    connection: Connection, shelf: EditionShelf, state: State, asked: int, now: int
) -> dict[str, Any]:
    today = day_of(now)
    sealed = partial(read_sealed, connection)
    names = Names(lambda number: shelf.get(number, sealed), (number_in_force(connection, today),))
    counts = store.count_states(connection)
    page = page_of(asked, counts.get(state, 0), PAGE_ROWS)
    rows = store.page_of_corrections(connection, state, (page.number - 1) * PAGE_ROWS, PAGE_ROWS)
    rides = store.refunds_due(connection, MAX_REFUNDS) if state is State.WAITING else []
    holders = holders_of(connection, {ride.pass_id for ride in rides})
    due = [RefundDue(ride, holder.member if (holder := holders.get(ride.pass_id)) else "") for ride in rides]
    return {
        "state": state,
        "tabs": [(each, words, counts.get(each, 0)) for each, words in STATES.items()],
        "lines": [correction_line(row, names, today) for row in rows],
        "asked": asked_lines(connection, now),
        "refunds": [refund_line(each, names) for each in due],
        "page": page,
        "here": lambda **changes: url_for("corrections.corrections", state=state, **changes),
    }
