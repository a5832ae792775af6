"""What the office says where a feed is wrong. The feed itself is never touched.

A correction was made looking at something; where the feed says something else by now it is not used, and that is
reported, so that nothing old is applied silently to something new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rules.money import Yen
from rules.network.fares import FareProblem, FareTable, Pair
from rules.network.feed.problems import Problems
from rules.network.geofence import Geofence, GeofenceSource
from rules.network.stops import Stop, distance_m

SAME_PLACE_M = 100.0
"""A pole that moved further in the feed is not the one whose geofence was corrected."""
MAX_NAMED = 20
"""Corrections not used are named one by one up to here, then counted."""


@dataclass(frozen=True, slots=True)
class GeofenceCorrection:
    """Where a pole's geofence really lies, and the pole as the feed had it when that was said. Degrees and metres."""

    lat: float
    lon: float
    radius_m: float
    pole_name: str
    pole_lat: float
    pole_lon: float

    def fits(self, pole: Stop) -> bool:
        """Whether the pole is still the one it was made for."""
        return distance_m(self.pole_lat, self.pole_lon, pole.lat, pole.lon) <= SAME_PLACE_M


@dataclass(frozen=True, slots=True)
class FareDecision:
    """The adult fare of a pair, and what the feed said when it was decided: no price, one, or several, rising."""

    yen: Yen
    among: tuple[Yen, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """All of them: geofences by stop_id, fares by pair."""

    geofences: Mapping[str, GeofenceCorrection] = field(default_factory=dict)
    fares: Mapping[Pair, FareDecision] = field(default_factory=dict)


def correct_geofences(
    poles: Mapping[str, Stop], corrections: Mapping[str, GeofenceCorrection], problems: Problems
) -> dict[str, Stop]:
    """The poles with the geofences that the office corrected."""
    corrected = dict(poles)
    unused: list[str] = []
    for stop_id, correction in corrections.items():
        pole = poles.get(stop_id)
        if pole is None or not correction.fits(pole):
            unused.append(f"{correction.pole_name}({stop_id})")
            continue
        fence = Geofence(correction.lat, correction.lon, correction.radius_m, GeofenceSource.OFFICE)
        corrected[stop_id] = replace(pole, geofence=fence)
    _report_unused(
        "stops.txt",
        unused,
        "位置の補正を使いません。標柱がデータにないか、{metres}m以上動きました。「停留所の位置」で確かめてください",
        "the corrected geofence is not used: the pole is gone from the feed or moved more than {metres} m; "
        "look at it on the page of geofences",
        problems,
    )
    return corrected


def decide_fares(
    feed: FareTable, pairs: tuple[Pair, ...], decisions: Mapping[Pair, FareDecision], problems: Problems
) -> FareTable:
    """The fares with what the office decided. A decision holds while the feed says what it said then."""
    prices, conflicts = dict(feed.prices), dict(feed.conflicts)
    known = set(pairs)
    unused: list[str] = []
    for pair, decision in decisions.items():
        if pair not in known or prices_of(feed, pair) != decision.among:
            unused.append(" ".join(pair))
            continue
        conflicts.pop(pair, None)
        prices[pair] = decision.yen
    _report_unused(
        "fare_rules.txt",
        unused,
        "決めた運賃を使いません。区間がデータにないか、データの運賃が変わりました。「運賃の決定」で確かめてください",
        "the fare decided is not used: the pair is gone from the feed or its prices changed; "
        "look at it on the page of fares",
        problems,
    )
    return FareTable(prices, conflicts)


def prices_of(fares: FareTable, pair: Pair) -> tuple[Yen, ...]:
    """What the table says of a pair: no price, one, or several, rising."""
    fare = fares.adult(*pair)
    if fare is FareProblem.CONFLICT:
        return fares.conflicts[pair]
    return () if isinstance(fare, FareProblem) else (fare,)


def _report_unused(
    file: str, unused: list[str], message_ja: str, message_en: str, problems: Problems
) -> None:
    ja, en = (text.format(metres=f"{SAME_PLACE_M:.0f}") for text in (message_ja, message_en))
    for name in unused[:MAX_NAMED]:
        problems.warn(file, 0, f"{name}: {ja}。", f"{name}: {en}.")
    more = len(unused) - MAX_NAMED
    if more > 0:
        problems.warn(file, 0, f"ほか{more}件も同じです。", f"The same for {more} more.")
