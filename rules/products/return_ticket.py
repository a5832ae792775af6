"""The return ticket (往復券, ōfukuken): two trips between two stops, in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.sold import MAX_DAYS, check_range, check_section, check_sold

TRIPS = 2
"""There and back."""
_WORDS = ("往復券", "return ticket")


@dataclass(frozen=True, slots=True)
class ReturnTicket:
    """A return ticket as it is sold: two trips for `price` yen, to riders of `rider_class`.

    `section` are the names of its two stops, as the poles of two directions have different ids. It is good for `days`
    service days, the first among them, and sold on those from `first_day` to `last_day`, None for no end. Raises
    ValueError for what nobody could ride on.
    """

    KIND: ClassVar[str] = "office/return-ticket"

    number: int
    name: str
    name_en: str
    rider_class: RiderClass
    section: tuple[str, str]
    days: int
    price: Yen
    first_day: date
    last_day: date | None

    def __post_init__(self) -> None:
        check_sold(_WORDS, self.number, self.name, self.price, self.first_day, self.last_day)
        check_range(_WORDS, ("日数", "number of days"), self.days, 1, MAX_DAYS)
        check_section(self.section)

    def holds_on(self, day: date) -> bool:
        """Whether it is sold on service day `day`."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)
