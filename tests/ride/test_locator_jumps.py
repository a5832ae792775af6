"""A bus seen only now and then: one good fix at a stop says that it is there, wherever it was expected."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ride.locate import Fix
from rules.ride.locator.locator import GridLocator
from tests.ride.test_locator_path import Spot, degrees, path

STEPS = st.lists(
    st.tuples(st.floats(300, 3000), st.integers(60, 600), st.floats(60, 600), st.floats(-10, 10)),
    min_size=2,
    max_size=4,
)
"""For each link: metres, seconds by the timetable, seconds in truth, and how far aside of the stop the fix lies."""


def at(mono: float, spot: Spot, mps: float | None = 0.0) -> Fix:
    lat, lon = degrees(*spot)
    return Fix(mono, lat, lon, mps, None, 1.0, 9)


@settings(max_examples=15)
@given(STEPS, st.sampled_from([0.0, None]), st.booleans(), st.booleans())
def test_a_bus_that_jumps_from_stop_to_stop_is_where_its_fix_is(
    steps: list[tuple[float, int, float, float]], mps: float | None, drawn: bool, doors: bool
) -> None:
    spots, seconds = [(0.0, 0.0)], [0]
    for index, (metres, timetable_s, _, _) in enumerate(steps):
        east, north = spots[-1]
        spots.append((east + metres, north) if index % 3 == 2 else (east, north + metres))
        seconds.append(seconds[-1] + timetable_s)
    locator, mono = GridLocator(path(spots, spots if drawn else [], times=seconds)), 100.0
    for index, spot in enumerate(spots):
        aside = steps[index - 1][3] if index else 0.0
        locator.see(at(mono, (spot[0] + aside, spot[1] + aside), mps))
        assert locator.place(mono + 1.0).stop_index == index
        if doors:
            opening = locator.door_opened(mono + 2.0)
            assert (opening.stop_index, opening.ask) == (index, False)
            assert locator.place(mono + 3.0).stop_index == index
            locator.door_closed(mono + 10.0)
        else:
            tapped = locator.tapped(mono + 2.0)
            assert tapped is not None and tapped.stop_index == index
        assert locator.reached == index
        mono += steps[index][2] if index < len(steps) else 0.0


LOOP = [
    (0.0, 0.0),
    (0.0, 800.0),
    (600.0, 800.0),
    (600.0, 1400.0),
    (0.0, 1400.0),
    (0.0, 800.0),
    (-600.0, 800.0),
]
"""The second pole is passed again as the sixth."""


@settings(max_examples=10)
@given(st.lists(st.floats(60, 200), min_size=7, max_size=7))
def test_where_a_pole_is_passed_twice_history_decides(waits: list[float]) -> None:
    locator, mono = GridLocator(path(LOOP, [], seconds=110)), 100.0
    for index, (spot, wait) in enumerate(zip(LOOP, waits, strict=True)):
        locator.see(at(mono, spot))
        assert locator.place(mono + 1.0).stop_index == index
        assert locator.door_opened(mono + 2.0).stop_index == index
        locator.door_closed(mono + 8.0)
        mono += wait
