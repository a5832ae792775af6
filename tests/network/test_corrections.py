"""What the office corrects holds as long as the feed says what it said then, and never silently longer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import Yen
from rules.network.fares import FareProblem, Pair
from rules.network.feed.corrections import (
    MAX_NAMED,
    SAME_PLACE_M,
    Corrections,
    FareDecision,
    GeofenceCorrection,
    prices_of,
)
from rules.network.feed.problems import Severity
from rules.network.feed.read import FeedRead, read
from rules.network.geofence import Geofence, GeofenceSource, around_pole
from rules.network.stops import EARTH_METRES_PER_DEGREE
from tests.network.feeds import SMALL, feed, with_line

CONFLICT: Pair = ("r1", "p1", "p2")
TWO_PRICES = with_line("fare_rules", "f200,r1,za,zb")
WITHOUT_LEVEL_3 = {"fare_rules": SMALL["fare_rules.txt"].replace("f300,r1,,\n", "")}
MOVED = GeofenceCorrection(38.691, 140.211, 30.0, "清水", 38.69, 140.21)


def decide(pair: Pair, yen: int, *among: int) -> Corrections:
    return Corrections(fares={pair: FareDecision(Yen(yen), tuple(map(Yen, among)))})


def warnings_of(found: FeedRead) -> list[str]:
    return [each.message for each in found.problems if each.severity is Severity.WARNING]


def test_a_conflict_the_office_decided_is_a_fare_and_no_error_any_more() -> None:
    assert read(feed(**TWO_PRICES)).errors
    found = read(feed(**TWO_PRICES), decide(CONFLICT, 150, 150, 200))
    assert (found.errors, found.problems) == ((), ())
    assert found.draft.fares.adult(*CONFLICT) == 150
    assert found.feed_fares.conflicts == {CONFLICT: (150, 200)}


@pytest.mark.parametrize("among", [(), (150,), (150, 300), (150, 200, 300)])
def test_a_decision_made_among_other_prices_decides_nothing_and_that_is_said(among: tuple[int, ...]) -> None:
    found = read(feed(**TWO_PRICES), decide(CONFLICT, 150, *among))
    assert found.draft.fares.adult(*CONFLICT) is FareProblem.CONFLICT
    assert found.errors
    (warning,) = warnings_of(found)
    assert "r1 p1 p2" in warning


def test_of_a_conflict_on_two_routes_each_must_be_decided() -> None:
    rules = SMALL["fare_rules.txt"] + "f300,,za,zb\n"
    two_routes = feed(fare_rules=rules.replace("f150,r1,za,zb\n", ""))
    both = {pair: FareDecision(Yen(200), (Yen(200), Yen(300))) for pair in (CONFLICT, ("r2", "p1", "p2"))}
    assert read(two_routes, Corrections(fares={CONFLICT: both[CONFLICT]})).errors
    assert not read(two_routes, Corrections(fares=both)).errors


def test_a_fare_the_feed_lacks_is_what_the_office_says() -> None:
    pair = ("r1", "p2", "p3")
    assert read(feed(**WITHOUT_LEVEL_3)).missing == 2
    found = read(feed(**WITHOUT_LEVEL_3), decide(pair, 170))
    assert found.draft.fares.adult(*pair) == 170
    assert found.missing == 1
    assert any("1組に運賃がありません" in warning for warning in warnings_of(found))


def test_a_wrong_fare_is_corrected_until_the_feed_says_something_else() -> None:
    correction = decide(CONFLICT, 180, 150)
    assert read(feed(), correction).draft.fares.adult(*CONFLICT) == 180
    mended = feed(fare_rules=SMALL["fare_rules.txt"].replace("f150,r1", "f300,r1"))
    found = read(mended, correction)
    assert found.draft.fares.adult(*CONFLICT) == 300
    assert any("決めた運賃を使いません" in warning for warning in warnings_of(found))


def test_decisions_for_pairs_that_are_gone_are_named_up_to_a_limit() -> None:
    gone = {("r9", "p1", f"x{each}"): FareDecision(Yen(100), ()) for each in range(MAX_NAMED + 5)}
    said = warnings_of(read(feed(), Corrections(fares=gone)))
    assert len(said) == MAX_NAMED + 1
    assert said[-1] == "ほか5件も同じです。 / The same for 5 more."


pairs = st.tuples(st.sampled_from(["r1", "r2"]), *[st.sampled_from(["p1", "p2", "p3"])] * 2)
yens = st.sampled_from([100, 150, 200, 300]).map(Yen)
decisions = st.builds(FareDecision, yens, st.lists(yens, max_size=2, unique=True).map(sorted).map(tuple))


@given(st.dictionaries(pairs, decisions, max_size=6), st.sampled_from([{}, TWO_PRICES, WITHOUT_LEVEL_3]))
def test_only_decisions_that_fit_change_a_fare_and_nothing_else_does(
    made: dict[Pair, FareDecision], change: dict[str, str]
) -> None:
    plain, found = read(feed(**change)), read(feed(**change), Corrections(fares=made))
    assert found.feed_fares == plain.draft.fares
    for pair in plain.pairs:
        was = prices_of(plain.draft.fares, pair)
        fits = pair in made and made[pair].among == was
        assert prices_of(found.draft.fares, pair) == ((made[pair].yen,) if fits else was)
    used = [
        pair
        for pair in plain.pairs
        if pair in made and made[pair].among == prices_of(plain.draft.fares, pair)
    ]
    assert len([each for each in warnings_of(found) if "決めた運賃" in each]) == len(made) - len(used)
    assert replace(found.draft, fares=plain.draft.fares) == plain.draft


def test_a_corrected_geofence_lies_where_the_office_says_and_the_pole_where_the_feed_does() -> None:
    found = read(feed(), Corrections(geofences={"p2": MOVED}))
    pole = found.draft.stops["p2"]
    assert pole.geofence == Geofence(38.691, 140.211, 30.0, GeofenceSource.OFFICE)
    assert (pole.lat, pole.lon) == (38.69, 140.21)
    assert found.problems == ()
    others = {stop_id: stop for stop_id, stop in found.draft.stops.items() if stop_id != "p2"}
    assert all(stop.geofence == around_pole(stop.lat, stop.lon) for stop in others.values())


@pytest.mark.parametrize(("metres", "used"), [(0, True), (SAME_PLACE_M - 1, True), (SAME_PLACE_M + 1, False)])
def test_a_pole_that_moved_far_in_the_feed_keeps_no_old_geofence_and_that_is_said(
    metres: float, used: bool
) -> None:
    lat = 38.69 + metres / EARTH_METRES_PER_DEGREE
    moved = feed(stops=SMALL["stops.txt"].replace("38.69,140.21", f"{lat:.7f},140.21"))
    found = read(moved, Corrections(geofences={"p2": MOVED}))
    assert (found.draft.stops["p2"].geofence.source is GeofenceSource.OFFICE) is used
    assert len(warnings_of(found)) == (0 if used else 1)


def test_a_geofence_of_a_pole_that_is_gone_is_kept_in_mind_and_said() -> None:
    (warning,) = warnings_of(read(feed(), Corrections(geofences={"p9": MOVED})))
    assert "清水(p9)" in warning
