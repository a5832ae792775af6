"""The page 例外: what was taken in but not applied, what was set apart, what somebody must look at, and who does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Database
from central.exceptions.csv_export import exceptions_csv
from central.exceptions.handling.acts import MAX_NOTE, REASONS, STATES, Act, Refused, Wish
from central.exceptions.handling.handle_exception import handle
from central.exceptions.handling.words import SHOWN, refusal_words
from central.exceptions.place import Place, Source
from central.exceptions.reading import Reading
from central.exceptions.wanted import Wanted, read_wanted
from central.japan import FIRST_DAY, LAST_DAY, day_of
from central.words.names import EditionShelf
from central.words.paging import clean

MAX_ID = 2**63 - 1
WRONG_FORM = "入力が読めません。ページを開き直してください。 / That form cannot be read: open the page again."


def exceptions_pages(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("exceptions", __name__, template_folder="templates")

    def asked() -> Wanted:
        wanted = read_wanted(request.args, staff().name)
        if wanted is None:
            message = (
                f"日付は {FIRST_DAY:%Y}-01-01 から {LAST_DAY:%Y}-12-31 までを 2026-10-01 の形で指定してください。"
                " / Give a date like 2026-10-01."
            )
            abort(HTTPStatus.BAD_REQUEST, message)
        return wanted

    def page(refusal: str = "") -> str:
        wanted = asked()
        with database.read() as connection:
            read = Reading(connection, wanted, shelf, now())
            lines, listed = read.lines()
            return render_template(
                "exceptions/exceptions.html",
                wanted=wanted,
                lines=lines,
                page=listed,
                totals=read.totals(),
                everything=read.everything,
                machines=read.machines(),
                here=lambda **changes: url_for("exceptions.exceptions", **wanted.query(**changes)),
                do=lambda line, act: url_for(
                    "exceptions.handle", source=line.source, about=line.id, act=act, **wanted.query()
                ),
                csv=url_for("exceptions.exceptions_file", **wanted.query(page=1)),
                me=staff().name,
                may=staff_may,
                may_handle=staff_may("exceptions.handle"),
                refusal=refusal,
                reasons=REASONS,
                states=STATES,
                shown=SHOWN,
                most_note=MAX_NOTE,
            )

    @pages.get("/exceptions")
    def exceptions() -> str:
        return page()

    @pages.post(
        "/exceptions/<any(record, quarantine, incident, noticed, phone):source>/<int:about>"
        "/<any(take, leave, note, close, reopen):act>",
        endpoint="handle",
    )
    def handle_it(source: str, about: int, act: str) -> ResponseReturnValue:
        place, wish = Place(Source(source), min(about, MAX_ID)), _wish(Act(act))
        with database.write() as connection:
            done = handle(connection, place, wish, now())
            if done is True:
                detail: dict[str, str | int] = {
                    name: value for name, value in (("reason", wish.reason), ("note", wish.note)) if value
                }
                staff_did(connection, f"exception-{act}", f"{source}:{about}", detail, now())
        if isinstance(done, Refused):
            return page(refusal_words(done, day_of(now()))), HTTPStatus.CONFLICT
        wanted = asked()
        return redirect(
            url_for("exceptions.exceptions", **wanted.query()) + f"#{source}-{about}", HTTPStatus.SEE_OTHER
        )

    @pages.get("/exceptions.csv")
    def exceptions_file() -> Response:
        wanted = asked()

        def stream() -> Iterator[str]:
            with database.read() as connection:
                yield from exceptions_csv(Reading(connection, wanted, shelf, now()))

        answer = Response(stream_with_context(stream()), mimetype="text/csv")
        answer.headers["Content-Disposition"] = "attachment; filename=exceptions.csv"
        return answer

    return pages


def _wish(act: Act) -> Wish:
    form = request.form
    times = form.get("times", "1")
    if not (times.isascii() and times.isdecimal() and len(times) <= 9):
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
    return Wish(
        act,
        staff().name,
        int(times),
        reason=clean(form.get("reason", "")) if act is Act.CLOSE else "",
        note=form.get("note", "").strip()[:MAX_NOTE] if act in (Act.NOTE, Act.CLOSE) else "",
        instead_of=form.get("instead_of", "").strip(),
    )
