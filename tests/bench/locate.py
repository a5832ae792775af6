"""`locate`: at which stop a tap was. The filter beside the simple ways, on simulated runs, one condition at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from tests.bench.machine import make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile
from tests.drives.drive import Conditions, Run, run_of
from tests.drives.methods import SIMPLE, Told, With, by_filter, by_simple, noticed_s

RUNS = 6
"""Trips of each line in the usual conditions; a third of them in each of the others."""
LONG_RUNS = 60
ROOT = Path(__file__).parents[2]
REAL_FEEDS = ROOT.parent / "shared" / "data" / "gtfs"
REAL = ("kitaena", "jrbus_kusatsu")
USUAL = "usual"
CONDITIONS = {
    USUAL: Conditions(),
    "noise_5m": Conditions(noise_m=5),
    "noise_10m": Conditions(noise_m=10),
    "noise_50m": Conditions(noise_m=50),
    "lost_0": Conditions(lost=0.0),
    "lost_60": Conditions(lost=0.6),
    "open_sky": Conditions(tunnels=0, shadows=0),
    "tunnels_3": Conditions(tunnels=3),
    "shadows_2": Conditions(shadows=2),
    "cold_start": Conditions(cold_start=True),
    "restart": Conditions(restart=True),
    "early": Conditions(early=True),
    "dead_wheels": Conditions(dead_wheels=True),
    "detour": Conditions(detour=True),
}
FILTERS = {
    "gps": With(door=False),
    "door": With(),
    "door_asking": With(driver=True),
    "wheels": With(wheels=True),
    "wheels_asking": With(wheels=True, driver=True),
}
IN_OTHERS = ("door", "door_asking", "wheels")
WORDS = {
    "nearest_of_trip": "便の最寄り停留所 / nearest stop of the trip",
    "nearest": "最寄り停留所 / nearest stop",
    "projection": "路線上の位置、後戻りなし / projection, never backwards",
    "gps": "フィルタ（GPSのみ） / filter, GPS only",
    "door": "＋扉 / + door",
    "door_asking": "＋扉＋運転士 / + door, driver",
    "wheels": "＋扉＋車速 / + door, pulses",
    "wheels_asking": "＋扉＋車速＋運転士 / + door, pulses, driver",
}
Z_95 = 1.96


@dataclass(slots=True)
class Tally:
    """What one way got right. `openings` are the stops at which somebody tapped: taps of one stop share their fate."""

    trips: int = 0
    taps: int = 0
    right: int = 0
    near: int = 0
    openings: int = 0
    rides: int = 0
    over: int = 0
    under: int = 0
    unflagged: int = 0
    questions: int = 0

    @property
    def right_percent(self) -> float:
        """The share of taps at the right stop."""
        return 100.0 * self.right / self.taps

    @property
    def wrong_fare_percent(self) -> float:
        """The share of riders who pay too much or too little."""
        return 100.0 * (self.over + self.under) / max(1, self.rides)

    def figures(self) -> dict[str, float]:
        """All of it, in percent, with the 95 % intervals."""
        low, high = interval(self.right / self.taps, self.openings)
        wrong = (self.over + self.under) / max(1, self.rides)
        wrong_low, wrong_high = interval(wrong, self.openings)
        rides = max(1, self.rides)
        asked = self.questions / self.trips
        asked_aside = Z_95 * sqrt(asked / self.trips)
        return {
            "right_percent": self.right_percent,
            "right_low_percent": 100 * low,
            "right_high_percent": 100 * high,
            "within_one_percent": 100.0 * self.near / self.taps,
            "wrong_fare_percent": 100 * wrong,
            "wrong_fare_low_percent": 100 * wrong_low,
            "wrong_fare_high_percent": 100 * wrong_high,
            "overcharged_percent": 100.0 * self.over / rides,
            "undercharged_percent": 100.0 * self.under / rides,
            "wrong_unflagged_percent": 100.0 * self.unflagged / rides,
            "questions_a_trip": asked,
            "questions_low": max(0.0, asked - asked_aside),
            "questions_high": asked + asked_aside,
        }


def interval(share: float, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share seen among `of` cases."""
    z2 = Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    aside = Z_95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - aside), min(1.0, middle + aside)


