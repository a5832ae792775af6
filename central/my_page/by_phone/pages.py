"""`/ride`, where the code that a bus shows leads to: the phone reads the bus. Nothing acts without a touch."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from central.access.who import member
from central.database.transaction import Connection, Database
from central.network.editions.store import find_edition
from central.rides.by_phone.take_claim import take_claim
from central.rides.by_phone.word_now import word_now
from rules.passes.bus_code import PATH
from rules.ride.phone_ride import NotTaken, Opening

MAX_REQUEST_BYTES = 1024
GEOLOCATION = "camera=(), microphone=(), geolocation=(self)"


def ride_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The page and what takes in what it notes. `now` gives Unix seconds."""
    pages = Blueprint("by_phone", __name__)

    @pages.get(PATH.rstrip("#"))
    def ride() -> ResponseReturnValue:
        return render_template("my_page/ride.html"), {"Permissions-Policy": GEOLOCATION}

    @pages.post("/m/api/ride")
    def take() -> ResponseReturnValue:
        request.max_content_length = MAX_REQUEST_BYTES
        asked, me = request.get_json(silent=True), member().member
        if not isinstance(asked, dict):
            abort(HTTPStatus.BAD_REQUEST)
        if asked.get("member", me) != me:
            # Noted by somebody else on the same phone: it waits until they sign in.
            return {"error": "other-member"}, HTTPStatus.CONFLICT
        with database.write() as connection:
            taken = take_claim(connection, me, asked, now())
            if isinstance(taken, NotTaken):
                return {"error": str(taken)}, HTTPStatus.CONFLICT
            return {"stop": taken.opening and _stop(connection, taken.opening)}

    @pages.get("/m/api/word")
    def word() -> ResponseReturnValue:
        with database.read() as connection:
            return {"word": word_now(connection, request.args.get("bus", ""), now())}

    return pages


def _stop(connection: Connection, opening: Opening) -> tuple[str, str] | None:
    edition = find_edition(connection, opening.edition)
    if edition is None or opening.stop_index is None:
        return None
    stop = edition.stops_of(opening.trip_id)[opening.stop_index]
    return stop.name, stop.name_en
