"""One edition, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.database.transaction import Connection, Database
from central.japan import day_title
from central.network.editions.store import (
    SqlEditionStore,
    find_edition,
    valid_from_by_number,
    withdrawn_numbers,
)
from central.network.editions.withdraw_edition import NotWithdrawn, after_withdrawing, withdraw
from rules.network.in_force import service_day

NOTHING_ELSE = (
    "この版を取り下げると、バスに路線データがなくなります。先に代わりの版を公開してください。 / "
    "Without this edition buses have no timetable at all; publish the one that replaces it first."
)


def edition_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("editions", __name__, url_prefix="/network/editions", template_folder="templates")

    @pages.get("/<int:number>")
    def edition(number: int) -> str:
        with database.read() as connection:
            return render_template("editions/edition.html", **_edition(connection, number, now()))

    @pages.post("/<int:number>/withdraw")
    def take_back(number: int) -> ResponseReturnValue:
        at = now()
        with database.write() as connection:
            answer = withdraw(SqlEditionStore(connection), number, service_day(at), at)
            if not isinstance(answer, NotWithdrawn):
                staff_did(connection, "edition-withdrawn", f"edition:{number}", {}, at)
        if answer is NotWithdrawn.UNKNOWN:
            abort(HTTPStatus.NOT_FOUND)
        if answer is NotWithdrawn.NOTHING_ELSE:
            abort(HTTPStatus.CONFLICT, NOTHING_ELSE)
        return redirect(url_for("feeds.overview", withdrawn=number), HTTPStatus.SEE_OTHER)

    return pages


def _edition(connection: Connection, number: int, at: int) -> dict[str, Any]:
    valid_from, withdrawn = valid_from_by_number(connection), withdrawn_numbers(connection)
    found = find_edition(connection, number) if number in valid_from else None
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    after = after_withdrawing(valid_from, withdrawn, number, service_day(at))
    return {
        "edition": found,
        "after": None if isinstance(after, NotWithdrawn) else after,
        "nothing_else": NOTHING_ELSE,
        "day_title": day_title,
    }
