"""運賃の決定: what the office charges where a feed gives no price, several, or a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.database.transaction import Database
from central.network.draft import Drafts
from central.network.fares.decide_fare import DEAREST, Kind, Ride, decide, read_yen, rides_of
from central.network.feeds.store import FeedKept, find_feed
from rules.money import Yen
from rules.network.in_force import service_day

ROWS = 50
OTHER = "other"
"""The choice of a price that the feed does not name; the amount stands in a field of its own."""
UNDECIDED = "undecided"
WRONG_YEN = (
    f"0から{DEAREST:,}までの円を数字で書いてください。ほかの行も含め、まだ何も保存していません。 / "
    f"Write whole yen from 0 to {DEAREST:,}; nothing is saved yet, of the other rows neither."
)


SHOWN: dict[str, Callable[[Ride], bool]] = {
    "open": lambda ride: ride.is_open,
    "missing": lambda ride: ride.kind is Kind.MISSING and ride.decided is None,
    "decided": lambda ride: ride.decided is not None,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rides are shown: by a word of SHOWN, all by any other. `text` is looked for in the names of stops."""

    show: str
    text: str
    page: int

    def has(self, ride: Ride) -> bool:
        """Whether a ride is among them."""
        if self.text and not any(self.text in name for name in ride.names):
            return False
        return self.show not in SHOWN or SHOWN[self.show](ride)

    def query(self, **changes: Any) -> dict[str, Any]:
        """The address's part behind the question mark."""
        query = {"show": self.show, "q": self.text, "page": self.page} | changes
        return {name: value for name, value in query.items() if value}


def fare_pages(database: Database, drafts: Drafts, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("fares", __name__, url_prefix="/network/feeds", template_folder="templates")

    def opened(feed_id: int) -> tuple[FeedKept, list[Ride]]:
        with database.read() as connection:
            feed = find_feed(connection, feed_id)
            if feed is None:
                abort(HTTPStatus.NOT_FOUND)
            return feed, rides_of(drafts.of(connection, feed_id, service_day(now())).read)

    def show(feed_id: int, typed: dict[str, str], wrong: frozenset[str] = frozenset()) -> str:
        feed, rides = opened(feed_id)
        wanted = _wanted(rides)
        return render_template(
            "fares/fares.html",
            feed=feed,
            wanted=wanted,
            typed=typed,
            wrong=wrong,
            refusal=WRONG_YEN if wrong else "",
            changed=request.args.get("changed", type=int),
            **_shown(rides, wanted),
        )

    @pages.get("/<int:feed_id>/fares")
    def page(feed_id: int) -> str:
        return show(feed_id, {})

    @pages.post("/<int:feed_id>/fares")
    def save(feed_id: int) -> ResponseReturnValue:
        _, rides = opened(feed_id)
        form = request.form.to_dict()
        wanted = _wanted(rides)
        chosen, wrong = _all_open(form, rides, wanted) if "every" in form else _chosen(form, rides)
        if wrong:
            return show(feed_id, form, wrong), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            changed = decide(connection, rides, chosen, now())
            if changed:
                staff_did(connection, "fares-decided", f"feed:{feed_id}", {"rides": changed}, now())
        query = wanted.query(changed=changed)
        return redirect(url_for("fares.page", feed_id=feed_id, **query), HTTPStatus.SEE_OTHER)

    return pages


def _wanted(rides: Sequence[Ride]) -> Wanted:
    show = request.values.get("show", "open" if any(ride.is_open for ride in rides) else "all")
    return Wanted(show, request.values.get("q", "").strip(), max(request.values.get("page", 1, type=int), 1))


def _shown(rides: Sequence[Ride], wanted: Wanted) -> dict[str, Any]:
    found = [ride for ride in rides if wanted.has(ride)]
    pages = max(-(-len(found) // ROWS), 1)
    number = min(wanted.page, pages)
    return {
        "rides": found[(number - 1) * ROWS : number * ROWS],
        "found": len(found),
        "open_found": sum(ride.is_open for ride in found),
        "page": number,
        "pages": pages,
        "counts": {"all": len(rides)} | {name: sum(map(fits, rides)) for name, fits in SHOWN.items()},
        "dearest": DEAREST,
    }


def _all_open(
    form: Mapping[str, str], rides: Sequence[Ride], wanted: Wanted
) -> tuple[dict[str, Yen | None], frozenset[str]]:
    """Every undecided ride of the list, on all its pages, at its lowest or highest price."""
    pick = max if form["every"] == "highest" else min
    return {ride.key: pick(ride.feed) for ride in rides if ride.is_open and wanted.has(ride)}, frozenset()


def _chosen(form: Mapping[str, str], rides: Sequence[Ride]) -> tuple[dict[str, Yen | None], frozenset[str]]:
    """What was chosen of the rows that were sent, and the keys of those that are no price."""
    chosen: dict[str, Yen | None] = {}
    wrong: set[str] = set()
    for ride in rides:
        choice, typed = form.get(f"choice-{ride.key}"), form.get(f"yen-{ride.key}", "").strip()
        if choice is None and not typed:
            if ride.kind is not Kind.CONFLICT and f"yen-{ride.key}" in form:
                chosen[ride.key] = None
            continue
        if choice == UNDECIDED:
            chosen[ride.key] = None
            continue
        yen = read_yen(typed if choice in (None, OTHER) else choice)
        if yen is None:
            wrong.add(ride.key)
        else:
            chosen[ride.key] = yen
    return chosen, frozenset(wrong)
