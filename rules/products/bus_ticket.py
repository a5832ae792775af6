"""The bus ticket (バス回数券, basu kaisūken): ride value for less than it is worth on the bus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.money import Yen
from rules.products.sold import MAX_DAYS, MAX_PRICE, check_range, check_sold

_WORDS = ("バス回数券", "bus ticket")


@dataclass(frozen=True, slots=True)
class BusTicket:
    """A bus ticket as it is sold: `value` yen of rides for `price` yen, to anybody.

    What it gives beyond its price is premium. It is good for `days` days from the first, None without end, and sold on
    the service days from `first_day` to `last_day`, None for no end. Raises ValueError for one that gives less than it
    costs, or nothing.
    """

    KIND: ClassVar[str] = "office/bus-ticket"

    number: int
    name: str
    name_en: str
    value: Yen
    days: int | None
    price: Yen
    first_day: date
    last_day: date | None

    def __post_init__(self) -> None:
        check_sold(_WORDS, self.number, self.name, self.price, self.first_day, self.last_day)
        check_range(_WORDS, ("額面", "value"), self.value, max(self.price, 1), MAX_PRICE)
        if self.days is not None:
            check_range(_WORDS, ("日数", "number of days"), self.days, 1, 10 * MAX_DAYS)

    @property
    def premium(self) -> Yen:
        """What one gives beyond its price, in yen."""
        return Yen(self.value - self.price)

    def holds_on(self, day: date) -> bool:
        """Whether it is sold on service day `day`."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)
