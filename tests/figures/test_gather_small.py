"""Lines that are counted together: nobody learns more of one of them than that it has fewer than five people."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from rules.figures.gather_small import to_gather
from rules.figures.small_numbers import FEWEST


@given(st.lists(st.integers(0, 9), max_size=6))
def test_of_each_gathered_line_everything_below_five_stays_possible(sums: list[int]) -> None:
    gathered = to_gather(sums)
    assert all(sums[place] < FEWEST for place in gathered)
    together = sum(sums[place] for place in gathered)
    if together < FEWEST:
        # The sum is hidden as well.
        return
    possible = [values for values in product(range(FEWEST), repeat=len(gathered)) if sum(values) == together]
    for place in range(len(gathered)):
        assert {values[place] for values in possible} == set(range(FEWEST))


def test_lines_whose_sum_would_give_them_away_stay_apart() -> None:
    assert to_gather([4, 4, 9]) == []
    assert to_gather([4, 3, 0, 9]) == [0, 1, 2]
    assert to_gather([4]) == [0]
    assert to_gather([]) == []
