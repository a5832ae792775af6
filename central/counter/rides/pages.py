"""A ride at the counter: what it cost and why, and setting it right together with its rider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.counter.read_person import acts_about, ride_line
from central.counter.rides.set_right import ONLY_WHOLE, set_right, set_right_shown
from central.counter.words import NO_SUCH_RIDE, WRONG_FORM
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.network.editions.store import find_edition
from central.rides.corrections.by_staff.code_ride import CodeRide
from central.rides.corrections.by_staff.decide import NotSet
from central.rides.corrections.by_staff.poles import places_of, poles_of
from central.rides.corrections.by_staff.rows import Kind
from central.rides.corrections.rows import BookedRide
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from central.rides.receipts.store import timed_ride
from central.words.names import Names


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
            names = Names(lambda number: find_edition(connection, number), ())
            places = places_of(connection, ride)
            shown = set_right_shown(connection, CodeRide(ride), asked, places, kinds_of(ride, places), now())
            return render_template(
                "counter/ride.html",
                ride=ride,
                member=timed.member,
                line=ride_line(timed, names, now()),
                ended=clock_text(timed.alighted_at, day_of(now())),
                trip=names.trip(ride.edition, ride.trip_id),
                receipt=None if isinstance(receipt, NoReceipt) else receipt,
                why_not=receipt if isinstance(receipt, NoReceipt) else "",
                poles=poles_of(connection, ride),
                acts=acts_about(connection, f"ride:{ride_id}", now()),
                refusal=refusal,
                **shown,
            )

    @pages.get("/rides/<int:ride_id>")
    def ride(ride_id: int) -> str:
        return page(ride_id, request.args)

    @pages.post("/rides/<int:ride_id>/correct")
    def correct(ride_id: int) -> ResponseReturnValue:
        with database.write() as connection:
            timed = timed_ride(connection, ride_id)
            if timed is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_RIDE)
            places = places_of(connection, timed.ride)
            kinds = frozenset(Kind)
            ride, by = CodeRide(timed.ride), staff().name
            done = set_right(connection, ride, request.form, places, kinds, by, now())
        if done is None:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        if isinstance(done, NotSet):
            return page(ride_id, request.form, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)


def kinds_of(ride: BookedRide, places: tuple[object, ...]) -> frozenset[Kind]:
    """What can be set right: the whole of it while it is open; no stops where its line is not known any more."""
    if ride.end is None:
        return ONLY_WHOLE
    return frozenset(Kind) if places else ONLY_WHOLE | {Kind.FARE}
