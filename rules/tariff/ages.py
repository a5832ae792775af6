"""From which age on somebody pays, and from which on as an adult."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MAX_AGE = 100
MAX_INFANTS = 9


class AgeGroup(StrEnum):
    """Infants (幼児, yōji) ride free beside somebody who pays; children pay as class CHILD."""

    INFANT = "infant"
    CHILD = "child"
    ADULT = "adult"


@dataclass(frozen=True, slots=True)
class ChildAges:
    """Ages in whole years, from service day `first_day` until a later rule takes over.

    Infants are below `child_from`, at most `infants_free` of them with one paying rider; children are below
    `child_below`. Raises ValueError for ages that are out of order or nobody's.
    """

    first_day: date
    child_from: int
    child_below: int
    infants_free: int

    def __post_init__(self) -> None:
        if not 0 <= self.child_from <= self.child_below <= MAX_AGE:
            raise ValueError(
                f"小児は{self.child_from}歳から{self.child_below}歳未満にはできません。"
                f"0から{MAX_AGE}までの年齢を、若い順に入れてください。 / Children cannot be from {self.child_from} to "
                f"below {self.child_below}: give ages from 0 to {MAX_AGE}, the lower one first."
            )
        if not 0 <= self.infants_free <= MAX_INFANTS:
            raise ValueError(
                f"無料の幼児は0人から{MAX_INFANTS}人までにしてください({self.infants_free}人ではなく)。 / "
                f"Let from 0 to {MAX_INFANTS} infants ride free with one rider, not {self.infants_free}."
            )

    def group(self, age: int) -> AgeGroup:
        """What somebody of `age` whole years is."""
        if age < self.child_from:
            return AgeGroup.INFANT
        return AgeGroup.CHILD if age < self.child_below else AgeGroup.ADULT