@dataclass(slots=True)
class Measured:
    """All tallies by (line, condition, way), microseconds of each fix taken, seconds until a wrong way was noticed."""

    tallies: dict[tuple[str, str, str], Tally]
    micros: list[float]
    noticed_s: list[float]


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Drive `runs` trips of each line in the usual conditions, fewer in the others. Raises NoRealDisk as the others do.

    YUKEMURI_LONG=1 drives LONG_RUNS of each line in every condition, with everything a filter may be given.
    """
    make_on_disk(data)
    long = os.environ.get("YUKEMURI_LONG") == "1"
    runs = max(runs, LONG_RUNS) if long else runs
    lines = {"demo": read_feed(ROOT / "hil" / "line").draft}
    lines |= {name: read_feed(REAL_FEEDS / name).draft for name in REAL if (REAL_FEEDS / name).is_dir()}
    measured = Measured({}, [], [])
    for seed in range(runs):
        for line, edition in lines.items():
            trips = sorted(trip for trip in edition.trips if len(edition.stops_of(trip)) > 2)
            trip_id = trips[seed * 7 % len(trips)]
            for condition, world in CONDITIONS.items():
                if condition == USUAL or long or seed % 3 == 0:
                    run = run_of(edition, trip_id, world, seed)
                    every = condition == USUAL or long
                    _drive(measured, (line, condition), edition, trip_id, run, seed, every=every)
            back = replace(CONDITIONS["open_sky"], reverse=True)
            measured.noticed_s.append(noticed_s(edition, trip_id, run_of(edition, trip_id, back, seed)))
        progress(seed + 1)
    return result(measured, runs, data)


def _drive(
    measured: Measured,
    where: tuple[str, str],
    edition: Edition,
    trip_id: str,
    run: Run,
    seed: int,
    *,
    every: bool,
) -> None:
    told = by_simple(edition, trip_id, run)
    for name, given in FILTERS.items():
        if every or name in IN_OTHERS:
            told[name] = by_filter(edition, trip_id, run, given, seed)
            measured.micros += told[name].micros
    for name, one in told.items():
        count(measured.tallies.setdefault((*where, name), Tally()), edition, trip_id, run, one)


def count(tally: Tally, edition: Edition, trip_id: str, run: Run, told: Told) -> None:
    """Add one run to the tally."""
    tally.trips += 1
    tally.questions += told.questions
    tally.openings += len({stop for rider in run.riders for stop in (rider.board, rider.alight)})
    for number, rider in enumerate(run.riders):
        board, alight = told.answers[number, True], told.answers[number, False]
        for said, true in ((board.stop, rider.board), (alight.stop, rider.alight)):
            tally.taps += 1
            tally.right += said == true
            tally.near += said >= 0 and abs(said - true) <= 1
        due = _fare(edition, trip_id, rider.board, rider.alight)
        if due is None:
            continue
        tally.rides += 1
        paid = _fare(edition, trip_id, board.stop, alight.stop)
        # Where the stops said have no fare, the rider pays nothing until the office looks.
        tally.over += paid is not None and paid > due
        tally.under += paid is None or paid < due
        tally.unflagged += paid != due and not (board.flagged or alight.flagged)


def _fare(edition: Edition, trip_id: str, board: int, alight: int) -> int | None:
    pattern = edition.pattern_of(trip_id)
    if not 0 <= board < alight:
        return None
    fare = edition.fares.adult(pattern.route_id, pattern.stop_ids[board], pattern.stop_ids[alight])
    return None if isinstance(fare, FareProblem) else int(fare)


def pooled(tallies: Mapping[tuple[str, str, str], Tally], condition: str, way: str) -> Tally:
    """All lines together."""
    whole = Tally()
    for (_, this, name), tally in tallies.items():
        if (this, name) == (condition, way):
            for field in Tally.__slots__:
                setattr(whole, field, getattr(whole, field) + getattr(tally, field))
    return whole


def result(measured: Measured, runs: int, data: Path) -> Result:
    """The figures against the targets. Those of one condition hold for all lines together."""
    tallies = measured.tallies
    metrics: dict[str, float] = {}
    limits: dict[str, float] = {}
    for condition in CONDITIONS:
        for way in WORDS:
            tally = pooled(tallies, condition, way)
            if tally.trips:
                into = limits if way in SIMPLE else metrics
                into |= {f"{condition}_{way}_{name}": value for name, value in tally.figures().items()}
    for (line, condition, way), tally in tallies.items():
        if condition == USUAL:
            into = limits if way in SIMPLE else metrics
            into[f"{line}_{way}_right_percent"] = tally.right_percent
            into[f"{line}_{way}_wrong_fare_percent"] = tally.wrong_fare_percent
    behind = {
        condition: max(pooled(tallies, condition, way).right_percent for way in SIMPLE)
        - pooled(tallies, condition, "door").right_percent
        for condition in CONDITIONS
        if pooled(tallies, condition, "door").trips
    }
    door, asking = pooled(tallies, USUAL, "door"), pooled(tallies, USUAL, "door_asking")
    wheels = pooled(tallies, USUAL, "wheels_asking")
    micros = sum(measured.micros) / len(measured.micros)
    missed = sum(seconds == float("inf") for seconds in measured.noticed_s)
    seen = [seconds for seconds in measured.noticed_s if seconds < float("inf")]
    metrics |= {
        "worst_points_behind_simple": max(behind.values()),
        "fix_mean_us": micros,
        "fix_p99_us": percentile(measured.micros, 0.99),
        "wrong_way_missed": missed,
        "wrong_way_noticed_p50_s": percentile(seen, 0.5) if seen else -1.0,
    }
    return Result(
        name="locate",
        metrics=metrics,
        limits=limits,
        checks={
            "door_right_percent": Check(door.right_percent, 99.2, Bound.AT_LEAST),
            "door_wrong_fare_percent": Check(door.wrong_fare_percent, 1.5, Bound.AT_MOST),
            "asking_right_percent": Check(asking.right_percent, 99.8, Bound.AT_LEAST),
            "questions_a_trip": Check(asking.questions / asking.trips, 2.5, Bound.AT_MOST),
            "wheels_right_percent": Check(wheels.right_percent, 99.9, Bound.AT_LEAST),
            "wheels_questions_a_trip": Check(wheels.questions / wheels.trips, 0.1, Bound.AT_MOST),
            "points_behind_simple": Check(max(behind.values()), 0.3, Bound.AT_MOST),
            "fix_ms": Check(micros / 1000.0, 1.0, Bound.AT_MOST),
        },
        machine=this_machine(data),
        runs=runs,
        table=_table(tallies),
    )


def _span(figures: Mapping[str, float]) -> str:
    return f"({figures['right_low_percent']:.1f}–{figures['right_high_percent']:.1f})"


def _table(tallies: Mapping[tuple[str, str, str], Tally]) -> tuple[tuple[str, ...], ...]:
    ways = {way: pooled(tallies, USUAL, way) for way in WORDS}
    rows = [
        (
            WORDS[way],
            f"{figures['right_percent']:.1f} {_span(figures)}",
            f"{figures['within_one_percent']:.1f}",
            f"{figures['wrong_fare_percent']:.1f}",
            f"{figures['wrong_unflagged_percent']:.1f}",
            f"{figures['questions_a_trip']:.1f}",
        )
        for way, tally in ways.items()
        if tally.trips
        for figures in (tally.figures(),)
    ]
    worlds = [
        (
            f"{condition}: 最良の単純な方法 → 扉 → 扉＋運転士 → 扉＋車速 / best simple → filters",
            " → ".join(
                [
                    f"{max(pooled(tallies, condition, way).right_percent for way in SIMPLE):.1f}",
                    *(f"{pooled(tallies, condition, way).right_percent:.1f}" for way in IN_OTHERS),
                ]
            ),
            "",
            f"{pooled(tallies, condition, 'door').wrong_fare_percent:.1f}",
            "",
            f"{pooled(tallies, condition, 'door_asking').figures()['questions_a_trip']:.1f}",
        )
        for condition in CONDITIONS
        if condition != USUAL and pooled(tallies, condition, "door").trips
    ]
    head = (
        "% （95%区間 / interval）",
        "正しい停留所 / right stop",
        "±1",
        "誤運賃 / wrong fare",
        "うち無印 / unflagged",
        "質問 / questions a trip",
    )
    return (head, *rows, *worlds)
