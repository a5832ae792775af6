"""The page 記録: rides found over many days, one ride from every side, one record followed, months as CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for

from central.database.transaction import Connection, Database
from central.japan import FIRST_DAY, LAST_DAY, day_of, day_title, parse_day
from central.logs import store
from central.logs.dictionary import FILES
from central.logs.find import find
from central.logs.follow import follow
from central.logs.ledger_of_ride import ride_of_command
from central.logs.read_ride import read_posted, read_ride
from central.logs.wanted import After, Odd, Wanted, read_wanted
from central.network.editions.store import number_in_force, read_sealed
from central.today.csv_export import RECORD_COLUMNS, RIDE_COLUMNS, record_rows, ride_rows
from central.today.filters import BY_CODE, BY_HAND, BY_PHONE, RIDE_STATES, Filter
from central.today.reading import Reading
from central.today.record_line import record_line
from central.today.ride_line import ride_line
from central.today.rows import Ride
from central.today.store import find_record
from central.today.store import machines as all_machines
from central.words import words
from central.words.columns import dictionary_csv
from central.words.names import EditionShelf, Names
from central.words.say_event import read_event
from central.words.spreadsheet import pieces
from central.words.words import words_for
from rules.messages.events import RecordRef

PAGE_ROWS = 100
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
NO_MONTH = "月は 2026-10 の形で指定してください。 / Give a month like 2026-10."
KINDS = f"any({BY_CODE}, {BY_HAND}, {BY_PHONE})"


def logs_pages(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("logs", __name__, url_prefix="/logs", template_folder="templates")

    def names_of(connection: Connection) -> Names:
        sealed = partial(read_sealed, connection)
        return Names(lambda number: shelf.get(number, sealed), (number_in_force(connection, day_of(now())),))

    @pages.get("")
    def search() -> str:
        wanted = read_wanted(request.args, day_of(now()))
        if isinstance(wanted, Odd):
            abort(HTTPStatus.BAD_REQUEST, str(wanted))
        with database.read() as connection:
            return render_template("logs/search.html", **_found(connection, wanted, names_of(connection)))

    @pages.get(f"/rides/<{KINDS}:kind>-<int:ride_id>")
    def ride(kind: str, ride_id: int) -> str:
        with database.read() as connection:
            names = names_of(connection)
            found = read_ride(connection, kind, ride_id, names, now()) if ride_id < 2**63 else None
        if found is None:
            abort(HTTPStatus.NOT_FOUND)
        return render_template("logs/ride.html", found=found)

    @pages.get("/records/<int:record_id>")
    def record(record_id: int) -> str:
        with database.read() as connection:
            found = find_record(connection, record_id) if record_id < 2**63 else None
            if found is None:
                abort(HTTPStatus.NOT_FOUND)
            day = _day(found.wall)
            line = record_line(found, read_event(found.body), names_of(connection), day)
            stages = follow(connection, found, day)
        return render_template(
            "logs/record.html", record=found, line=line, stages=stages, day_title=day_title(day)
        )

    @pages.get("/groups/<int:group_id>")
    def group(group_id: int) -> str:
        with database.read() as connection:
            found = store.find_group(connection, group_id) if group_id < 2**63 else None
            if found is None:
                abort(HTTPStatus.NOT_FOUND)
            day = day_of(found.posted_at)
            (posted,) = read_posted(connection, [found], day)
            before = store.find_group(connection, group_id - 1)
            about = ride_of_command(connection, found.command)
        return render_template(
            "logs/group.html",
            posted=posted,
            before=before.chain if before else "",
            about=(about.kind, about.id) if about else None,
            day_title=day_title(day),
        )

    _add_files(pages, database, shelf, now)
    return pages


def _add_files(pages: Blueprint, database: Database, shelf: EditionShelf, now: Callable[[], int]) -> None:
    """Months as CSV, and what their columns mean."""

    @pages.get("/dictionary")
    def dictionary() -> str:
        return render_template("logs/dictionary.html", files=FILES)

    @pages.get("/dictionary.csv")
    def dictionary_file() -> Response:
        return _download("dictionary", dictionary_csv(FILES))

    @pages.get("/<any(rides, records):name>.csv")
    def month_file(name: str) -> Response:
        month = request.args.get("month", "")
        first = parse_day(f"{month}-01") if _MONTH.fullmatch(month) else None
        if first is None:
            abort(HTTPStatus.BAD_REQUEST, NO_MONTH)
        columns, rows = _MONTHS[name]

        def each_day() -> Iterator[tuple[Any, ...]]:
            with database.read() as connection:
                for day in _days_of(first):
                    reading = Reading(connection, Filter(day, dated=True), shelf, now())
                    yield from rows(reading, day)

        return _download(f"{name}-{month}", pieces(columns, each_day()))


_MONTHS: dict[str, tuple[tuple[str, ...], Callable[[Reading, date], Iterator[Any]]]] = {
    "rides": (RIDE_COLUMNS, ride_rows),
    "records": (RECORD_COLUMNS, record_rows),
}


def _days_of(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += timedelta(1)


def _found(connection: Connection, wanted: Wanted, names: Names) -> dict[str, Any]:
    """What the page of a search shows."""
    meant = find(connection, wanted.text)
    stops = names.stop_ids(wanted.stop) if wanted.stop else frozenset()
    found = store.find_rides(connection, wanted, meant.keys, stops, PAGE_ROWS + 1)
    for each in meant.records:
        found += store.rides_of_record(connection, each.device, RecordRef(each.epoch, each.number))
    shown = list({(ride.means, ride.id): ride for ride in found}.values())
    next_page = wanted.query(after=_after(shown[PAGE_ROWS - 1])) if len(shown) > PAGE_ROWS else None
    return {
        "wanted": wanted,
        "lines": [(ride.kind, ride.id, _line(ride, names), ride.service_date) for ride in shown[:PAGE_ROWS]],
        "people": meant.people,
        "records": [
            (record_line(each, read_event(each.body), names, _day(each.wall)), _day(each.wall).isoformat())
            for each in meant.records
        ],
        "next_page": url_for("logs.search", **next_page) if next_page else "",
        "buses": [(each.device, each.device) for each in all_machines(connection) if each.kind == "bus"],
        "stops": [(name, name) for name in names.stop_names()],
        "states": [(state, words_for(words.STATES, state)[0]) for state in RIDE_STATES],
        "means": [(BY_CODE, "コード"), (BY_PHONE, words.BY_PHONE[0]), (BY_HAND, "手扱い")],
        "month": wanted.last.isoformat()[:7],
    }


def _line(ride: Ride, names: Names) -> Any:
    return ride_line(ride, names, parse_day(ride.service_date) or FIRST_DAY)


def _after(ride: Ride) -> After:
    return After(ride.service_date, ride.board_wall, ride.means, ride.id)


def _day(wall: int) -> date:
    """The day of a record; a machine's clock may say anything."""
    try:
        return min(max(day_of(wall), FIRST_DAY), LAST_DAY)
    except (OverflowError, ValueError):
        return FIRST_DAY


def _download(name: str, written: Iterator[str]) -> Response:
    answer = Response(stream_with_context(written), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}.csv"
    return answer
