"""The page 例外: what was taken in but not applied, what was set apart, and what somebody must look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for

from central.database.transaction import Database
from central.exceptions.csv_export import exceptions_csv
from central.exceptions.reading import Reading
from central.exceptions.wanted import Wanted, read_wanted
from central.japan import FIRST_DAY, LAST_DAY
from central.words.names import EditionShelf


def exceptions_pages(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("exceptions", __name__, template_folder="templates")

    def asked() -> Wanted:
        wanted = read_wanted(request.args)
        if wanted is None:
            message = (
                f"日付は {FIRST_DAY:%Y}-01-01 から {LAST_DAY:%Y}-12-31 までを 2026-10-01 の形で指定してください。"
                " / Give a date like 2026-10-01."
            )
            abort(HTTPStatus.BAD_REQUEST, message)
        return wanted

    @pages.get("/exceptions")
    def exceptions() -> str:
        wanted = asked()
        with database.read() as connection:
            read = Reading(connection, wanted, shelf, now())
            lines, page = read.lines()
            return render_template(
                "exceptions/exceptions.html",
                wanted=wanted,
                lines=lines,
                page=page,
                totals=read.totals(),
                everything=read.everything,
                machines=read.machines(),
                here=lambda **changes: url_for("exceptions.exceptions", **wanted.query(**changes)),
                csv=url_for("exceptions.exceptions_file", **wanted.query(page=1)),
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
