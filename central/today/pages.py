"""The page 運行: the whole page, its parts for live pages, the news, one record, and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for

from central.access.still_here import still_signed_in
from central.database.transaction import Database
from central.japan import FIRST_DAY, LAST_DAY, clock_text, day_of, day_title
from central.today import store
from central.today.csv_export import records_csv, rides_csv
from central.today.filters import (
    BY_CODE,
    BY_DRIVER,
    BY_HAND,
    BY_PHONE,
    MOVEMENTS,
    NOT_APPLIED,
    OUTCOMES,
    RIDE_STATES,
    Filter,
    read_filter,
)
from central.today.live import Streams
from central.today.reading import SCAN_ROWS, Choice, Reading
from central.today.record_line import record_line
from central.words import words
from central.words.names import EditionShelf
from central.words.say_event import read_event
from central.words.words import words_for

TOO_MANY_STREAMS = (
    "開いている画面が多いため、この画面は5秒ごとに更新します。 / Too many pages: this one asks every 5 s."
)
PARTS = ("map", "figures", "devices", "rides", "log")


def today_pages(
    database: Database, streams: Streams, shelf: EditionShelf, now: Callable[[], int]
) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("today", __name__, template_folder="templates")

    def asked() -> Filter:
        wanted = read_filter(request.args, day_of(now()))
        if wanted is None:
            message = (
                f"日付は {FIRST_DAY:%Y}-01-01 から {LAST_DAY:%Y}-12-31 までを 2026-10-01 の形で指定してください。"
                " / Give a date like 2026-10-01."
            )
            abort(HTTPStatus.BAD_REQUEST, message)
        return wanted

    @contextmanager
    def reading(wanted: Filter) -> Iterator[Reading]:
        with database.read() as connection:
            yield Reading(connection, wanted, shelf, now())

    @pages.get("/today")
    def today() -> str:
        wanted = asked()
        with reading(wanted) as read:
            shown = {name: value for part in PARTS for name, value in _PARTS[part](read).items()}
            return render_template(
                "today/today.html",
                **_frame(wanted, read),
                **shown,
                choices=_choices(read),
                day_before=_day_address(wanted, -1),
                day_after=_day_address(wanted, 1),
            )

    def part(name: str) -> Callable[[], str]:
        def show() -> str:
            wanted = asked()
            with reading(wanted) as read:
                return render_template(f"today/_{name}.html", **_frame(wanted, read), **_PARTS[name](read))

        return show

    for each in PARTS:
        pages.add_url_rule(f"/today/{each}", each, part(each), methods=["GET"])

    @pages.get("/today/records/<int:record_id>")
    def record(record_id: int) -> str:
        with database.read() as connection:
            found = store.find_record(connection, record_id) if record_id < 2**63 else None
            if found is None:
                abort(HTTPStatus.NOT_FOUND)
            wanted = Filter(day_of(found.wall), dated=True)
            names = Reading(connection, wanted, shelf, now()).names
            line = record_line(found, read_event(found.body), names, wanted.day)
        return render_template(
            "today/record.html",
            record=found,
            line=line,
            wanted=wanted,
            day_title=day_title(wanted.day),
            received=clock_text(found.received_at, wanted.day, seconds=True),
            pretty=_pretty(found.body),
            exact=found.body.decode(errors="replace"),
        )

    @pages.get("/today/rides.csv")
    def rides_file() -> Response:
        return _download("rides", asked(), lambda read, wanted: rides_csv(read, wanted.day), reading)

    @pages.get("/today/records.csv")
    def records_file() -> Response:
        return _download("records", asked(), lambda read, wanted: records_csv(read, wanted.day), reading)

    @pages.get("/today/events")
    def events() -> Response:
        if not streams.take():
            abort(HTTPStatus.SERVICE_UNAVAILABLE, TOO_MANY_STREAMS)

        may_read = still_signed_in()

        def newest() -> int | None:
            with database.read() as connection:
                return store.newest_record(connection) if may_read(connection) else None

        answer = Response(streams.tell(newest), mimetype="text/event-stream")
        # Runs also for a stream that nobody came to read, whose generator never starts.
        answer.call_on_close(streams.give_back)
        return answer

    return pages


def _frame(wanted: Filter, read: Reading) -> dict[str, Any]:
    """What every part needs: the filter, its addresses, and what kind of day it is."""
    return {
        "wanted": wanted,
        "is_today": read.is_today,
        "newest_record": read.newest_record,
        "day_title": day_title(wanted.day),
        "here": lambda **changes: url_for("today.today", **wanted.query(**changes)),
        "csv": lambda name: url_for(f"today.{name}_file", **wanted.query(rides_page=1, records_page=1)),
        "only": lambda text: url_for(
            "today.today", **Filter(wanted.day, dated=wanted.dated, text=text).query()
        ),
        "whole_day": url_for("today.today", **Filter(wanted.day, dated=wanted.dated).query()),
        "scan_rows": SCAN_ROWS,
    }


def _day_address(wanted: Filter, days: int) -> str:
    """The address of the day before or after with the same filter; "" where there is none."""
    day = wanted.day + timedelta(days)
    if not FIRST_DAY <= day <= LAST_DAY:
        return ""
    return url_for("today.today", **wanted.query(day=day, dated=True, rides_page=1, records_page=1))


def _rides(read: Reading) -> dict[str, Any]:
    sums = read.ride_sums()
    rides, page = read.rides(sums.rides)
    return {"rides": rides, "rides_page": page, "ride_sums": sums}


def _log(read: Reading) -> dict[str, Any]:
    records, page = read.records()
    return {"records": records, "records_page": page}


def _devices(read: Reading) -> dict[str, Any]:
    listed = [(incident, words_for(words.INCIDENTS, incident.what)) for incident in read.incidents()]
    return {"machines": read.machines, "incidents": listed, "clock": clock_text}


_PARTS: dict[str, Callable[[Reading], dict[str, Any]]] = {
    "map": lambda read: {"lines": read.lines() if read.is_today else []},
    "figures": lambda read: {"figures": read.figures()},
    "devices": _devices,
    "rides": _rides,
    "log": _log,
}


def _choices(read: Reading) -> dict[str, list[Choice]]:
    fixed = {
        "state": [Choice(state, words_for(words.STATES, state)[0]) for state in RIDE_STATES],
        "means": [
            Choice(BY_CODE, "コード"),
            Choice(BY_PHONE, words.BY_PHONE[0]),
            Choice(BY_HAND, "手扱い（すべて）"),
        ],
        "by_hand": [Choice(means, said[0]) for means, said in words.MEANS.items()],
        "movement": [Choice(movement, words_for(words.MOVEMENTS, movement)[0]) for movement in MOVEMENTS],
        "event": [Choice(tag, said[0]) for tag, said in words.EVENTS.items()],
        "outcome": [Choice(outcome, words_for(words.OUTCOMES, outcome)[0]) for outcome in OUTCOMES],
        "books": [Choice(NOT_APPLIED, "帳簿に入らなかった記録")],
        "driver": [Choice(BY_DRIVER, words.BY_DRIVER[0])],
    }
    return read.choices() | fixed


def _download(
    name: str,
    wanted: Filter,
    write: Callable[[Reading, Filter], Iterator[str]],
    reading: Callable[[Filter], Any],
) -> Response:
    def stream() -> Iterator[str]:
        with reading(wanted) as read:
            yield from write(read, wanted)

    answer = Response(stream_with_context(stream()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}-{wanted.day.isoformat()}.csv"
    return answer


def _pretty(body: bytes) -> str:
    """JSON with a line for every field and each value letter for letter; "" for bytes that are no JSON."""
    try:
        return msgspec.json.format(body, indent=2).decode(errors="replace")
    except (msgspec.DecodeError, RecursionError):
        return ""
