"""What a clerk wants set right about a ride, from the form, and what it comes to, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from central.counter.asked import whole_of
from central.database.transaction import Connection
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.asked_line import asked_line
from central.rides.corrections.by_staff.decide import (
    NotSet,
    ask,
    facts_before,
    needs_second,
    second_person_above,
)
from central.rides.corrections.by_staff.reckon import reckon
from central.rides.corrections.by_staff.rows import MAX_NOTE, Facts, Kind, Said, SetRight, Why
from central.rides.corrections.by_staff.settable import Settable
from central.rides.corrections.by_staff.words import KINDS, WHYS, moved_lines
from central.rides.corrections.rows import Place, Stops
from central.words.words import CLASSES
from rules.passes.rider_pass import RiderClass
from rules.ride.fare import MAX_FARE

MAX_PARTY = 30
ONLY_WHOLE = frozenset({Kind.VOID, Kind.BACK})
"""What may be said of a ride that nobody has ended yet."""
BY_PHONE = ONLY_WHOLE | {Kind.PARTY, Kind.FARE}
"""Where a ride by phone went the bus's door has recorded; how to say where it ended is another form."""


def set_right_shown(
    connection: Connection,
    ride: Settable,
    asked: Mapping[str, str],
    places: tuple[Place, ...],
    kinds: frozenset[Kind],
    now: int,
) -> dict[str, Any]:
    """What `counter/set_right.html` shows. With something `asked` it needs a transaction that may write."""
    wants = asked.get("kind") in kinds
    facts = facts_asked(connection, ride, asked, places) if wants else None
    preview = reckon(connection, ride, facts, now) if facts else None
    was = ride.in_force(connection)
    said = store.of_ride(connection, ride.of, ride.id)[::-1]
    lines = [asked_line(each, now) for each in said]
    return {
        "asked": asked,
        "wants": wants,
        "may_be": kinds,
        "kinds": KINDS,
        "classes": CLASSES,
        "was": was,
        "can_take_back": facts_before(connection, ride) is not None,
        "preview": preview,
        "moved": moved_lines(preview) if preview else (),
        "second": needs_second(connection, was, preview, now) if preview else False,
        "limit": second_person_above(connection, now),
        "waits": [each for each in lines if each.waits],
        "said": lines,
        "reasons": WHYS,
        "most_note": MAX_NOTE,
    }


def set_right(
    connection: Connection,
    ride: Settable,
    form: Mapping[str, str],
    places: tuple[Place, ...],
    kinds: frozenset[Kind],
    by: str,
    now: int,
) -> SetRight | NotSet | None:
    """Do what the form says, as its preview was seen by `by`; None where it is no form that we have made."""
    kind, why = form.get("kind", ""), form.get("why", "")
    if kind not in kinds or why not in set(Why):
        return None
    facts = facts_asked(connection, ride, form, places)
    if facts is None:
        return NotSet.NO_FARE
    note = " ".join(form.get("note", "").split())
    said = Said(Kind(kind), facts, Why(why), note, by)
    return ask(connection, ride, said, form.get("seen", ""), now)


def facts_asked(
    connection: Connection, ride: Settable, asked: Mapping[str, str], places: tuple[Place, ...]
) -> Facts | None:
    """What the form says of the ride, of whose trip `places` are the poles; None where that is nothing it could be."""
    was = ride.in_force(connection)
    numbers = {
        name: whole_of(asked.get(name, ""))
        for name in ("board", "alight", "class", "adults", "children", "yen")
    }
    match asked.get("kind"):
        case Kind.STOPS:
            board, alight = numbers["board"], numbers["alight"]
            if board is None or alight is None or not 0 <= board < alight < len(places):
                return None
            return replace(was, stops=Stops(places[board], places[alight]), fare=None, void=False)
        case Kind.PARTY:
            return _party(was, numbers["class"], numbers["adults"], numbers["children"])
        case Kind.FARE:
            yen = numbers["yen"]
            return None if yen is None or yen > MAX_FARE else replace(was, fare=yen, void=False)
        case Kind.VOID:
            return replace(was, void=True)
        case Kind.BACK:
            return facts_before(connection, ride)
        case _:
            return None


def _party(was: Facts, rider_class: int | None, adults: int | None, children: int | None) -> Facts | None:
    if rider_class is None or adults is None or children is None or rider_class not in set(RiderClass):
        return None
    if not 0 <= adults + children <= MAX_PARTY:
        return None
    return replace(was, rider_class=rider_class, adults=adults, children=children, fare=None, void=False)
