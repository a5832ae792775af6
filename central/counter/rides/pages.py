"""A ride at the counter: what it cost and why, and setting it right together with its rider."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.counter.asked import whole_of
from central.counter.correct_ride import MAX_NOTE, RideCorrected, WhyCorrected, correct_ride_at_counter
from central.counter.read_person import acts_about, ride_line
from central.counter.words import NO_SUCH_RIDE, WHY_CORRECTED, WRONG_FORM
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.network.editions.store import find_edition
from central.rides.corrections.correct_by_staff import poles_of, propose
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from central.rides.receipts.store import timed_ride
from central.words.names import Names


def add_rides(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the counter's pages. `now` gives Unix seconds."""

    def page(ride_id: int, refusal: str = "") -> str:
        with database.read() as connection:
            timed = timed_ride(connection, ride_id)
            if timed is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_RIDE)
            ride = timed.ride
            receipt = read_receipt(connection, ride.device, ride.board)
            board = request.args.get("board", ride.board_index, type=int)
            alight = request.args.get("alight", ride.alight_index, type=int)
            proposed = None
            if "board" in request.args and board is not None and alight is not None:
                proposed = propose(connection, ride, board, alight)
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
                board=board,
                alight=alight,
                proposed=proposed,
                asked="board" in request.args,
                acts=acts_about(connection, f"ride:{ride_id}", now()),
                reasons=WHY_CORRECTED,
                most_note=MAX_NOTE,
                refusal=refusal,
            )

    @pages.get("/rides/<int:ride_id>")
    def ride(ride_id: int) -> str:
        return page(ride_id)

    @pages.post("/rides/<int:ride_id>/correct")
    def correct(ride_id: int) -> ResponseReturnValue:
        board, alight, fare_from, fare_to = (
            whole_of(request.form.get(each, "")) for each in ("board", "alight", "from", "to")
        )
        why = request.form.get("why", "")
        if (
            board is None
            or alight is None
            or fare_from is None
            or fare_to is None
            or why not in set(WhyCorrected)
        ):
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
        note = " ".join(request.form.get("note", "").split())
        wanted = RideCorrected(ride_id, board, alight, fare_from, fare_to, WhyCorrected(why), note)
        with database.write() as connection:
            if timed_ride(connection, ride_id) is None:
                abort(HTTPStatus.NOT_FOUND, NO_SUCH_RIDE)
            refused = correct_ride_at_counter(connection, wanted, staff().name, now())
        if refused is not None:
            return page(ride_id, str(refused)), HTTPStatus.CONFLICT
        return redirect(url_for("counter.ride", ride_id=ride_id), HTTPStatus.SEE_OTHER)
