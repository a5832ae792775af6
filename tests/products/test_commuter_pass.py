"""What a commuter pass leaves to pay: nothing within its section, the way beyond it (乗越) outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import Yen
from rules.network.fares import FareProblem
from rules.passes.rider_pass import RiderClass
from rules.products.commuter_pass import AdultFare, CommuterPass
from rules.tariff.share import Rounding, Share
from tests.tariff.tariffs import shares

ADULT = Share(1, 1, 1, Rounding.UP)
HALF = Share(1, 2, 10, Rounding.UP)
LINE = tuple("ABCDEF")
B_TO_D = CommuterPass(
    1, "通学", "School", RiderClass.STUDENT, ("B", "D"), 30, Yen(5_000), date(2026, 4, 1), None
)
D_TO_B = replace(B_TO_D, section=("D", "B"))


def by_distance(start: int, end: int) -> Yen:
    """100 yen to begin with and 30 a stop: two short rides cost more than a long one."""
    return Yen(100 + 30 * (end - start))


def never_asked(start: int, end: int) -> Yen:
    raise AssertionError((start, end))


def gaps(
    problems: dict[tuple[int, int], FareProblem], else_: AdultFare = by_distance
) -> Callable[[int, int], Yen | FareProblem]:
    return lambda start, end: problems.get((start, end)) or else_(start, end)


@pytest.mark.parametrize("section", [B_TO_D, D_TO_B])
@pytest.mark.parametrize("names", [LINE, LINE[::-1]], ids=["there", "back"])
@pytest.mark.parametrize(("board", "alight"), [("B", "D"), ("B", "C"), ("C", "D")])
def test_inside_the_section_nothing_is_due_and_no_fare_is_needed_in_either_direction(
    section: CommuterPass, names: Sequence[str], board: str, alight: str
) -> None:
    start, end = sorted((names.index(board), names.index(alight)))
    assert section.due(names, start, end, never_asked, ADULT) == 0


def test_a_pass_of_the_whole_network_owes_nothing_anywhere() -> None:
    whole = replace(B_TO_D, section=None)
    assert whole.due(LINE, 0, 5, never_asked, ADULT) == 0


@pytest.mark.parametrize(
    ("board", "alight", "due"),
    [
        (1, 4, by_distance(3, 4)),
        (2, 5, by_distance(3, 5)),
        (0, 3, by_distance(0, 1)),
        (0, 2, by_distance(0, 1)),
    ],
)
def test_beyond_the_section_the_fare_from_its_nearer_end_is_due(board: int, alight: int, due: Yen) -> None:
    assert B_TO_D.due(LINE, board, alight, by_distance, ADULT) == due


def test_a_ride_that_sticks_out_on_both_sides_pays_both_parts_but_never_more_than_without_the_pass() -> None:
    cheap_ends = gaps({}, lambda start, end: Yen(100 * (end - start)))
    assert B_TO_D.due(LINE, 0, 5, cheap_ends, ADULT) == 100 + 200
    assert by_distance(0, 1) + by_distance(3, 5) > by_distance(0, 5)
    assert B_TO_D.due(LINE, 0, 5, by_distance, ADULT) == by_distance(0, 5)


def test_each_part_is_rounded_as_a_fare_of_its_own() -> None:
    def fare(start: int, end: int) -> Yen:
        return Yen(310 if (start, end) == (0, 5) else 130)

    assert B_TO_D.due(LINE, 0, 5, fare, HALF) == 70 + 70
    assert B_TO_D.due(LINE, 0, 5, lambda *_: Yen(130), HALF) == 70


@pytest.mark.parametrize(("board", "alight"), [(0, 1), (3, 5), (4, 5), (3, 3)])
def test_whoever_rides_no_more_of_the_section_than_a_point_pays_the_whole_way(
    board: int, alight: int
) -> None:
    assert B_TO_D.due(LINE, board, alight, by_distance, ADULT) == by_distance(board, alight)


@pytest.mark.parametrize("names", ["ACDEF", "ABCEF", "XYZWVU"])
def test_a_trip_that_does_not_pass_both_ends_is_paid_in_full(names: str) -> None:
    assert B_TO_D.due(names, 0, 4, by_distance, ADULT) == by_distance(0, 4)


def test_of_a_stop_passed_twice_the_reading_that_is_cheapest_counts() -> None:
    loop = "BCDEFB"
    assert B_TO_D.due(loop, 0, 2, never_asked, ADULT) == 0
    assert B_TO_D.due(loop, 2, 5, never_asked, ADULT) == 0
    # Round the whole loop: what is not the section is D to B one way or B to D the other.
    fares = {(0, 5): Yen(900), (2, 5): Yen(300), (0, 2): Yen(200)}
    assert B_TO_D.due(loop, 0, 5, lambda start, end: fares[start, end], ADULT) == 200


@pytest.mark.parametrize("problem", FareProblem)
@pytest.mark.parametrize("gap", [(0, 1), (3, 5), (0, 5)])
def test_where_a_fare_that_is_needed_is_missing_or_in_conflict_nothing_is_invented(
    problem: FareProblem, gap: tuple[int, int]
) -> None:
    assert B_TO_D.due(LINE, 0, 5, gaps({gap: problem}), ADULT) is problem


@pytest.mark.parametrize("gap", [(0, 1), (3, 5), (0, 5)])
def test_a_conflict_is_told_before_a_gap(gap: tuple[int, int]) -> None:
    fare = gaps(dict.fromkeys([(0, 1), (3, 5), (0, 5)], FareProblem.MISSING) | {gap: FareProblem.CONFLICT})
    assert B_TO_D.due(LINE, 0, 5, fare, ADULT) is FareProblem.CONFLICT


def test_a_fare_that_is_not_needed_may_be_missing() -> None:
    fare = gaps({(1, 3): FareProblem.MISSING, (0, 3): FareProblem.CONFLICT, (2, 5): FareProblem.MISSING})
    assert B_TO_D.due(LINE, 1, 5, fare, ADULT) == by_distance(3, 5)


@dataclass(frozen=True)
class Journey:
    """A ride on a trip whose stops may come again, with a fare for every pair of places, some of them missing."""

    names: str
    board: int
    alight: int
    fares: dict[tuple[int, int], Yen | FareProblem]

    def adult(self, start: int, end: int) -> Yen | FareProblem:
        return self.fares[start, end]

    def backwards(self) -> Journey:
        last = len(self.names) - 1
        fares = {(last - end, last - start): fare for (start, end), fare in self.fares.items()}
        return Journey(self.names[::-1], last - self.alight, last - self.board, fares)

    def due(self, by: CommuterPass, share: Share) -> Yen | FareProblem:
        return by.due(self.names, self.board, self.alight, self.adult, share)


@st.composite
def journeys(draw: st.DrawFn, *, whole: bool = False) -> Journey:
    names = draw(st.text("ABCD", min_size=2, max_size=7))
    board, alight = sorted(draw(st.lists(st.integers(0, len(names) - 1), min_size=2, max_size=2)))
    yen = st.integers(0, 99).map(lambda tens: Yen(tens * 10))
    fare = yen if whole else st.one_of(*[yen] * 6, st.sampled_from(FareProblem))
    pairs = [(start, end) for end in range(len(names)) for start in range(end + 1)]
    return Journey(names, board, alight, {pair: draw(fare) for pair in pairs})


def by_sections_ridden(journey: Journey, share: Share) -> Yen | FareProblem:
    """The same by counting the hops from stop to stop that no pass covers."""
    ridden = set(range(journey.board, journey.alight))
    ways = [[(journey.board, journey.alight)]]
    for one, other in combinations(range(len(journey.names)), 2):
        left = sorted(ridden - set(range(one, other)))
        if {journey.names[one], journey.names[other]} == {"B", "D"} and len(left) < len(ridden):
            starts = [hop for hop in left if hop - 1 not in left]
            ends = [hop + 1 for hop in left if hop + 1 not in left]
            ways.append(list(zip(starts, ends, strict=True)))
    if [] in ways:
        return Yen(0)
    fares = [[journey.fares[leg] for leg in way] for way in ways]
    for problem in (FareProblem.CONFLICT, FareProblem.MISSING):
        if any(problem in way for way in fares):
            return problem
    return Yen(min(sum(share.of(Yen(int(fare))) for fare in way) for way in fares))


@given(journeys(), shares())
def test_a_second_reading_of_the_rule_agrees(journey: Journey, share: Share) -> None:
    assert journey.due(B_TO_D, share) == by_sections_ridden(journey, share)


@given(journeys(whole=True), shares())
def test_a_pass_never_costs_more_than_none(journey: Journey, share: Share) -> None:
    due, without = journey.due(B_TO_D, share), journey.fares[journey.board, journey.alight]
    assert not isinstance(due, FareProblem)
    assert not isinstance(without, FareProblem)
    assert 0 <= due <= share.of(without)


@given(journeys(), shares())
def test_the_way_back_costs_the_same_and_so_does_a_section_named_the_other_way(
    journey: Journey, share: Share
) -> None:
    due = journey.due(B_TO_D, share)
    assert journey.backwards().due(B_TO_D, share) == due
    assert journey.due(D_TO_B, share) == due


@given(journeys(), shares())
def test_what_lies_inside_the_section_is_never_charged(journey: Journey, share: Share) -> None:
    board, alight = journey.board, journey.alight
    if board < alight and {journey.names[board], journey.names[alight]} == {"B", "D"}:
        for start in range(board, alight):
            for end in range(start + 1, alight + 1):
                inside = replace(journey, board=start, alight=end)
                assert inside.due(B_TO_D, share) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"number": 0}, "番号.+number"),
        ({"number": 65_536}, "番号.+number"),
        ({"days": 0}, "日数.+days"),
        ({"days": 367}, "日数.+days"),
        ({"price": Yen(-1)}, "値段.+price"),
        ({"price": Yen(1_000_001)}, "値段.+price"),
        ({"name": "　"}, "名前.+name"),
        ({"section": ("B", "B")}, "停留所.+stops"),
        ({"section": ("", "B")}, "停留所.+stops"),
        ({"last_day": date(2026, 3, 31)}, "最終日.+last day"),
    ],
)
def test_a_pass_that_nobody_could_ride_on_is_refused_in_both_languages(
    wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        replace(B_TO_D, **wrong)


def test_a_pass_may_be_free_and_of_a_single_day() -> None:
    day = B_TO_D.first_day
    one = replace(B_TO_D, price=Yen(0), days=1, last_day=day)
    assert one.holds_on(day)
