"""The pages 数字: published tables of a month, as CSV, and every number for those who may see it and say why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.database.transaction import Connection, Database
from central.figures import FIGURES
from central.figures.csv_file import exact_csv, table_csv
from central.figures.dictionary import files
from central.figures.figure import Figure, Month
from central.figures.keep_latest import last_over, names_on
from central.figures.publish import NotPublished, read_published
from central.figures.view import view
from central.japan import day_of, parse_day
from central.words.columns import dictionary_csv
from central.words.names import EditionShelf, Names
from central.words.paging import clean
from central.words.words import Words

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
MOST_REASON = 200
NO_MONTH = "月は 2026-10 の形で指定してください。 / Give a month like 2026-10."
NO_REASON: Words = ("何のために見るのかを書いてください。", "Say what you need the numbers for.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure and its month."""

    figure: Figure
    month: Month


def figure_pages(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("figures", __name__, url_prefix="/figures", template_folder="templates")

    def names_of(connection: Connection) -> Names:
        return names_on(connection, shelf, day_of(now()))

    @pages.get("")
    def figures() -> str:
        asked = _asked(request.args, day_of(now()))
        found = read_published(database, asked.figure, asked.month, names_of, now())
        wanted = {name: clean(value) for name, value in request.args.items()}
        return render_template(
            "figures/figure.html",
            asked=asked,
            figures=FIGURES,
            reading=found,
            view=None if isinstance(found.table, NotPublished) else view(asked.figure, found.table, wanted),
            may_look=staff_may("figures.look"),
            before=last_over(asked.month.first),
        )

    @pages.get("/table.csv")
    def table_file() -> Response:
        asked = _asked(request.args, day_of(now()))
        found = read_published(database, asked.figure, asked.month, names_of, now())
        if isinstance(found.table, NotPublished):
            abort(HTTPStatus.NOT_FOUND, str(found.table))
        return _download(
            f"{asked.figure.slug}-{asked.month}", table_csv(asked.figure, asked.month, found.table)
        )

    @pages.get("/dictionary")
    def dictionary() -> str:
        return render_template("figures/dictionary.html", files=files())

    @pages.get("/dictionary.csv")
    def dictionary_file() -> Response:
        return _download("dictionary", dictionary_csv(files()))

    @pages.get("/exact")
    def exact() -> str:
        asked = _asked(request.args, day_of(now()))
        return render_template("figures/exact.html", asked=asked, why="", refusal=("", ""), counted=None)

    @pages.post("/exact")
    def look() -> ResponseReturnValue:
        asked, why = _asked(request.form, day_of(now())), request.form.get("why", "").strip()[:MOST_REASON]
        as_file = "csv" in request.form
        if not why:
            page = render_template(
                "figures/exact.html", asked=asked, why=why, refusal=NO_REASON, counted=None
            )
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        with database.read() as connection:
            found = asked.figure.find(connection, asked.month, names_of(connection))
            counted, beside = found.count(), found.exact()
        # What has not been written down is not shown.
        with database.write() as connection:
            about = f"figures:{asked.figure.slug}/{asked.month}"
            what = "figures-taken" if as_file else "figures-looked-at"
            staff_did(connection, what, about, {"why": why}, now())
        if as_file:
            return _download(
                f"{asked.figure.slug}-{asked.month}-exact",
                exact_csv(asked.figure, asked.month, counted, beside),
            )
        return render_template(
            "figures/exact.html", asked=asked, why=why, refusal=("", ""), counted=counted, beside=beside
        )

    return pages


def _asked(args: Mapping[str, str], today: date) -> Asked:
    """By default the first figure, of the last month that is over."""
    figure = next((each for each in FIGURES if each.slug == args.get("figure")), FIGURES[0])
    month = args.get("month", "")
    if not month:
        return Asked(figure, last_over(today))
    first = parse_day(f"{month}-01") if _MONTH.fullmatch(month) else None
    if first is None:
        abort(HTTPStatus.BAD_REQUEST, NO_MONTH)
    return Asked(figure, Month(first))


def _download(name: str, lines: Iterator[str]) -> Response:
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}.csv"
    return answer
