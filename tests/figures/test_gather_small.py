"""Lines that are counted together: nobody learns anything small of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.figures.gather_small import stands_alone, to_gather
from rules.figures.small_numbers import FEWEST

Line = tuple[int, int]
WEAK: list[Line] = [(a, b) for a, b in product(range(FEWEST), repeat=2) if not stands_alone((a, b))]
lines = st.tuples(st.integers(0, 6), st.integers(0, 5))


def seen(those: list[Line]) -> list[int | str]:
    """What is shown of their sum: columns and total."""
    sums = [sum(line[0] for line in those), sum(line[1] for line in those), sum(map(sum, those))]
    return [number if number >= FEWEST else "<5" for number in sums]


def worlds(those: list[Line]) -> Iterator[tuple[Line, ...]]:
    """All there may have been for somebody who sees which lines are missing, and their sum."""
    said = seen(those)
    return (world for world in product(WEAK, repeat=len(those)) if seen(list(world)) == said)


@settings(max_examples=60)
@given(st.lists(lines, max_size=3))
def test_of_each_gathered_line_whatever_is_small_stays_possible(counts: list[Line]) -> None:
    gathered = [counts[place] for place in to_gather(counts)]
    assert all(max(line) < FEWEST for line in gathered)
    sums = [sum(line[0] for line in gathered), sum(line[1] for line in gathered)]
    if not stands_alone(sums) or sum(each < FEWEST for each in sums) == 1:
        # Their sum is hidden whole; or one of its cells is small, and `hide_small` hides the other with it.
        return
    possible = list(worlds(gathered))
    for place in range(len(gathered)):
        for cell in (0, 1):
            assert {world[place][cell] for world in possible} == set(range(FEWEST))
        assert {sum(world[place]) for world in possible} >= set(range(FEWEST))


def test_lines_whose_sum_would_give_them_away_stay_apart() -> None:
    assert to_gather([(4, 0), (4, 0), (9, 0)]) == []
    assert to_gather([(4, 0), (3, 0), (0, 0), (9, 0)]) == [0, 1, 2]
    assert to_gather([(4, 3), (0, 0), (0, 0), (6, 0)]) == [0, 1, 2]
    assert to_gather([(4, 3)]) == []
    assert to_gather([]) == []
