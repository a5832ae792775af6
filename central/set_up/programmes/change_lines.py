"""What was said of a programme, and what a change would do, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from central.japan import day_title, stamp_text
from central.programmes.in_force import kept_on
from central.programmes.keep_programmes import Difference
from central.programmes.programme_text import programme_fields
from central.programmes.store import Change
from central.set_up.programmes.read_form import Changed, differences, value_text
from central.set_up.programmes.words import FIELDS, WHAT
from central.words.words import Words


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change in a programme's history: `was` has what it said anew, `note` who took it back, "" for nobody."""

    change: Change
    what: Words
    day: str
    made: str
    was: tuple[tuple[Words, str, str], ...]
    badge: Words
    tone: str
    is_coming: bool
    note: str


def history_lines(programme: str, changes: list[Change], today: date) -> list[ChangeLine]:
    """Every change, that of the latest day first."""
    ordered = sorted(changes, key=lambda each: (each.from_day, each.id), reverse=True)
    return [_line(programme, each, changes, today) for each in ordered]


def shown_difference(found: Difference) -> dict[str, Any]:
    """What a change would do, each field with the day until which it would."""
    names = {words: name for name, words in FIELDS.items()}
    lines: list[tuple[Changed, str]] = []
    for each in differences(found.before, found.after):
        until = found.until.get(names[each.name])
        lines.append((each, "" if until is None else day_title(until)))
    return {"day": day_title(found.from_day), "lines": lines}


def _line(programme: str, change: Change, changes: list[Change], today: date) -> ChangeLine:
    first = date.fromisoformat(change.from_day)
    gone = change.withdrawn
    is_coming = gone is None and first > today
    if gone is not None:
        badge, tone = ("取り消し", "withdrawn"), ""
    elif is_coming:
        badge, tone = ("予定", "coming"), "warn"
    else:
        badge, tone = ("済み", "begun"), "good"
    return ChangeLine(
        change,
        WHAT[change.what],
        day_title(first),
        stamp_text(change.at)[:16],
        _was(programme, change, changes, first) if change.what == "changed" else (),
        badge,
        tone,
        is_coming,
        "" if gone is None else f"{stamp_text(gone.at)[:16]} {gone.said_by}: {gone.why}",
    )


def _was(
    programme: str, change: Change, changes: list[Change], first: date
) -> tuple[tuple[Words, str, str], ...]:
    """Of every field that it says anew: its words, the day before, from then on."""
    kept = kept_on(programme, changes, first - timedelta(days=1))
    assert kept is not None, "what was changed is there"
    before = programme_fields(kept.programme)
    after: Mapping[str, Any] = json.loads(change.content)
    return tuple(
        (words, value_text(name, before[name]), value_text(name, after[name]))
        for name, words in FIELDS.items()
        if name in after
    )
