"""A part of the adult fare, in whole yen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.money import Yen

MAX_DENOMINATOR = 100
"""Hundredths are as fine as anybody sets a fare."""
STEPS = (1, 5, 10, 50, 100)


class Rounding(StrEnum):
    """What becomes of the yen below a step. Half a step goes up to the nearest."""

    UP = "up"
    DOWN = "down"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Share:
    """`numerator`/`denominator` of the adult fare, rounded to whole `step`s of yen. 0/1 rides free, 1/1 as an adult.

    Raises ValueError for more than the whole, and for numbers that nobody means.
    """

    numerator: int
    denominator: int
    step: int
    rounding: Rounding

    def __post_init__(self) -> None:
        if not 1 <= self.denominator <= MAX_DENOMINATOR or not 0 <= self.numerator <= self.denominator:
            raise ValueError(
                f"{self.numerator}/{self.denominator} は運賃の割合になりません。0/1から1/1まで、"
                f"分母は{MAX_DENOMINATOR}以下にしてください。 / {self.numerator}/{self.denominator} is no share of "
                f"a fare: give one from 0/1 to 1/1, with a denominator of at most {MAX_DENOMINATOR}."
            )
        if self.step not in STEPS:
            steps = "・".join(map(str, STEPS))
            raise ValueError(
                f"端数は{steps}円のどれかにまるめてください({self.step}円ではなく)。 / "
                f"Round to {', '.join(map(str, STEPS))} yen, not to {self.step}."
            )

    def of(self, adult: Yen) -> Yen:
        """The share of an adult fare of at least 0 yen: never more than that fare, however it is rounded."""
        steps, rest = divmod(adult * self.numerator, self.denominator * self.step)
        match self.rounding:
            case Rounding.UP:
                up = rest > 0
            case Rounding.DOWN:
                up = False
            case Rounding.NEAREST:
                up = 2 * rest >= self.denominator * self.step
        return Yen(min(adult, (steps + up) * self.step))
