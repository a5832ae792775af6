"""The strip map: what stands where, and that nothing covers anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from central.today.labels import COLUMN, LABEL_EMS, len_ems
from central.today.strip_map import MARGIN, WIDTH, BusPlace, Look, Strip, draw_strip, place_on
from rules.messages.link import Health
from rules.network.geofence import around_pole
from rules.network.stops import Stop
from tests.central.today_events import BACK, TRIP, at, boarded, door, ended, trip_started, well
from tests.central.today_village import NAMES, Village, app_of, found, line, text_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def shown(client: FlaskClient, query: str = "") -> str:
    return client.get(f"/today/map{query}").get_data(as_text=True)


def stops_of(*metres: float, names: Sequence[str] = ()) -> list[Stop]:
    """Stops along a meridian, `metres` apart."""
    lats = [38.0]
    for gap in metres:
        lats.append(lats[-1] + gap / 111_195)
    names = names or [f"停留所{place}" for place in range(len(lats))]
    return [
        Stop(f"s{place}", name, "", "", lat, 140.0, "", "", "", around_pole(lat, 140.0))
        for place, (name, lat) in enumerate(zip(names, lats, strict=True))
    ]


def bus(
    progress: float, last: int, *, begins: int = 0, look: Look = Look.LIVE, name: str = "bus-001"
) -> BusPlace:
    return BusPlace(name, begins, last, progress, look, "合海 → 清水", "", door_open=False)


def test_stops_stand_in_order_and_farther_gaps_are_wider() -> None:
    (row,) = draw_strip(stops_of(500, 4000, 1000), []).rows
    xs = [dot.x for dot in row.dots]
    gaps = [other - one for one, other in pairwise(xs)]
    assert xs[0] == MARGIN
    assert xs[-1] == pytest.approx(WIDTH - MARGIN)
    assert gaps[1] > gaps[2] > gaps[0] > 0
    # Beyond the width that every gap has, the rest goes by distance.
    least = (gaps[0] * 8 - gaps[1]) / 7
    assert (gaps[2] - least) / (gaps[0] - least) == pytest.approx(2)


names_of_stops = st.text("停留所ーあA（）・ ", min_size=1, max_size=30)


@given(st.lists(st.tuples(st.floats(0, 9000), names_of_stops), min_size=1, max_size=120))
def test_no_two_labels_touch(gaps: list[tuple[float, str]]) -> None:
    metres = [gap for gap, _ in gaps]
    strip = draw_strip(stops_of(*metres, names=["始", *(name for _, name in gaps)]), [])
    for row in strip.rows:
        columns = [x for dot in row.dots for x, _ in dot.columns]
        for one, other in pairwise(sorted(columns)):
            assert other - one >= COLUMN - 1e-6
        for dot in row.dots:
            assert all(len_ems(text) <= LABEL_EMS + 1 for _, text in dot.columns)
            whole = "".join(text for _, text in dot.columns)
            assert dot.name.startswith(whole.removesuffix("…"))
            assert all(dot.y + 14 + len_ems(text) * 14 < strip.height for _, text in dot.columns)


def test_thirty_five_stops_fit_on_one_row_and_ninety_go_on_below() -> None:
    assert len(draw_strip(stops_of(*[800] * 34), []).rows) == 1
    rows = draw_strip(stops_of(*[800] * 89), []).rows
    assert [len(row.dots) for row in rows] == [45, 45, 2]
    assert rows[0].dots[-1].name == rows[1].dots[0].name
    assert rows[0].dots[0].y < rows[1].dots[0].y


def markers(strip: Strip) -> list[tuple[int, float]]:
    return [(number, marker.x) for number, row in enumerate(strip.rows) for marker in row.markers]


@given(st.floats(-5, 300), st.integers(1, 120))
def test_a_bus_is_drawn_once_and_between_its_stops(progress: float, gaps: int) -> None:
    strip = draw_strip(stops_of(*[700] * gaps), [bus(progress, gaps)])
    ((number, x),) = markers(strip)
    inside = min(max(progress, 0.0), float(gaps))
    dots = strip.rows[number].dots
    index = min(int(inside) - number * 44, len(dots) - 2)
    assert dots[index].x - 1e-6 <= x <= dots[index + 1].x + 1e-6


def test_the_next_stop_and_what_is_behind_are_marked() -> None:
    (row,) = draw_strip(stops_of(700, 700, 700), [bus(1.4, 3)]).rows
    assert [dot.is_next for dot in row.dots] == [False, False, True, False]
    assert [dot.passed for dot in row.dots] == [True, True, False, False]
    assert not row.back
    assert row.passed


def test_a_bus_on_its_way_back_looks_the_other_way() -> None:
    (row,) = draw_strip(stops_of(700, 700, 700), [bus(1.4, 0, begins=3)]).rows
    assert [dot.is_next for dot in row.dots] == [False, True, False, False]
    assert [dot.passed for dot in row.dots] == [False, False, True, True]
    assert row.back


@given(st.lists(st.floats(0, 12), min_size=2, max_size=6))
def test_no_callout_covers_another_or_leaves_the_drawing(places: list[float]) -> None:
    buses = [bus(place, 12, name=f"bus-{number:03d}") for number, place in enumerate(places)]
    (row,) = draw_strip(stops_of(*[900] * 12), buses).rows
    for marker in row.markers:
        assert marker.half <= marker.label_x <= WIDTH - marker.half
        assert marker.label_y >= 40
    for one, other in combinations(row.markers, 2):
        apart = abs(one.label_x - other.label_x) >= one.half + other.half
        assert apart or abs(one.label_y - other.label_y) >= 40


def test_a_course_is_found_on_its_line_both_ways() -> None:
    assert place_on("ABCDE", "BCD") == [1, 2, 3]
    assert place_on("ABCDE", "ECA") == [4, 2, 0]
    assert place_on("ABAC", "ABAC") == [0, 1, 2, 3]
    assert place_on("ABCDE", "BX") is None


def test_buses_of_both_directions_share_one_strip(village: Village, client: FlaskClient) -> None:
    village.machine("bus-002")
    village.says(well(progress=3.4))
    village.says(well(trip_id=BACK, progress=1.5), "bus-002")
    page = shown(client)
    assert page.count("<svg") == 1
    assert "合海 → 大蔵村役場" in page
    assert "日陰 → 清水" in page
    assert 'id="bus-bus-001"' in page
    assert page.count('<g transform="scale(-1 1)">') == 1


def test_a_course_that_leaves_the_line_gets_a_strip_of_its_own(village: Village, client: FlaskClient) -> None:
    other = line(("病院", "学校", "役場"), number=2)
    village.edition(other)
    village.machine("bus-002")
    village.says(well(progress=3.4))
    village.says(well(edition=2, progress=0.5), "bus-002")
    assert shown(client).count("<svg") == 2


def test_without_a_bus_the_line_is_at_rest(client: FlaskClient) -> None:
    page = shown(client)
    assert "いま走っている便はありません" in page
    assert all(f"<title>{name}" in page for name in NAMES)


def test_a_silent_bus_says_how_old_its_place_is(village: Village, client: FlaskClient) -> None:
    village.says(well(), heard_at=village.now - 240)
    page = shown(client)
    assert 'class="bus stale"' in page
    assert "4分前の位置" in page


@pytest.mark.parametrize("last", ["tap", "door", "trip"])
def test_a_bus_that_was_cut_off_stands_where_its_last_record_was_made(
    village: Village, client: FlaskClient, last: str
) -> None:
    village.record(trip_started(at(8, 5)))
    if last == "door":
        village.record(door(at(8, 40), 4))
    if last == "tap":
        village.record(boarded(at(8, 40), 4))
    village.says(Health(online=False))
    page = shown(client)
    assert 'class="bus offline"' in page
    assert ("切断・08:05 の記録" if last == "trip" else "切断・08:40 の記録") in page
    assert f'<text class="where" y="-8">{NAMES[0] if last == "trip" else NAMES[4]}</text>' in page


def test_a_bus_switched_off_after_its_trip_is_not_on_the_line(village: Village, client: FlaskClient) -> None:
    village.record(trip_started(at(8, 5)))
    village.record(ended(at(9, 10)))
    village.says(Health(online=False))
    assert "いま走っている便はありません" in shown(client)


def test_a_trip_that_the_edition_does_not_have_is_not_drawn(village: Village, client: FlaskClient) -> None:
    village.says(well(trip_id="T9"))
    assert "いま走っている便はありません" in shown(client)


def test_another_day_has_no_place_for_the_bus_and_says_where_it_is(
    village: Village, client: FlaskClient
) -> None:
    village.says(well())
    page = shown(client, "?date=2026-10-02")
    assert "<svg" not in page
    assert 'href="/today"' in page


def test_an_editions_notice_is_shown(village: Village, client: FlaskClient) -> None:
    from dataclasses import replace

    village.edition(replace(line(number=2), notice="デモ用の略図です"))
    assert "デモ用の略図です" in text_of(shown(client))


def test_an_edition_not_yet_in_force_is_not_drawn(village: Village, client: FlaskClient) -> None:
    from dataclasses import replace
    from datetime import date

    village.edition(replace(line(("未来", "その先"), number=2), valid_from=date(2026, 10, 4)))
    assert "未来" not in shown(client)
    village.now = at(30)
    assert "未来" in shown(client)


def test_the_trip_is_named(village: Village, client: FlaskClient) -> None:
    village.says(well())
    assert "bus-001 8:10発 肘折温泉待合所" in text_of(shown(client))
    assert TRIP not in text_of(shown(client))
