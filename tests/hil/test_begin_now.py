"""The demo's timetable moved to the present, for real phones and cameras."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.network.feeds.open_feed import read_feed
from hil.begin_now import moved
from hil.bench import EARLY_S, JAPAN
from hil.demo import LINE, MOVED, NoTripToday, Wish, set_up
from rules.network.in_force import service_day

MONDAY = date(2026, 11, 23)
REAL = Wish(1.0, once=True, port=0, feed=LINE, lan="")


@pytest.mark.parametrize("hours", [-6, 0, 9, 18])
def test_every_trip_that_is_left_is_as_long_as_before_and_all_are_moved_alike(
    tmp_path: Path, hours: int
) -> None:
    before = read_feed(LINE).draft
    read = read_feed(moved(LINE, hours * 3600, tmp_path / "feed"))
    assert not read.errors
    after = read.draft
    for key, trip in before.trips.items():
        if trip.departures[0] + hours * 3600 < 0:
            assert key not in after.trips
            continue
        shifted = tuple(time + hours * 3600 for time in trip.arrivals)
        assert after.trips[key].arrivals == shifted
    assert after.trips


@settings(max_examples=20, deadline=None)
@given(minutes=st.integers(0, 24 * 60 - 1))
def test_at_any_minute_of_the_day_the_first_trip_begins_in_a_few_minutes_of_the_service_day(
    minutes: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = datetime(2026, 11, 23, tzinfo=JAPAN) + timedelta(minutes=minutes)
    plan, (this,) = set_up(REAL, tmp_path_factory.mktemp("b"), now)
    assert plan.day == this.day == service_day(int(now.timestamp()))
    midnight = datetime(plan.day.year, plan.day.month, plan.day.day, tzinfo=JAPAN)
    assert (midnight + timedelta(seconds=this.out.departures[0]) - now).total_seconds() == EARLY_S
    assert plan.real_time
    assert MOVED in plan.notice


def test_without_a_real_phone_or_camera_the_timetable_stays(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=JAPAN)
    plan, (this,) = set_up(Wish(30.0, once=True, port=0, feed=LINE), tmp_path, now)
    assert (plan.feed, plan.real_time) == (LINE, False)
    assert this.out.departures[0] == read_feed(LINE).draft.trips[this.out.trip_id].departures[0]


def test_a_line_that_does_not_run_today_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(NoTripToday, match="--lan"):
        set_up(REAL, tmp_path, datetime(2040, 1, 2, 12, tzinfo=JAPAN))
