"""The benchmark of the locator: it counts what riders pay, repeats its runs by seed, and speaks the surface's JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.stops import distance_m
from tests.bench import __main__ as cli
from tests.bench import locate
from tests.bench.locate import Tally, count, interval
from tests.bench.machine import NoRealDisk, make_on_disk
from tests.drives.drive import Conditions, Kind, Rider, Run, run_of
from tests.drives.methods import SIMPLE, Answer, Told, With, by_filter
from tests.drives.road import road_of
from tests.ride.builders import edition


@pytest.fixture(scope="module")
def demo(repository: Path) -> Edition:
    return read_feed(repository / "hil" / "line").draft


@pytest.fixture
def disk() -> Iterator[Path]:
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


def told(board: int, alight: int, *, flagged: bool = False) -> Told:
    return Told({(0, True): Answer(board, flagged), (0, False): Answer(alight, flagged=False)}, questions=2)


@pytest.mark.parametrize(
    ("board", "alight", "flagged", "over", "under", "unflagged", "right", "near"),
    [
        (0, 2, False, 0, 0, 0, 2, 2),
        (0, 3, False, 1, 0, 1, 1, 2),
        (1, 2, True, 0, 1, 0, 1, 2),
        (1, 3, False, 0, 0, 0, 0, 2),
        (-1, 4, True, 0, 1, 0, 0, 0),
    ],
)
def test_a_wrong_stop_counts_by_what_the_rider_pays(
    board: int, alight: int, flagged: bool, over: int, under: int, unflagged: int, right: int, near: int
) -> None:
    tally, run = Tally(), Run((), (Rider(0, 2, 0.0, 1.0),))
    count(tally, edition(), "t1", run, told(board, alight, flagged=flagged))
    if (board, alight) == (1, 3):
        # B to D has no price in this small world: nothing is taken until the office looks.
        under, unflagged = 1, 1
    assert (tally.over, tally.under, tally.unflagged) == (over, under, unflagged)
    assert (tally.right, tally.near, tally.rides, tally.questions) == (right, near, 1, 2)


def test_the_interval_is_wilsons() -> None:
    assert interval(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert interval(1.0, 100) == pytest.approx((0.9630, 1.0), abs=1e-4)


def test_the_same_seed_drives_the_same_run(demo: Edition) -> None:
    trip = min(demo.trips)
    assert run_of(demo, trip, Conditions(), 5) == run_of(demo, trip, Conditions(), 5)
    assert run_of(demo, trip, Conditions(), 5) != run_of(demo, trip, Conditions(), 6)


def test_a_run_has_the_losses_and_the_noise_it_is_asked_for(demo: Edition) -> None:
    trip = min(demo.trips)
    clear = run_of(demo, trip, Conditions(noise_m=0.0, lost=0.0, tunnels=0, shadows=0), 1)
    seconds = sum(said.kind is Kind.WHEELS for said in clear.said)
    assert sum(said.kind is Kind.FIX for said in clear.said) == seconds
    lossy = run_of(demo, trip, Conditions(lost=0.3, tunnels=0, shadows=0), 1)
    assert sum(said.kind is Kind.FIX for said in lossy.said) / seconds == pytest.approx(0.7, abs=0.05)
    dark = run_of(demo, trip, Conditions(lost=0.0, tunnels=0, shadows=1), 1)
    times = [said.mono for said in dark.said if said.kind is Kind.FIX]
    assert max(b - a for a, b in pairwise(times)) == pytest.approx(300, abs=2)


def test_the_door_opens_where_the_road_has_the_stop(demo: Edition) -> None:
    trip = min(demo.trips)
    run = run_of(demo, trip, Conditions(noise_m=0.0, lost=0.0, tunnels=0, shadows=0), 2)
    stops, last = demo.stops_of(trip), None
    for said in run.said:
        last = said.fix or last
        if said.kind is Kind.OPENED and last is not None:
            assert distance_m(last.lat, last.lon, stops[said.stop].lat, stops[said.stop].lon) < 50
    assert {said.stop for said in run.said if said.kind is Kind.TAP} <= {
        said.stop for said in run.said if said.kind is Kind.OPENED
    }


def test_a_road_without_a_shape_winds_and_still_passes_its_stops() -> None:
    road = road_of(edition(), "t1", Random(3))
    assert road.stops_m[-1] > 4 * 1000
    for stop, metres in zip(edition().stops_of("t1"), road.stops_m, strict=True):
        assert distance_m(*road.degrees(road.at(metres)), stop.lat, stop.lon) < 15


def test_in_an_open_sky_the_filter_puts_every_tap_at_its_stop(demo: Edition) -> None:
    trip = min(demo.trips)
    run = run_of(demo, trip, Conditions(tunnels=0, shadows=0), 4)
    for given in (With(door=False), With(), With(wheels=True)):
        found = by_filter(demo, trip, run, given, 4)
        for number, rider in enumerate(run.riders):
            assert found.answers[number, True] == Answer(rider.board, flagged=False)
            # Without a door contact, who taps before the bus stands gets a guess, flagged.
            assert found.answers[number, False].stop == rider.alight
            assert not (given.door and found.answers[number, False].flagged)


def test_a_short_run_says_all_that_scripts_rely_on(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "REAL_FEEDS", disk / "missing")
    worlds = {name: locate.CONDITIONS[name] for name in (locate.USUAL, "open_sky")}
    monkeypatch.setattr(locate, "CONDITIONS", worlds)
    monkeypatch.delenv("YUKEMURI_LONG", raising=False)
    heard: list[int] = []
    measured = locate.measure(disk, 1, heard.append)
    document = json.loads(measured.to_json())
    assert (document["name"], document["runs"], heard) == ("locate", 1, [1])
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    for way in locate.FILTERS:
        low, share, high = (
            document["metrics"][f"usual_{way}_right{part}_percent"] for part in ("_low", "", "_high")
        )
        assert 0 <= low <= share <= high <= 100
    assert all(f"open_sky_{way}_wrong_fare_percent" in document["limits"] for way in SIMPLE)
    assert document["metrics"]["wrong_way_missed"] == 0
    assert measured.table[0][1] == "正しい停留所 / right stop"
