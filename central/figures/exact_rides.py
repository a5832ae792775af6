"""Riders by trip, by stop and by day, for those who may see every number. Nothing of it is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from central.figures.figure import Exact
from central.figures.store import Journey
from central.words.names import Names
from central.words.words import Words

_RIDERS: Words = ("のべ人数", "riders")


def exact_rides(rides: Collection[Journey], names: Names) -> tuple[Exact, ...]:
    """Everybody counts once for each ride; whose alighting is not known is in none of them."""
    trips, on, off, days = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for each in rides:
        trips[str(names.trip(each.edition, each.trip_id))] += each.riders
        on[names.stop(each.edition, each.start)] += each.riders
        off[names.stop(each.edition, each.end)] += each.riders
        days[each.day] += each.riders
    stops = dict.fromkeys([*filter((on + off).__contains__, names.stop_names()), *on, *off])
    return (
        Exact(("便ごと", "by trip"), (("便", "trip"), _RIDERS), tuple(sorted(trips.items()))),
        Exact(
            ("停留所ごと", "by stop"),
            (("停留所", "stop"), ("乗った人", "boarded"), ("降りた人", "alighted")),
            tuple((stop, on[stop], off[stop]) for stop in stops),
        ),
        Exact(("日ごと", "by day"), (("運行日", "day"), _RIDERS), tuple(sorted(days.items()))),
    )
