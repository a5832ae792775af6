"""The small-number rule: what a table of people may show, so that its totals give nobody away.

A table with its totals is a circulation: rows and columns are nodes, each cell an arc from its row to its column, each
total an arc the other way. What a hidden cell may still be is then a question of flow, answered in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

FEWEST = 5
"""So many people a cell needs to be shown."""

Place = tuple[int, int]
Node = tuple[str, int]


class Hidden(StrEnum):
    """Why a cell shows no number."""

    SMALL = "<5"
    """Nobody to four people: that nobody did something is said of everybody, so zero is small as well."""
    BESIDE = "-"
    """Five people or more, hidden so that the small ones cannot be worked out from the totals."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table fit to be published, its totals in the last row and the last column."""

    rows: tuple[tuple[int | Hidden, ...], ...]


def with_totals(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    """The counts with their sums to the right and below. Each person counts once in each cell."""
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def hide_small(counts: Sequence[Sequence[int]]) -> Shown | None:
    """The table as it may be seen, or None where hiding cells is not enough and no cell may be.

    Whoever knows every number shown and both marks' meaning finds all of 0 to 4 possible for each small cell, total or
    not. `counts` are people, without totals, in rows of one length.
    """
    if not counts or not counts[0]:
        return None
    table = _Table(with_totals(counts))
    for place in table.small:
        value = table.values[place]
        tail, head = table.ends(place)
        if not table.free(place, head, tail, FEWEST - 1 - value) or not table.free(place, tail, head, value):
            return None
    return Shown(tuple(tuple(table.shown((r, c)) for c in range(table.width)) for r in range(table.height)))


class _Table:
    """Values with totals, and which of the large ones are hidden so far. Hiding more only frees more."""

    def __init__(self, rows: list[list[int]]) -> None:
        self.height, self.width = len(rows), len(rows[0])
        self.values = {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row)}
        self.small = [place for place, value in self.values.items() if value < FEWEST]
        self.beside: set[Place] = set()

    def shown(self, place: Place) -> int | Hidden:
        if self.values[place] < FEWEST:
            return Hidden.SMALL
        return Hidden.BESIDE if place in self.beside else self.values[place]

    def ends(self, place: Place) -> tuple[Node, Node]:
        row, column = ("row", place[0]), ("column", place[1])
        is_total = (place[0] == self.height - 1) != (place[1] == self.width - 1)
        return (column, row) if is_total else (row, column)

    def free(self, kept: Place, start: Node, goal: Node, amount: int) -> bool:
        """Hide what must be hidden for `amount` to go from `start` to `goal` by other cells than `kept`."""
        moved = dict.fromkeys(self.values, 0)
        while amount:
            steps = self._cheapest(kept, start, goal, moved)
            if steps is None:
                return False
            for place, sign in steps:
                moved[place] += sign
                if self.values[place] >= FEWEST:
                    self.beside.add(place)
            amount -= 1
        return True

    def _cheapest(
        self, kept: Place, start: Node, goal: Node, moved: dict[Place, int]
    ) -> list[tuple[Place, int]] | None:
        """The way for one person more that hides the fewest people who are shown."""
        best: dict[Node, int] = {start: 0}
        came: dict[Node, tuple[Node, Place, int]] = {}
        heap = [(0, start)]
        while heap:
            cost, node = heappop(heap)
            if cost > best[node]:
                continue
            for place, sign, after in self._steps(node, moved):
                price = 0 if self.shown(place) in tuple(Hidden) else self.values[place]
                if place != kept and cost + price < best.get(after, cost + price + 1):
                    best[after] = cost + price
                    came[after] = (node, place, sign)
                    heappush(heap, (cost + price, after))
        if goal not in best:
            return None
        steps = []
        while goal != start:
            goal, place, sign = came[goal]
            steps.append((place, sign))
        return steps

    def _steps(self, node: Node, moved: dict[Place, int]) -> Iterator[tuple[Place, int, Node]]:
        kind, at = node
        line = range(self.width) if kind == "row" else range(self.height)
        for other in line:
            place = (at, other) if kind == "row" else (other, at)
            tail, head = self.ends(place)
            sign, after = (1, head) if tail == node else (-1, tail)
            now = self.values[place] + moved[place] + sign
            is_small = self.values[place] < FEWEST
            if 0 <= now < FEWEST if is_small else now >= FEWEST:
                yield place, sign, after
