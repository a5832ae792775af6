"""The audit log for those at the office who may read it."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, render_template, request

from central.audit import store
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.words.acts import ACTS

SHOWN = 100


def audit_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")

    @pages.get("")
    def log() -> str:
        who, about = request.args.get("who", "").strip(), request.args.get("about", "").strip()
        before = request.args.get("before", 0, type=int)
        with database.read() as connection:
            found = store.newest_entries(connection, SHOWN + 1, who, about, max(0, min(before, 2**62)))
        today = day_of(now())
        lines = [
            (entry, clock_text(entry.at, today, seconds=True), json.loads(entry.detail))
            for entry in found[:SHOWN]
        ]
        older = found[SHOWN - 1].id if len(found) > SHOWN else 0
        return render_template("audit/log.html", lines=lines, acts=ACTS, who=who, about=about, older=older)

    return pages
