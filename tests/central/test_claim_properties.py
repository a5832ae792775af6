"""Whatever order claims and the kiosk's records arrive in, the points end the same, and no place is given twice."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from central.kiosks.kiosk import Kiosk
from rules.instant import ClockQuality
from tests.central.kiosk_bench import DAY_S, HOUR_S, KIOSK, MEMBERS, Bath, bath_office, claim, deliver, points

CAPPED = replace(KIOSK, cap_per_day=60)
CLOCKS = ((ClockQuality.NETWORK, 0), (ClockQuality.NETWORK, 2 * HOUR_S), (ClockQuality.SAVED, -2 * HOUR_S))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(1, 3)),
        st.tuples(st.just("learn"), st.just(0)),
        st.tuples(st.just("boot"), st.sampled_from([0, 1, 2])),
        st.tuples(st.just("undo"), st.just(0)),
    ),
    min_size=2,
    max_size=10,
)
CLAIMS = st.lists(
    st.tuples(
        st.integers(0, 9), st.sampled_from(MEMBERS), st.sampled_from([0, 60, HOUR_S, DAY_S, 2 * DAY_S])
    ),
    min_size=1,
    max_size=8,
)
CUTS = st.lists(st.integers(0, 30), min_size=8, max_size=8)


@dataclass(frozen=True)
class Day:
    """A kiosk's journal, the codes that it showed and when each was made; and who claims which, in time's order."""

    bath: Bath
    claims: list[tuple[str, str, int]]


def lived(steps: list[tuple[str, int]], wanted: list[tuple[int, str, int]], undone: bool) -> Day:
    bath, shown = Bath(), []
    bath.start()
    for at, (what, value) in enumerate(steps):
        second = 100 * (at + 1)
        match what:
            case "offer":
                shown.append((bath.offer(second, count=value), second))
            case "learn":
                bath.learn_time(second)
            case "boot":
                bath.clock, bath.off = CLOCKS[value]
                bath.start(second, boot=f"boot-{at}")
            case "undo" if undone and bath.made:
                bath.undo(second)
    bath.start(2_000, boot="last")
    named = [(*shown[number % len(shown)], member, later) for number, member, later in wanted if shown]
    claims = [(text, member, second + later) for text, second, member, later in named]
    return Day(bath, sorted(claims, key=lambda each: each[2]))


def ended(day: Day, cuts: list[int], kiosk: Kiosk) -> dict[str, int]:
    """What the members have when each claim comes after so many records, and all the rest after all of them."""
    records, here = len(day.bath.records), 0
    with tempfile.TemporaryDirectory() as folder, bath_office(Path(folder), kiosk) as office:
        for (text, member, second), cut in zip(day.claims, cuts, strict=False):
            upto = min(cut, records)
            if upto > here:
                deliver(office, day.bath, here + 1, upto, second)
                here = upto
            claim(office, text, member, second)
        if here < records:
            deliver(office, day.bath, here + 1, records, 3 * DAY_S)
        return points(office)


@settings(max_examples=30, deadline=None)
@given(STEPS, CLAIMS, CUTS, st.booleans())
def test_the_points_end_the_same(
    steps: list[tuple[str, int]], wanted: list[tuple[int, str, int]], cuts: list[int], undone: bool
) -> None:
    # An undo gives room under a cap back, for whoever comes after it: with caps it is left out.
    kiosk = KIOSK if undone else CAPPED
    first, last = [10**6] * 8, [0] * 8
    results = [ended(lived(steps, wanted, undone), each, kiosk) for each in (first, sorted(cuts), last)]
    assert results[0] == results[1] == results[2]


@settings(max_examples=15, deadline=None)
@given(STEPS, CLAIMS, CUTS)
def test_no_more_than_its_places_is_ever_given(
    steps: list[tuple[str, int]], wanted: list[tuple[int, str, int]], cuts: list[int]
) -> None:
    day = lived(steps, wanted, undone=False)
    offered = sum(code.count * code.points for code in day.bath.made)
    assert sum(ended(day, sorted(cuts), KIOSK).values()) <= offered
    assert sum(ended(day, sorted(cuts), CAPPED).values()) <= 60 * 3
