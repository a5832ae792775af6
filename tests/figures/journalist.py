"""A curious journalist, who has all tables of a village at once, and works out what small numbers in them can be.

What is published is read as equations between the numbers that nobody has hidden yet: which they are is known from the
tables themselves. Any two tables may be subtracted: that is what equations with shared numbers are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from rules.figures.small_numbers import FEWEST

PLENTY = 300
"""Above every number that needs to be thought of."""

Span = tuple[int, int]
SMALL = 0, FEWEST - 1
"""Where both ends are possible, all between are."""
Sum = tuple[Hashable, tuple[Hashable, ...]]
"""A total and its parts."""


@dataclass
class Knowledge:
    """What can be each number, and which are the sums of which."""

    spans: dict[Hashable, Span] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)

    def learns(self, number: Hashable, low: int, high: int) -> None:
        before = self.spans.get(number, (0, PLENTY))
        self.spans[number] = max(low, before[0]), min(high, before[1])

    def sees(self, number: Hashable, people: str, mark: str) -> None:
        """A cell as it stands in a CSV."""
        if people:
            self.learns(number, int(people), int(people))
        elif mark == "<5":
            self.learns(number, 0, FEWEST - 1)
        elif mark.endswith("no bus"):
            self.learns(number, 0, 0)
        else:
            self.learns(number, FEWEST, PLENTY)

    def adds_up(self, total: Hashable, parts: Iterable[Hashable]) -> None:
        known = tuple(parts)
        self.sums.append((total, known))
        for each in (total, *known):
            self.learns(each, 0, PLENTY)

    def given_away(self) -> list[Hashable]:
        """Small numbers of which something from 0 to 4 can be ruled out by any means."""
        return self._ruled_out(is_possible)

    def follows(self) -> list[Hashable]:
        """Those of which that follows from one sum after another, without guessing."""
        return self._ruled_out(lambda sums, spans: narrowed(sums, spans) is not None)

    def _ruled_out(self, possible: Callable[[list[Sum], dict[Hashable, Span]], bool]) -> list[Hashable]:
        found: list[Hashable] = []
        for sums in self._apart():
            numbers = {number for total, parts in sums for number in (total, *parts)}
            spans = narrowed(sums, {number: self.spans[number] for number in numbers})
            assert spans is not None, "what is published contradicts itself"
            found += [
                number
                for number in sorted(numbers, key=str)
                if self.spans[number] == SMALL
                and not all(
                    low <= value <= high and possible(sums, {**spans, number: (value, value)})
                    for low, high in [spans[number]]
                    for value in SMALL
                )
            ]
        return found

    def _apart(self) -> list[list[Sum]]:
        """The sums in groups that share no number: what is in one says nothing of another."""
        groups: list[tuple[set[Hashable], list[Sum]]] = []
        for each in self.sums:
            numbers, together = {each[0], *each[1]}, [each]
            for group in [group for group in groups if group[0] & numbers]:
                groups.remove(group)
                numbers |= group[0]
                together += group[1]
            groups.append((numbers, together))
        return [together for _, together in groups]


def narrowed(sums: list[Sum], spans: Mapping[Hashable, Span]) -> dict[Hashable, Span] | None:
    """Each span as the sums leave it, again and again; None where they contradict."""
    found, is_new = dict(spans), True
    while is_new:
        is_new = False
        for total, parts in sums:
            low, high = (sum(found[part][end] for part in parts) for end in (0, 1))
            limits = {total: (low, high)} | {
                part: (
                    found[total][0] - high + found[part][1],
                    found[total][1] - low + found[part][0],
                )
                for part in parts
            }
            for number, (least, most) in limits.items():
                before = found[number]
                after = max(before[0], least), min(before[1], most)
                if after[0] > after[1]:
                    return None
                if after != before:
                    found[number], is_new = after, True
                    if number != total:
                        # The rest of this sum's limits were worked out from what it was before.
                        break
    return found


def is_possible(sums: list[Sum], spans: Mapping[Hashable, Span]) -> bool:
    """Whether there are whole numbers that agree with all of it: guess, narrow, go back."""
    found = narrowed(sums, spans)
    if found is None:
        return False
    unsettled = {
        number for total, parts in sums for number in (total, *parts) if found[number][0] < found[number][1]
    }
    if not unsettled:
        return True
    number = min(unsettled, key=lambda each: (found[each][1] - found[each][0], str(each)))
    low, high = found[number]
    return any(is_possible(sums, {**found, number: (value, value)}) for value in range(low, high + 1))
