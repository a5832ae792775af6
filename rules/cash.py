"""Cash counted by kind of note and coin (金種, kinshu)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.money import Yen

DENOMINATIONS = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1)
"""Every Japanese note and coin in use, in yen."""
MAX_PIECES = 100_000
"""Of one kind in one count; more is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class CashCount:
    """What lies on the table: (kind in yen, pieces), each kind once, the largest first.

    Raises ValueError for a kind that does not exist or stands there twice, and for fewer than 0 pieces or too many.
    """

    pieces: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        kinds = [kind for kind, _ in self.pieces]
        if kinds != sorted(set(kinds), reverse=True) or not set(kinds) <= set(DENOMINATIONS):
            raise ValueError(f"a count names each of {DENOMINATIONS} at most once, the largest first")
        if any(not 0 <= number <= MAX_PIECES for _, number in self.pieces):
            raise ValueError(f"of each kind there are from 0 to {MAX_PIECES} pieces")

    @property
    def total(self) -> Yen:
        """In yen."""
        return Yen(sum(kind * number for kind, number in self.pieces))


def difference_words(difference: int) -> str:
    """What was counted less what there should be, for people."""
    if not difference:
        return "過不足なし / no difference"
    if difference < 0:
        return f"{-difference:,}円不足 / {-difference:,} yen missing"
    return f"{difference:,}円過剰 / {difference:,} yen too much"
