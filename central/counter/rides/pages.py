"""A ride at the counter: what it cost and why, and setting it right together with its rider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.counter.asked import whole_of
from central.counter.read_person import acts_about, ride_line
from central.counter.words import NO_SUCH_RIDE, WRONG_FORM
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of
from central.network.editions.store import find_edition
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.decide import NotSet, ask, facts_before, needs_second
from central.rides.corrections.by_staff.poles import places_of, poles_of
from central.rides.corrections.by_staff.reckon import in_force, reckon
from central.rides.corrections.by_staff.rows import (
    MAX_NOTE,
    SECOND_PERSON_ABOVE,
    Facts,
    Kind,
    Said,
    SetRight,
    Stands,
    Why,
)
from central.rides.corrections.by_staff.words import KINDS, STANDINGS, WHYS, moved_lines
from central.rides.corrections.rows import BookedRide, Stops
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from central.rides.receipts.store import timed_ride
from central.words.names import Names
from central.words.words import CLASSES
from rules.passes.rider_pass import RiderClass

MAX_PARTY = 30
MAX_FARE = 100_000
"""Yen that a fare set by hand may be."""


def add_rides(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    def page(ride_id: int, asked: Mapping[str, str], refusal: str = "") -> str:
        # A preview is done and undone: only the connection that writes can.
        with database.write() if "kind" in asked else database.read() as connection:
            timed = timed_ride(connection, ride_id)
            if timed is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_RIDE)
            ride = timed.ride
            receipt = read_receipt(connection, ride.device, ride.board)
            facts = facts_asked(connection, ride, asked) if "kind" in asked else None
            preview = reckon(connection, ride, facts, now()) if facts else None
            was = in_force(connection, ride)
            names = Names(lambda number: find_edition(connection, number), ())
            today = day_of(now())
            return render_template(
                "counter/ride.html",
                ride=ride,
                member=timed.member,
                line=ride_line(timed, names, now()),
                ended=clock_text(timed.alighted_at, today),
                trip=names.trip(ride.edition, ride.trip_id),
                receipt=None if isinstance(receipt, NoReceipt) else receipt,
                why_not=receipt if isinstance(receipt, NoReceipt) else "",
                poles=poles_of(connection, ride) if ride.end else (),
                asked=asked,
                kinds=KINDS,
                classes=CLASSES,
                was=was,
                can_take_back=facts_before(connection, ride) is not None,
                preview=preview,
                moved=moved_lines(preview) if preview else (),
                second=needs_second(was, preview) if preview else False,
                limit=SECOND_PERSON_ABOVE,
                waits=[
                    each
                    for each in store.of_ride(connection, ride_id)
                    if each.stands(now()) is Stands.WAITING
                ],
                said=store.of_ride(connection, ride_id)[::-1],
                standings=STANDINGS,
                stands=lambda each: each.stands(now()),
                acts=acts_about(connection, f"ride:{ride_id}", now()),
                reasons=WHYS,
                most_note=MAX_NOTE,
                refusal=refusal,
            )

    @pages.get("/rides/<int:ride_id>")
    def ride(ride_id: int) -> str:
        return page(ride_id, request.args)

    @pages.post("/rides/<int:ride_id>/correct")
    def correct(ride_id: int) -> ResponseReturnValue:
        kind, why = request.form.get("kind", ""), request.form.get("why", "")
        if kind not in set(Kind) or why not in set(Why):
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        note, seen = " ".join(request.form.get("note", "").split()), request.form.get("seen", "")
        with database.write() as connection:
            timed = timed_ride(connection, ride_id)
            if timed is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_RIDE)
            facts = facts_asked(connection, timed.ride, request.form)
            done: SetRight | NotSet = NotSet.NO_FARE
            if facts is not None:
                said = Said(Kind(kind), facts, Why(why), note, staff().name)
                done = ask(connection, ride_id, said, seen, now())
        if isinstance(done, NotSet):
            return page(ride_id, request.form, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)


def facts_asked(connection: Connection, ride: BookedRide, asked: Mapping[str, str]) -> Facts | None:
    """What the form says of the ride; None where that is nothing it could be."""
    was = in_force(connection, ride)
    numbers = {
        name: whole_of(asked.get(name, ""))
        for name in ("board", "alight", "class", "adults", "children", "yen")
    }
    match asked.get("kind"):
        case Kind.STOPS:
            places, board, alight = places_of(connection, ride), numbers["board"], numbers["alight"]
            if board is None or alight is None or not 0 <= board < alight < len(places):
                return None
            return replace(was, stops=Stops(places[board], places[alight]), fare=None, void=False)
        case Kind.PARTY:
            rider_class, adults, children = numbers["class"], numbers["adults"], numbers["children"]
            if rider_class is None or adults is None or children is None:
                return None
            if rider_class not in set(RiderClass) or not 0 <= adults + children <= MAX_PARTY:
                return None
            facts = replace(was, rider_class=rider_class, adults=adults, children=children)
            return replace(facts, fare=None, void=False)
        case Kind.FARE:
            yen = numbers["yen"]
            return None if yen is None or yen > MAX_FARE else replace(was, fare=yen, void=False)
        case Kind.VOID:
            return replace(was, void=True)
        case Kind.BACK:
            return facts_before(connection, ride)
        case _:
            return None
