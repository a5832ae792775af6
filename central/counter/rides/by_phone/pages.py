"""A ride by a phone that read the bus, at the counter: what it cost and why, and where it ended if nobody said so."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.counter.read_person import phone_ride_line
from central.counter.words import NO_SUCH_PHONE_RIDE, WRONG_FORM
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.network.editions.store import find_edition
from central.rides.by_phone.alighted_there import NotThere, alighted_there
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.rides.by_phone.store import ride_with_id
from central.rides.corrections.by_staff.rows import MAX_NOTE
from central.rides.receipts.read_receipt import NoReceipt
from central.words.names import Names


def add_rides_by_phone(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    def page(ride_id: int, refusal: str = "") -> str:
        with database.read() as connection:
            found = ride_with_id(connection, ride_id)
            if found is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_PHONE_RIDE)
            key, ride = found
            known = ride.known
            receipt = read_phone_receipt(connection, ride_id)
            edition = find_edition(connection, known.edition)
            names = Names(lambda number: find_edition(connection, number), ())
            further = edition.stops_of(key.trip_id)[known.board_index + 1 :] if edition else ()
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
                most_note=MAX_NOTE,
                refusal=refusal,
            )

    @pages.get("/rides/phone/<int:ride_id>")
    def phone_ride(ride_id: int) -> str:
        return page(ride_id)

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
            return page(ride_id, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.phone_ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)
