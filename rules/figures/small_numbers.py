"""The small-number rule: what a table of people may show, so that its totals give nobody away.

A table with its totals is a circulation: rows and columns are nodes, each cell an arc from its row to its column, each
total an arc the other way. What a hidden cell may still be is then a question of flow, answered in whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

FEWEST = 5
"""So many people a cell needs to be shown."""

Place = tuple[int, int]
Node = tuple[str, int]
Step = tuple[Place, int, Node]
Moved = dict[Place, int]


class Hidden(StrEnum):
    """Why a cell shows no number."""

    SMALL = "<5"
    """Nobody to four people: that nobody did something is said of everybody, so zero is small as well."""
    BESIDE = "-"
    """Five people or more, hidden so that the small ones cannot be worked out from the totals."""
    NEVER = ""
    """Nobody can be there, as everybody knows: no bus goes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table fit to be published, its totals in the last row and the last column."""

    rows: tuple[tuple[int | Hidden, ...], ...]


def with_totals(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    """The counts with their sums to the right and below. Each person counts once in each cell."""
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def hide_small(counts: Sequence[Sequence[int]], never: Collection[Place] = ()) -> Shown | None:
    """The table as it may be seen, or None where hiding cells is not enough and no cell may be.

    Whoever knows every number shown and both marks' meaning finds all of 0 to 4 possible for each small cell, total or
    not. `counts` are people, without totals, in rows of one length. `never` are cells, by row and column, that
    everybody knows to be empty; each row and column has another.
    """
    if not counts or not counts[0]:
        return None
    table = _Table(with_totals(counts), frozenset(never))
    for place in table.small:
        value = table.values[place]
        tail, head = table.ends(place)
        if not table.free(place, head, tail, FEWEST - 1 - value) or not table.free(place, tail, head, value):
            return None
    return Shown(tuple(tuple(table.shown((r, c)) for c in range(table.width)) for r in range(table.height)))


class _Table:
    """Values with totals, and which of the large ones are hidden so far. Hiding more only frees more."""

    def __init__(self, rows: list[list[int]], never: frozenset[Place]) -> None:
        self.height, self.width = len(rows), len(rows[0])
        self.values = {
            (r, c): value for r, row in enumerate(rows) for c, value in enumerate(row) if (r, c) not in never
        }
        self.small = [place for place, value in self.values.items() if value < FEWEST]
        self.beside: set[Place] = set()

    def shown(self, place: Place) -> int | Hidden:
        if place not in self.values:
            return Hidden.NEVER
        if self.values[place] < FEWEST:
            return Hidden.SMALL
        return Hidden.BESIDE if place in self.beside else self.values[place]

    def ends(self, place: Place) -> tuple[Node, Node]:
        row, column = ("row", place[0]), ("column", place[1])
        is_total = (place[0] == self.height - 1) != (place[1] == self.width - 1)
        return (column, row) if is_total else (row, column)

    def free(self, kept: Place, start: Node, goal: Node, amount: int) -> bool:
        """Hide what must be hidden for `amount` to go from `start` to `goal` by other cells than `kept`."""
        moved: Moved = defaultdict(int)
        for _ in range(amount):
            steps = self._costless(kept, start, goal, moved) or self._cheapest(kept, start, goal, moved)
            if steps is None:
                return False
            for place, sign, _ in steps:
                moved[place] += sign
                if self.values[place] >= FEWEST:
                    self.beside.add(place)
        return True

    def _costless(self, kept: Place, start: Node, goal: Node, moved: Moved) -> list[Step] | None:
        """Some way for one person more that hides nobody who is shown: mostly there is one, and it is found at once."""
        seen = {start}
        walked: list[Step] = []
        open_steps = [self._steps(start, moved)]
        while open_steps:
            step = next(open_steps[-1], None)
            if step is None:
                open_steps.pop()
                if walked:
                    walked.pop()
                continue
            place, _, after = step
            if place == kept or after in seen or self._price(place):
                continue
            seen.add(after)
            walked.append(step)
            last = None if after == goal else self._step(after, goal, moved)
            if last is not None and last[0] != kept and not self._price(last[0]):
                return [*walked, last]
            if after == goal:
                return walked
            open_steps.append(self._steps(after, moved))
        return None

    def _cheapest(self, kept: Place, start: Node, goal: Node, moved: Moved) -> list[Step] | None:
        """The way for one person more that hides the fewest people who are shown."""
        best: dict[Node, int] = {start: 0}
        came: dict[Node, tuple[Node, Step]] = {}
        heap = [(0, start)]
        while heap:
            cost, node = heappop(heap)
            if node == goal:
                break
            if cost > best[node]:
                continue
            for step in self._steps(node, moved):
                place, _, after = step
                now = cost + self._price(place)
                if place != kept and now < best.get(after, now + 1):
                    best[after] = now
                    came[after] = (node, step)
                    heappush(heap, (now, after))
        if goal not in best:
            return None
        steps = []
        while goal != start:
            goal, step = came[goal]
            steps.append(step)
        return steps

    def _price(self, place: Place) -> int:
        """How many people are hidden for it who are shown so far."""
        value = self.values[place]
        return 0 if value < FEWEST or place in self.beside else value

    def _steps(self, node: Node, moved: Moved) -> Iterator[Step]:
        kind, others = ("column", self.width) if node[0] == "row" else ("row", self.height)
        steps = (self._step(node, (kind, other), moved) for other in range(others))
        return (step for step in steps if step is not None)

    def _step(self, node: Node, after: Node, moved: Moved) -> Step | None:
        """From a row to a column or back, where their cell lets one person more go that way."""
        if node[0] == after[0]:
            return None
        place = (node[1], after[1]) if node[0] == "row" else (after[1], node[1])
        value = self.values.get(place)
        if value is None:
            return None
        sign = 1 if self.ends(place)[0] == node else -1
        now = value + moved.get(place, 0) + sign
        is_possible = 0 <= now < FEWEST if value < FEWEST else now >= FEWEST
        return (place, sign, after) if is_possible else None
