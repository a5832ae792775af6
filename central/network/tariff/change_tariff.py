"""Changing the office's fare rules: from a day on, never for days that are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

from rules.products import Product
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.tariff import Tariff

Rule = ClassRule | ChildAges | Product
LONGEST_AHEAD = timedelta(days=366 * 2)


class NotChanged(StrEnum):
    """Why a rule is not taken."""

    PAST = "past"
    TOO_FAR = "too far"
    BEGUN = "begun"
    """It holds already: a later rule takes its place, or its last day is set."""


def add_rule(tariff: Tariff, rule: Rule, today: date) -> Tariff | NotChanged:
    """The tariff with a rule more; one of the same class, or of the ages, and the same day gives way to it.

    Raises ValueError, whose text is for people, where two products would have one number on one day.
    """
    if rule.first_day < today:
        return NotChanged.PAST
    if rule.first_day > today + LONGEST_AHEAD:
        return NotChanged.TOO_FAR
    match rule:
        case ClassRule():
            others = [
                each
                for each in tariff.classes
                if (each.rider_class, each.first_day) != (rule.rider_class, rule.first_day)
            ]
            return replace(tariff, classes=(*others, rule))
        case ChildAges():
            ages = [each for each in tariff.ages if each.first_day != rule.first_day]
            return replace(tariff, ages=(*ages, rule))
        case _:
            return replace(tariff, products=(*tariff.products, rule))


def take_back(tariff: Tariff, rule: Rule, today: date) -> Tariff | NotChanged:
    """The tariff without a rule that has not begun yet."""
    if rule.first_day <= today:
        return NotChanged.BEGUN
    return Tariff(
        tuple(each for each in tariff.classes if each != rule),
        tuple(each for each in tariff.ages if each != rule),
        tuple(each for each in tariff.products if each != rule),
    )


def end_product(tariff: Tariff, product: Product, last_day: date, today: date) -> Tariff | NotChanged:
    """The tariff in which a product rides until `last_day`.

    Raises ValueError, whose text is for people, where that is before its first.
    """
    if last_day < today:
        return NotChanged.PAST
    ended = replace(product, last_day=last_day)
    return replace(tariff, products=tuple(ended if each == product else each for each in tariff.products))
