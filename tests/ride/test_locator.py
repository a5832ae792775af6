"""The filter: right in each of the cases it was made for, and sane whatever it is told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ride.locate import Fix
from rules.ride.locator import locator as module
from rules.ride.locator.grid import Grid
from rules.ride.locator.locator import KEPT_OPENINGS, GridLocator
from rules.ride.locator.openings import Opening
from rules.ride.locator.settling import MARKS, UNSETTLED
from tests.ride.test_locator_path import degrees, path

MPS = 8.0
STOPS = [(0.0, 600.0 * index) for index in range(7)]
"""Northwards, 600 m apart, 75 s by the timetable."""
LINE = path(STOPS, [], seconds=75)


def fix(mono: float, north: float, *, east: float = 0.0, mps: float = MPS, course: float = 0.0) -> Fix:
    lat, lon = degrees(east, north)
    return Fix(mono, lat, lon, mps, course if mps > 1 else None, 1.0, 9)


def drive(to: GridLocator, begin: float, end: float, mono: float) -> float:
    """Fixes each second along the line; the time of the last."""
    north = begin
    while north < end:
        north, mono = min(end, north + MPS), mono + 1.0
        to.see(fix(mono, north))
    return mono


def stand(to: GridLocator, north: float, mono: float, seconds: int = 5) -> float:
    for _ in range(seconds):
        mono += 1.0
        to.see(fix(mono, north, mps=0.0))
    return mono


def door(to: GridLocator, mono: float, seconds: float = 10.0) -> Opening:
    opening = to.door_opened(mono)
    to.door_closed(mono + seconds)
    return opening


def underway(stop: int = 2) -> tuple[GridLocator, float]:
    """A locator whose bus was seen as far as a stop."""
    locator = GridLocator(LINE)
    return locator, drive(locator, 0.0, STOPS[stop][1], stand(locator, 0.0, 100.0))


def test_on_clean_fixes_every_stop_is_right_and_nobody_is_asked() -> None:
    locator, mono = GridLocator(LINE), 100.0
    for index, (_, north) in enumerate(STOPS):
        if index:
            mono = drive(locator, STOPS[index - 1][1], north, mono)
        mono = stand(locator, north, mono)
        place = locator.place(mono)
        assert (place.stop_index, locator.reached) == (index, index)
        opening = door(locator, mono)
        assert (opening.stop_index, opening.ask, opening.flagged) == (index, False, False)
        mono += 10.0


def test_between_stops_it_is_at_none() -> None:
    locator, mono = underway()
    mono = drive(locator, 1200.0, 1500.0, mono)
    place = locator.place(mono)
    assert place.stop_index is None
    assert place.progress == pytest.approx(2.5, abs=0.05)
    assert "停留所の間" in place.reason and "between stops" in place.reason


def test_before_the_first_fix_it_waits() -> None:
    assert GridLocator(LINE).place(5.0).reason == "GPS待ち / waiting for GPS"


def test_in_a_tunnel_it_drives_on_by_the_timetable() -> None:
    locator, mono = underway()
    place = locator.place(mono + 150.0)
    assert place.progress == pytest.approx(4.0, abs=0.7)
    assert "GPSなし150秒" in place.reason and "no GPS for 150 s" in place.reason


def test_a_bus_that_leaves_a_stop_is_soon_at_its_usual_speed() -> None:
    locator, mono = underway()
    door(locator, stand(locator, 1200.0, mono))
    # A minute by the timetable is 480 m; a bus that takes half of it to get going would be seen too far ahead later.
    assert locator.place(mono + 75.0).progress > 2.5


def test_slowing_at_stops_does_not_make_a_link_longer_than_the_timetable_says() -> None:
    """Stops 160 m apart, 20 s each: nearly a third of the way is beside a stop."""
    locator = GridLocator(path([(0.0, 160.0 * index) for index in range(20)], [], seconds=20))
    mono = drive(locator, 0.0, 320.0, 100.0)
    assert locator.place(mono + 160.0).progress == pytest.approx(10.0, abs=1.0)


def test_doors_that_open_before_the_first_fix_do_not_put_the_bus_at_the_end_of_its_line() -> None:
    locator, mono = GridLocator(LINE), 100.0
    for index in range(4):
        opening = door(locator, mono)
        assert opening.ask and dict(opening.shares).get(len(STOPS) - 1, 0.0) < 0.1
        assert opening.stop_index <= index
        mono += 80.0


def test_after_a_gap_the_driver_is_asked_about_two_or_three_stops() -> None:
    locator, mono = underway()
    opening = locator.door_opened(mono + 150.0)
    assert opening.ask and opening.flagged
    assert 2 <= len(opening.candidates) <= 3
    assert list(opening.candidates) == sorted(opening.candidates)


def test_what_is_seen_later_settles_an_earlier_opening() -> None:
    late, early = underway()[0], underway()[0]
    mono = underway()[1]
    # A door opens 110 s into a gap, between the third and the fourth stop by the timetable.
    openings = [door(each, mono + 110.0, 12.0) for each in (late, early)]
    assert max(opening.confidence for opening in openings) < 0.95
    # Ten seconds after it closed one bus is seen just beyond stop 3, the other just beyond stop 4.
    for locator, north in ((late, 1860.0), (early, 2460.0)):
        drive(locator, north, north + 500.0, mono + 132.0)
    assert [opening.stop_index for opening in openings] == [3, 4]
    assert all(opening.settled and opening.confidence > 0.95 for opening in openings)


def test_the_drivers_answer_is_where_the_bus_is() -> None:
    locator, mono = underway()
    opening = locator.door_opened(mono + 110.0)
    other = next(index for index in opening.candidates if index != opening.stop_index)
    locator.landmark(opening, other)
    assert (opening.stop_index, opening.confidence, opening.flagged) == (other, 1.0, False)
    assert locator.place(mono + 111.0).stop_index == other
    stand(locator, STOPS[other][1], mono + 112.0, 60)
    assert opening.stop_index == other


def test_with_healthy_wheels_a_gap_asks_nobody() -> None:
    locator, mono, metres = GridLocator(LINE), 100.0, 0.0
    while metres < 3000.0:
        mono, metres = mono + 1.0, metres + MPS
        locator.rolled(mono, 5000.0 + metres * 1.01)
        if metres < 600.0:
            locator.see(fix(mono, metres))
    place = locator.place(mono)
    assert place.stop_index == 5
    assert "by the wheels" in place.reason
    assert not locator.door_opened(mono).ask


def test_wheels_that_stand_still_are_ignored_after_six_fixes_and_trusted_again_after_thirty() -> None:
    locator, mono, north, driven = GridLocator(LINE), 100.0, 0.0, 0.0
    trusted = []
    for second in range(80):
        mono, north = mono + 1.0, north + MPS
        driven += MPS if second >= 20 else 0.0
        locator.rolled(mono, driven)
        locator.see(fix(mono, north))
        trusted.append(locator._pulses.trusted)
    assert trusted[4] and not any(trusted[6:49]) and all(trusted[50:])
    assert locator.place(mono).progress == pytest.approx(north / 600.0, abs=0.1)


def test_a_restart_in_mid_trip_goes_on_from_the_stop_reached_and_finds_itself() -> None:
    before, mono = underway(3)
    after = GridLocator(LINE, before.reached)
    assert after.reached == 3
    mono = stand(after, STOPS[5][1], drive(after, 2300.0, STOPS[5][1], mono + 60.0))
    opening = door(after, mono)
    assert (opening.stop_index, opening.ask) == (5, False)


def test_a_locator_that_begins_far_from_the_bus_finds_it() -> None:
    locator = GridLocator(LINE, 5)
    mono = stand(locator, STOPS[2][1], drive(locator, 300.0, STOPS[2][1], 100.0))
    assert door(locator, mono).stop_index == 2


def test_a_wrong_direction_is_noticed_within_sixteen_seconds_and_forgotten_when_it_turns() -> None:
    locator, mono, north = GridLocator(LINE), 100.0, 2000.0
    for _ in range(16):
        mono, north = mono + 1.0, north - MPS
        locator.see(fix(mono, north, course=180.0))
    place = locator.place(mono)
    assert (place.stop_index, place.confidence) == (None, 0.0)
    assert "逆" in place.reason and "against" in place.reason
    assert locator.door_opened(mono).flagged
    locator.door_closed(mono + 5.0)
    mono = drive(locator, 0.0, 600.0, mono + 30.0)
    assert not locator.wrong_way
    assert door(locator, stand(locator, 600.0, mono)).stop_index == 1


def test_a_detour_is_said_after_a_minute_flags_its_taps_and_ends_on_the_line() -> None:
    locator, mono = underway()
    reached = locator.reached
    for second in range(70):
        mono += 1.0
        locator.see(fix(mono, 1300.0 + second * MPS, east=400.0))
        assert locator.off_line == (second >= 60)
    place = locator.place(mono)
    assert (place.stop_index, place.progress) == (None, float(reached))
    assert "迂回" in place.reason and "detour" in place.reason
    assert door(locator, mono).flagged
    mono = stand(locator, 2400.0, drive(locator, 2000.0, 2400.0, mono + 20.0))
    assert not locator.off_line
    assert door(locator, mono).stop_index == 4


def test_a_long_way_round_is_no_detour_where_the_feed_has_no_shape() -> None:
    """Of a link of 3 km nobody knows more than its ends; along a shape the same fixes are off the line."""
    poles = [(0.0, 0.0), (0.0, 3000.0), (0.0, 3600.0)]
    for shape, off in (([], False), (poles, True)):
        locator, mono = GridLocator(path(poles, shape, seconds=300)), 100.0
        for second in range(80):
            mono += 1.0
            locator.see(fix(mono, 1100.0 + second * MPS, east=400.0))
        assert locator.off_line == off


def test_course_tells_the_decks_of_a_hairpin_apart() -> None:
    decks = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 12.0), (0.0, 12.0)]
    line = path([(0, 0), (500, 0), (500, 12), (0, 12)], decks)
    lower = {}
    for course in (90.0, 270.0):
        locator = GridLocator(line, 1)
        locator._grid.seed(1.0, np.ones(locator._grid.cells))
        for second in range(3):
            locator.see(fix(100.0 + second, 6.0, east=500.0, course=course))
        lower[course] = dict(locator._stop_shares())[1]
    assert lower[90.0] > 2 * lower[270.0]


def test_with_an_old_fix_the_driver_is_asked_however_sure_the_filter_is() -> None:
    locator, mono = underway()
    mono = stand(locator, 1200.0, mono)
    door(locator, mono, 62.0)
    opening = locator.door_opened(mono + 62.5)
    assert opening.confidence > 0.95
    assert opening.ask


def test_a_bus_that_fixes_see_far_behind_is_found_there() -> None:
    locator, mono = underway(4)
    mono = stand(locator, 1200.0, drive(locator, 700.0, 1200.0, mono), 10)
    assert locator.place(mono).stop_index == 2


def test_a_door_opens_at_a_stop_wherever_the_timetable_says_the_bus_is() -> None:
    locator, mono = underway()
    locator.door_opened(mono + 110.0)
    near = locator._stop_m[locator._grid.window] <= 45.0
    assert locator._grid.belief()[near].sum() > 0.9


def test_an_answer_after_the_door_closed_moves_the_bus_on_from_there() -> None:
    locator, mono = underway()
    opening = door(locator, mono + 110.0)
    other = next(index for index in opening.candidates if index != opening.stop_index)
    locator.landmark(opening, other)
    assert locator.place(mono + 121.0).stop_index == other


def test_an_answer_nobody_thought_of_is_believed() -> None:
    locator, mono = underway()
    opening = locator.door_opened(mono + 110.0)
    assert 0 not in dict(opening.shares)
    locator.landmark(opening, 0)
    assert locator.place(mono + 111.0).stop_index == 0
    locator.door_closed(mono + 112.0)
    assert locator.place(mono + 114.0).progress == pytest.approx(0.0, abs=0.1)


def test_without_a_door_contact_taps_within_half_a_minute_are_one_opening() -> None:
    locator, mono = underway()
    mono = stand(locator, 1200.0, mono)
    first = locator.tapped(mono)
    assert first is not None and first.stop_index == 2
    assert locator.tapped(mono + 20.0) is first
    mono = stand(locator, 1800.0, drive(locator, 1200.0, 1800.0, mono))
    assert locator.tapped(mono) is not first
    assert locator.openings[-1].stop_index == 3


def test_a_tap_on_a_moving_bus_is_no_opening_and_does_not_stop_it() -> None:
    locator, mono = underway()
    mono = drive(locator, 1200.0, 1500.0, mono)
    assert locator.tapped(mono + 5.0) is None
    assert not locator.openings
    assert locator.place(mono + 25.0).progress == pytest.approx(2.8, abs=0.15)
    assert locator.tapped(mono + 25.0) is not None


def test_wheels_that_turn_say_that_the_bus_moves_without_any_fix() -> None:
    locator = GridLocator(LINE)
    for second in range(3):
        locator.rolled(100.0 + second, second * MPS)
    assert locator.tapped(102.0) is None
    locator.rolled(103.0, 2 * MPS)
    assert locator.tapped(103.0) is not None


def test_a_tap_of_a_moving_bus_is_guessed_at_the_stop_it_comes_to_or_has_left() -> None:
    locator, mono = underway()
    mono = drive(locator, 1200.0, 1500.0, mono)
    for coming, index in ((True, 3), (False, 2)):
        place = locator.guess(mono, coming=coming)
        assert (place.stop_index, place.unsure) == (index, True)
    # So near a stop it is the one meant, on either side.
    mono = drive(locator, 1500.0, 1824.0, mono)
    assert locator.guess(mono, coming=True).stop_index == 3
    mono = drive(locator, 1824.0, 2380.0, mono)
    assert locator.guess(mono, coming=False).stop_index == 4


def test_the_progress_of_a_standing_bus_does_not_sway_with_its_fixes() -> None:
    locator, mono = underway()
    mono = drive(locator, 1200.0, 1500.0, mono)
    shown = set()
    for second in range(120):
        mono += 1.0
        locator.see(fix(mono, 1500.0 + 10.0 * np.sin(second / 9), mps=0.2))
        shown.add(round(locator.place(mono + 0.5).progress, 2))
    assert len(shown) == 1
    mono = drive(locator, 1500.0, 1560.0, mono)
    assert locator.place(mono).progress == pytest.approx(2.6, abs=0.04)


def test_a_fix_from_the_past_changes_nothing() -> None:
    locator, mono = underway()
    before = locator._grid.belief().copy()
    locator.see(fix(mono - 5.0, 0.0))
    assert (locator._grid.belief() == before).all()


def test_however_many_doors_open_memory_is_bounded() -> None:
    locator, mono = underway()
    for _ in range(3 * KEPT_OPENINGS):
        door(locator, mono, 2.0)
        mono += 3.0
    assert len(locator.openings) == KEPT_OPENINGS
    assert len(locator._grid.row_shares()) <= 1 + UNSETTLED * MARKS
    assert len(locator._settling) <= UNSETTLED


def test_a_fix_costs_one_step_a_second_and_a_night_no_more_than_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = 0
    real = Grid.drive

    def counted(grid: Grid) -> None:
        nonlocal steps
        steps += 1
        real(grid)

    monkeypatch.setattr(Grid, "drive", counted)
    locator, mono = underway(1)
    assert steps <= mono - 100.0
    steps = 0
    locator.see(fix(mono + 8 * 3600, 600.0))
    assert steps == module.LONGEST_GAP_S


def _sane(locator: GridLocator) -> Iterator[bool]:
    shares = locator._grid.row_shares()
    yield bool(np.isfinite(shares).all())
    yield shares[0] == pytest.approx(1.0, abs=1e-6)
    yield bool((shares >= 0).all() and (shares <= 1 + 1e-6).all())
    yield 0 <= locator.reached < len(STOPS)
    for opening in locator.openings:
        yield 0.0 <= opening.confidence <= 1.0


FIXES = st.builds(
    Fix,
    mono=st.just(0.0),
    lat=st.floats(37.9, 38.2),
    lon=st.floats(139.9, 140.1),
    speed_mps=st.none() | st.floats(0, 60),
    course_deg=st.none() | st.floats(0, 360),
    hdop=st.none(),
    satellites=st.none(),
)
WHAT = (
    FIXES
    | st.sampled_from(["open", "close", "tap", "answer"])
    | st.floats(0, 1e5).map(lambda metres: ("roll", metres))
)


@given(st.lists(st.tuples(st.floats(-5, 200), WHAT), max_size=25))
def test_whatever_it_is_told_the_shares_sum_to_one_and_the_place_is_on_the_trip(
    told: list[tuple[float, Fix | str | tuple[str, float]]],
) -> None:
    locator, mono = GridLocator(LINE), 1000.0
    for wait, what in told:
        mono += wait
        if isinstance(what, Fix):
            locator.see(Fix(mono, what.lat, what.lon, what.speed_mps, what.course_deg, None, None))
        elif isinstance(what, tuple):
            locator.rolled(mono, what[1])
        elif what == "open":
            locator.door_opened(mono)
        elif what == "close":
            locator.door_closed(mono)
        elif what == "tap":
            locator.tapped(mono)
        elif locator.openings:
            locator.landmark(locator.openings[-1], locator.openings[-1].candidates[0])
        place = locator.place(mono)
        assert 0.0 <= place.progress <= len(STOPS) - 1
        assert 0.0 <= place.confidence <= 1.0
        assert all(_sane(locator))
