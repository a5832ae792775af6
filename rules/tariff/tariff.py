"""All that the office says of fares beside the feed: classes, ages and products, each by service day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rules.passes.rider_pass import RiderClass
from rules.products import PassProduct, Product
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share

BEGINNING = date.min
"""The first day of the rules that have always held. No clock, however wrong, comes before it."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """Rules in any order. A day is always a service day (運行日), which ends at 03:00.

    Raises ValueError unless every class and the ages have a rule from `BEGINNING` on and no two of one day, and no
    two products have one number on one day.
    """

    classes: tuple[ClassRule, ...]
    ages: tuple[ChildAges, ...]
    products: tuple[Product, ...]

    def __post_init__(self) -> None:
        for rider_class in RiderClass:
            name = rider_class.name.lower()
            days = [rule.first_day for rule in self.classes if rule.rider_class is rider_class]
            _check_days(days, f"区分 {name} の", f"class {name}")
        _check_days([ages.first_day for ages in self.ages], "年齢の", "ages")
        _check_products(self.products)

    def class_on(self, rider_class: RiderClass, day: date) -> ClassRule:
        """What the riders of a class pay on `day`."""
        begun = (rule for rule in self.classes if rule.rider_class is rider_class and rule.first_day <= day)
        return max(begun, key=lambda rule: rule.first_day)

    def ages_on(self, day: date) -> ChildAges:
        """Who is a child on `day`."""
        return max((ages for ages in self.ages if ages.first_day <= day), key=lambda ages: ages.first_day)

    def product_on(self, number: int, day: date) -> PassProduct | None:
        """The product that a pass with `number` rides by on `day`."""
        found = self.sold_on(number, day)
        return found if isinstance(found, PassProduct) else None

    def sold_on(self, number: int, day: date) -> Product | None:
        """What is sold under `number` on `day`."""
        return next((each for each in self.products if each.number == number and each.holds_on(day)), None)


def _check_days(days: Sequence[date], ja: str, en: str) -> None:
    if BEGINNING not in days:
        raise ValueError(
            f"{ja}決まりが最初からありません。{BEGINNING}からの決まりを加えてください。 / "
            f"There is no rule for {en} from the beginning: add one from {BEGINNING}."
        )
    if len(set(days)) != len(days):
        raise ValueError(
            f"{ja}決まりが同じ日から二つあります。一つにしてください。 / "
            f"Two rules for {en} begin on one day: keep one."
        )


def _check_products(products: Sequence[Product]) -> None:
    for one, other in pairwise(sorted(products, key=lambda each: (each.number, each.first_day))):
        if one.number == other.number and one.holds_on(other.first_day):
            raise ValueError(
                f"番号{one.number}の商品が{other.first_day}に二つあります。期間か番号を変えてください。 / "
                f"Two products have number {one.number} on {other.first_day}: change a period or a number."
            )


_ADULT = Share(1, 1, 1, Rounding.UP)
_HALF = Share(1, 2, 10, Rounding.UP)

STANDARD = Tariff(
    classes=(
        ClassRule(RiderClass.ADULT, BEGINNING, _ADULT),
        ClassRule(RiderClass.CHILD, BEGINNING, _HALF),
        ClassRule(RiderClass.SENIOR, BEGINNING, _ADULT),
        ClassRule(RiderClass.STUDENT, BEGINNING, _ADULT),
        ClassRule(RiderClass.HANDBOOK, BEGINNING, _HALF),
        ClassRule(RiderClass.HANDBOOK_ATTENDED, BEGINNING, _HALF, attendant=_HALF),
    ),
    ages=(ChildAges(BEGINNING, child_from=6, child_below=12, infants_free=2),),
    products=(),
)
"""What holds until the office says otherwise.

Half, rounded up to 10 yen (小児運賃, shōni unchin), held for 46 of 46 child fares of the one feed examined that
publishes them.
"""
