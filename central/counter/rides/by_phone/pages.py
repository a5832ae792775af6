"""A ride by a phone that read the bus, at the counter: what it cost and why, and where it ended if nobody said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.counter.read_person import acts_about, phone_ride_line
from central.counter.rides.set_right import BY_PHONE, ONLY_WHOLE, set_right, set_right_shown
from central.counter.words import NO_SUCH_PHONE_RIDE, WRONG_FORM
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.network.editions.store import find_edition
from central.rides.by_phone.alighted_there import NotThere, alighted_there
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.rides.by_phone.store import RideRow, ride_with_id
from central.rides.corrections.by_staff.decide import NotSet
from central.rides.corrections.by_staff.phone_ride import PhoneRide
from central.rides.corrections.by_staff.rows import MAX_NOTE, Kind
from central.rides.receipts.read_receipt import NoReceipt
from central.words.names import Names


def add_rides_by_phone(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    def page(ride_id: int, asked: Mapping[str, str], refusal: str = "") -> str:
        # A preview is done and undone: only the connection that writes can.
        with database.write() if "kind" in asked else database.read() as connection:
            found = ride_with_id(connection, ride_id)
            if found is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_PHONE_RIDE)
            key, ride = found
            known = ride.known
            receipt = read_phone_receipt(connection, ride_id)
            edition = find_edition(connection, known.edition)
            names = Names(lambda number: find_edition(connection, number), ())
            further = edition.stops_of(key.trip_id)[known.board_index + 1 :] if edition else ()
            may_be = kinds_of(ride)
            shown = set_right_shown(connection, PhoneRide(key, ride), asked, (), may_be, now())
            return render_template(
                "counter/phone_ride.html",
                key=key,
                ride=ride,
                line=phone_ride_line(key, ride, names, now()),
                ended=clock_text(known.alight_wall, day_of(now())),
                trip=names.trip(known.edition, key.trip_id),
                receipt=None if isinstance(receipt, NoReceipt) else receipt,
                why_not=receipt if isinstance(receipt, NoReceipt) else "",
                further=further if known.state in ("open", "provisional") else (),
                acts=acts_about(connection, f"phone-ride:{ride_id}", now()),
                refusal=refusal,
                **shown,
            )

    @pages.get("/rides/phone/<int:ride_id>")
    def phone_ride(ride_id: int) -> str:
        return page(ride_id, request.args)

    @pages.post("/rides/phone/<int:ride_id>/correct")
    def correct_phone_ride(ride_id: int) -> ResponseReturnValue:
        with database.write() as connection:
            found = ride_with_id(connection, ride_id)
            if found is None or not kinds_of(found[1]):
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_PHONE_RIDE)
            ride, by = PhoneRide(*found), staff().name
            done = set_right(connection, ride, request.form, (), BY_PHONE, by, now())
        if done is None:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        if isinstance(done, NotSet):
            return page(ride_id, request.form, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.phone_ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)

    @pages.post("/rides/phone/<int:ride_id>/ended")
    def phone_ride_ended(ride_id: int) -> ResponseReturnValue:
        stop, why = request.form.get("stop", ""), " ".join(request.form.get("why", "").split())
        if not stop or not 0 < len(why) <= MAX_NOTE:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        with database.write() as connection:
            done = alighted_there(connection, ride_id, stop, staff().name, why, now())
        if done is NotThere.NO_RIDE:
            abort(HTTPStatus.NOT_FOUND, NO_SUCH_PHONE_RIDE)
        if isinstance(done, NotThere):
            return page(ride_id, {}, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.phone_ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)


def kinds_of(ride: RideRow) -> frozenset[Kind]:
    """What can be set right about it: nothing where the bus's own ride is charged, or none is left."""
    if ride.known.state in ("void", "double"):
        return frozenset()
    return ONLY_WHOLE if ride.known.state == "open" else BY_PHONE
