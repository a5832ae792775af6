"""Riders by trip, by stop and by day, and who came again, for those who may see every number. Nothing is published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from central.figures.figure import Exact, Month
from central.figures.store import Journey
from central.words.names import Names
from central.words.words import Words

_RIDERS: Words = ("のべ人数", "riders")
_AGAIN = ((1, "1日 / once"), (3, "2〜3日 / 2–3"), (9, "4〜9日 / 4–9"), (31, "10日以上 / 10 or more"))
"""On how many days of the month somebody rode: up to so many."""


def exact_rides(rides: Collection[Journey], names: Names, month: Month) -> tuple[Exact, ...]:
    """Everybody counts once for each ride; whose alighting is not known is in none of them."""
    if not rides:
        return ()
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
        Exact(
            ("日ごと", "by day"),
            (("運行日", "day"), _RIDERS),
            tuple((str(day), days[str(day)]) for day in month.days),
        ),
        _again(rides),
    )


def _again(rides: Collection[Journey]) -> Exact:
    """How many rode on how many days: those who have a pass or a phone of their own, as nobody knows the others."""
    ridden: defaultdict[str, set[str]] = defaultdict(set)
    for each in rides:
        if each.who:
            ridden[each.who].add(each.day)
    people = Counter(next(words for most, words in _AGAIN if len(days) <= most) for days in ridden.values())
    return Exact(
        ("何日乗ったか", "days ridden"),
        (("日数", "days"), ("人数", "people")),
        tuple((words, people[words]) for _, words in _AGAIN),
        (
            "手扱いの方と同行の方は、だれか分からないため入っていません。",
            "Riders by hand and companions, whom nobody knows, are not in it.",
        ),
    )
