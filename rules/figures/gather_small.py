"""Lines of a table that cannot stand alone are counted together, and each gives away no more than `<5` of anything."""

from __future__ import annotations

from collections.abc import Sequence

from rules.figures.small_numbers import FEWEST


def stands_alone(line: Sequence[int]) -> bool:
    """Whether it has five people or more, and enough room that none of its small cells follows from the others.

    Of cells that are all small, one may be nobody only where the others can hold everybody, four each.
    """
    people = sum(line)
    if people < FEWEST:
        return False
    return max(line) >= FEWEST or people <= (FEWEST - 1) * (len(line) - 1)


def to_gather(lines: Sequence[Sequence[int]]) -> list[int]:
    """The places of the lines to be counted together, none where that would say too much of one of them.

    `lines` are people without totals, and alike: in each column all of them may have people. That a line is missing
    says that it does not stand alone, which four people in whatever cell may be the reason for, or nobody at all. Each
    may be so where the others can hold the sum, four each.
    """
    weak = [place for place, line in enumerate(lines) if not stands_alone(line)]
    together = sum(sum(lines[place]) for place in weak)
    is_safe = together < FEWEST or together <= (FEWEST - 1) * (len(weak) - 1)
    return weak if is_safe else []
