"""停留所の位置: where a bus counts as being at a stop, corrected on a map that is drawn from the feed itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.database.transaction import Connection, Database
from central.japan import stamp_text
from central.network.draft import Drafts
from central.network.feeds.store import newest_feed
from central.network.geofences.carry_over import swallowed, unused_corrections
from central.network.geofences.correct_geofence import (
    FURTHEST_M,
    LARGEST_M,
    SMALLEST_M,
    Circle,
    NotCorrected,
    correct,
    uncorrect,
)
from central.network.geofences.map_data import map_data, neighbours_of
from central.network.geofences.store import geofences_corrected, said_of
from rules.network.edition import Edition
from rules.network.geofence import GeofenceSource
from rules.network.in_force import service_day
from rules.network.stops import Stop, distance_m

REFUSALS = {
    NotCorrected.RADIUS: f"半径を{SMALLEST_M:.0f}から{LARGEST_M:.0f}mの間にしてください。 / "
    f"Let the radius be from {SMALLEST_M:.0f} to {LARGEST_M:.0f} m.",
    NotCorrected.TOO_FAR: f"標柱から{FURTHEST_M:.0f}m以上離れています。位置を確かめてください。 / "
    f"That is more than {FURTHEST_M:.0f} m from the pole; check the position.",
}
NO_NUMBER = "緯度・経度・半径を数字で入れてください。 / Give latitude, longitude and radius as numbers."


def geofence_pages(database: Database, drafts: Drafts, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("geofences", __name__, url_prefix="/network/geofences", template_folder="templates")
    desk = _Desk(database, drafts, now)
    pages.add_url_rule("", "page", desk.page, methods=["GET"])
    pages.add_url_rule("", "save", desk.save, methods=["POST"])
    pages.add_url_rule("/map.json", "map", desk.map, methods=["GET"])
    pages.add_url_rule("/back", "back", desk.back, methods=["POST"])
    pages.add_url_rule("/carry", "carry", desk.carry, methods=["POST"])
    return pages


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    drafts: Drafts
    now: Callable[[], int]

    def page(self) -> ResponseReturnValue:
        return self._show(request.args.get("stop", ""))

    def map(self) -> ResponseReturnValue:
        with self.database.read() as connection:
            edition = self._edition(connection)
        return jsonify(map_data(edition) if edition else {"lines": [], "poles": []})

    def save(self) -> ResponseReturnValue:
        """The geofence of a pole, as typed or drawn."""
        stop_id, typed = request.form.get("stop", ""), request.form.to_dict()
        circle = _circle(typed)
        with self.database.read() as connection:
            edition = self._edition(connection)
        if edition is None or stop_id not in edition.stops:
            abort(HTTPStatus.NOT_FOUND)
        if circle is None:
            return self._show(stop_id, typed, NO_NUMBER), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            refused = correct(connection, edition.stops[stop_id], circle, self.now())
            if refused is None:
                place = _fields(circle.lat, circle.lon, circle.radius_m)
                staff_did(connection, "geofence-corrected", f"stop:{stop_id}", place, self.now())
        if refused:
            return self._show(stop_id, typed, REFUSALS[refused]), HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(stop_id)

    def back(self) -> ResponseReturnValue:
        """As the feed says, again."""
        stop_id = request.form.get("stop", "")
        with self.database.write() as connection:
            edition = self._edition(connection)
            # A pole that is gone is known by what was said of it.
            if (edition is None or stop_id not in edition.stops) and not said_of(connection, stop_id):
                abort(HTTPStatus.NOT_FOUND)
            uncorrect(connection, stop_id, self.now())
            staff_did(connection, "geofence-as-the-feed", f"stop:{stop_id}", {}, self.now())
        return _to(stop_id)

    def carry(self) -> ResponseReturnValue:
        """The correction of a pole that is gone, for the pole it became."""
        stop_id, at = request.form.get("stop", ""), self.now()
        with self.database.write() as connection:
            edition, corrections = self._edition(connection), geofences_corrected(connection)
            unused = unused_corrections(edition.stops, corrections) if edition else []
            found = next((each for each in unused if each.stop_id == stop_id), None)
            if found is None or found.now is None:
                abort(HTTPStatus.NOT_FOUND)
            was, pole = found.correction, found.now
            refused = correct(connection, pole, Circle(was.lat, was.lon, was.radius_m), at)
            if refused is None:
                uncorrect(connection, stop_id, at)
                staff_did(connection, "geofence-carried", f"stop:{pole.stop_id}", {"from": stop_id}, at)
        if refused:
            fields = _fields(was.lat, was.lon, was.radius_m)
            return self._show(pole.stop_id, fields, REFUSALS[refused]), HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(pole.stop_id)

    def _edition(self, connection: Connection) -> Edition | None:
        feed_id = newest_feed(connection)
        if feed_id is None:
            return None
        return self.drafts.of(connection, feed_id, service_day(self.now())).read.draft

    def _show(self, stop_id: str, typed: dict[str, str] | None = None, refusal: str = "") -> str:
        with self.database.read() as connection:
            edition = self._edition(connection)
            if edition is None:
                return render_template("geofences/geofences.html", edition=None)
            corrections = geofences_corrected(connection)
            said = said_of(connection, stop_id)
        return render_template(
            "geofences/geofences.html",
            edition=edition,
            poles=_listed(edition),
            unused=unused_corrections(edition.stops, corrections),
            refusal=refusal,
            saved=request.args.get("saved"),
            limits={"radius": (SMALLEST_M, LARGEST_M)},
            stamp=stamp_text,
            **_chosen(edition, edition.stops.get(stop_id), typed),
            said=said,
        )


def _to(stop_id: str) -> ResponseReturnValue:
    return redirect(url_for("geofences.page", stop=stop_id, saved=1), HTTPStatus.SEE_OTHER)


def _circle(form: dict[str, str]) -> Circle | None:
    try:
        lat, lon, radius_m = (float(form.get(name, "")) for name in ("lat", "lon", "radius"))
    except ValueError:
        return None
    # Also what is no number at all: every comparison with it is false.
    return Circle(lat, lon, radius_m) if abs(lat) <= 90 and abs(lon) <= 180 and radius_m >= 0 else None


def _fields(lat: float, lon: float, radius_m: float) -> dict[str, str]:
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "radius": f"{radius_m:.0f}"}


def _listed(edition: Edition) -> list[Stop]:
    """The poles, those first whose geofence the office corrected, then as the lines come to them."""
    order = {stop_id: None for pattern in edition.patterns for stop_id in pattern.stop_ids}
    along = {stop_id: place for place, stop_id in enumerate([*order, *edition.stops])}
    return sorted(
        edition.stops.values(),
        key=lambda stop: (stop.geofence.source is GeofenceSource.FEED, along[stop.stop_id]),
    )


def _chosen(edition: Edition, stop: Stop | None, typed: dict[str, str] | None) -> dict[str, Any]:
    if stop is None:
        return {"stop": None}
    fence = stop.geofence
    return {
        "stop": stop,
        "fields": _fields(fence.lat, fence.lon, fence.radius_m) | (typed or {}),
        "moved_m": distance_m(stop.lat, stop.lon, fence.lat, fence.lon),
        "swallowed": swallowed(edition.stops, neighbours_of(edition), stop.stop_id),
    }
