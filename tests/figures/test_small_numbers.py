"""A curious journalist has every published table, knows the rule, and works out what each small cell can be."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.figures.small_numbers import FEWEST, Hidden, hide_small, with_totals

MOST = 60
"""Above every number in these tables' hidden cells that the journalist needs to think of."""

Cells = list[list[int | Hidden]]
Spans = dict[tuple[int, int], tuple[int, int]]


@st.composite
def villages(draw: st.DrawFn) -> list[list[int]]:
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    row = st.lists(st.integers(0, 12), min_size=width, max_size=width)
    return draw(st.lists(row, min_size=height, max_size=height))


def narrowed(cells: Cells, spans: Spans) -> Spans | None:
    """Each span as its row and its column leave it, again and again; None where they contradict."""
    height, width = len(cells), len(cells[0])
    lines = [[(r, c) for c in range(width)] for r in range(height)]
    lines += [[(r, c) for r in range(height)] for c in range(width)]
    spans, before = dict(spans), None
    while spans != before:
        before = dict(spans)
        for *parts, total in lines:
            signed = [(part, 1) for part in parts] + [(total, -1)]
            for place, sign in signed:
                rest = [
                    tuple(sorted((-sign * s * spans[p][0], -sign * s * spans[p][1])))
                    for p, s in signed
                    if p != place
                ]
                low = max(spans[place][0], sum(span[0] for span in rest))
                high = min(spans[place][1], sum(span[1] for span in rest))
                if low > high:
                    return None
                spans[place] = low, high
    return spans


def is_possible(cells: Cells, spans: Spans) -> bool:
    """Whether some whole table agrees with all that is known: guess, narrow, go back."""
    found = narrowed(cells, spans)
    if found is None:
        return False
    open_places = [place for place, (low, high) in found.items() if low < high]
    if not open_places:
        return True
    place = min(open_places, key=lambda each: found[each][1] - found[each][0])
    low, high = found[place]
    return any(is_possible(cells, found | {place: (value, value)}) for value in range(low, high + 1))


def given_away(cells: Cells) -> list[tuple[int, int]]:
    """The small cells of which the journalist can rule out any of 0 to 4."""
    spans: Spans = {}
    for r, c in product(range(len(cells)), range(len(cells[0]))):
        cell = cells[r][c]
        if cell is Hidden.SMALL:
            spans[r, c] = (0, FEWEST - 1)
        elif cell is Hidden.NEVER:
            spans[r, c] = (0, 0)
        elif cell is Hidden.BESIDE:
            spans[r, c] = (FEWEST, MOST * 20)
        else:
            spans[r, c] = (int(cell), int(cell))
    return [
        place
        for place in spans
        if cells[place[0]][place[1]] is Hidden.SMALL
        and not all(is_possible(cells, spans | {place: (value, value)}) for value in range(FEWEST))
    ]


def only_small_hidden(counts: list[list[int]]) -> Cells:
    return [[Hidden.SMALL if value < FEWEST else value for value in row] for row in with_totals(counts)]


@given(villages())
def test_no_small_cell_can_be_narrowed(counts: list[list[int]]) -> None:
    shown = hide_small(counts)
    if shown is not None:
        assert given_away([list(row) for row in shown.rows]) == []


@given(villages(), st.randoms(use_true_random=False))
def test_cells_that_everybody_knows_to_be_empty_protect_no_other(
    counts: list[list[int]], chance: random.Random
) -> None:
    never = {
        (r, c)
        for r, c in product(range(len(counts)), range(len(counts[0])))
        if chance.random() < 0.3 and r != c % len(counts) and c != r % len(counts[0])
    }
    emptied = [
        [0 if (r, c) in never else value for c, value in enumerate(row)] for r, row in enumerate(counts)
    ]
    shown = hide_small(emptied, never)
    if shown is not None:
        assert given_away([list(row) for row in shown.rows]) == []


@given(villages())
def test_what_is_shown_is_true(counts: list[list[int]]) -> None:
    shown = hide_small(counts)
    if shown is not None:
        for cells, values in zip(shown.rows, with_totals(counts), strict=True):
            for cell, value in zip(cells, values, strict=True):
                assert (cell is Hidden.SMALL) == (value < FEWEST)
                assert isinstance(cell, Hidden) or cell == value


@pytest.mark.parametrize("counts", [[[1, 9], [8, 7]], [[0, 0, 7], [6, 9, 8], [12, 6, 6]], [[4, 20]]])
def test_without_the_second_cell_the_journalist_succeeds(counts: list[list[int]]) -> None:
    assert given_away(only_small_hidden(counts))


def test_a_table_of_large_cells_is_shown_whole() -> None:
    counts = [[5, 9], [8, 7]]
    shown = hide_small(counts)
    assert shown is not None
    assert [list(row) for row in shown.rows] == with_totals(counts)


def test_one_small_cell_takes_others_with_it_and_leaves_the_rest() -> None:
    shown = hide_small([[1, 9, 20], [11, 12, 30], [40, 50, 60]])
    assert shown is not None
    assert shown.rows[2] == (40, 50, 60, 150)
    assert shown.rows[0][:2] == (Hidden.SMALL, Hidden.BESIDE)


def test_nothing_to_count_shows_nothing() -> None:
    assert hide_small([]) is None
