"""今日 (kyō), the desk: the staff's first screen of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, url_for

from central.counter.open_till import cash_in_till
from central.counter.serve_member import TILL
from central.counter.store import last_till_day
from central.database.backup_state import backup_checks
from central.database.transaction import Connection, Database
from central.desk.backup import BackupLine, backup_lines, backup_work
from central.desk.find_work import find_work
from central.desk.machines import machine_line, machine_work
from central.desk.store import totals_by_day
from central.desk.totals import first_day_needed, total_lines
from central.desk.unsent import Unsent, read_unsent, unsent_work
from central.desk.work import worst_first
from central.japan import clock_text, day_of, day_title
from central.today import store as today_store
from central.today.filters import Filter
from central.today.reading import Reading
from central.words.names import EditionShelf
from central.words.say_event import Tone


def desk_pages(database: Database, shelf: EditionShelf, now: Callable[[], int], *, demo: bool) -> Blueprint:
    """The blueprint. `now` gives Unix seconds; nobody is asked to back up a demonstration."""
    pages = Blueprint("desk", __name__, template_folder="templates")

    @pages.get("/desk")
    def desk() -> str:
        at = now()
        folder = database.path.parent
        backup, unsent = backup_lines(backup_checks(folder, at)), read_unsent(folder, at)
        with database.read() as connection:
            shown = _shown(connection, shelf, at, backup, unsent, demo=demo)
            return render_template("desk/desk.html", **shown)

    return pages


def _shown(
    connection: Connection,
    shelf: EditionShelf,
    now: int,
    backup: list[BackupLine],
    unsent: Unsent | None,
    *,
    demo: bool,
) -> dict[str, Any]:
    today = day_of(now)
    heard = {each.device: each.heard_at for each in today_store.machines(connection)}
    reading = Reading(connection, Filter(today), shelf, now)
    machines = [machine_line(line, heard.get(line.device)) for line in reading.machines]
    work = find_work(connection, shelf, now)
    work += [each for each in map(machine_work, machines) if each is not None]
    work += [] if demo else backup_work(backup)
    work += unsent_work(unsent)
    yesterday = today - timedelta(1)
    till = last_till_day(connection, TILL)
    is_open = till is not None and till.first_count is None
    return {
        "work": [
            (
                each,
                clock_text(each.since, today),
                url_for(each.endpoint, _anchor=each.anchor or None, **dict[str, Any](each.args)),
            )
            for each in worst_first(work, now)
        ],
        "marks": {Tone.BAD: ("すぐに", "now"), Tone.WARN: ("きょう中に", "today")},
        "machines": machines,
        "backup": backup,
        "unsent": unsent,
        "totals": total_lines(totals_by_day(connection, first_day_needed(yesterday), yesterday), yesterday),
        "yesterday": day_title(yesterday),
        "yesterday_link": url_for("today.today", date=yesterday.isoformat()),
        "day_title": day_title(today),
        "at": clock_text(now, today),
        "till": till if is_open else None,
        "expected": cash_in_till(connection, till) if till is not None and is_open else 0,
    }
