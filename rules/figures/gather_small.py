"""Lines of a table with fewer than five people stand together in one, and each of them gives away no more than `<5`."""

from __future__ import annotations

from collections.abc import Sequence

from rules.figures.small_numbers import FEWEST


def to_gather(sums: Sequence[int]) -> list[int]:
    """The places of the lines to be counted together, none where that would say more than `<5` of one of them.

    `sums` are people of lines that are alike: in whichever column one of them may have people, all may. That a line
    is not there says that it has fewer than five. Of `n` such lines with a sum that is shown, one may be 4 because the
    sum is five or more; it may be 0 where the others can hold the whole sum, four each.
    """
    small = [place for place, people in enumerate(sums) if people < FEWEST]
    together = sum(sums[place] for place in small)
    is_safe = together < FEWEST or together <= (FEWEST - 1) * (len(small) - 1)
    return small if is_safe else []
