"""What a clerk types about fare rules, read into values. Everything raises ValueError with a sentence for the clerk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products import Product
from rules.products.commuter_pass import CommuterPass
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share

Form = Mapping[str, str]

LONGEST_NAME = 40


def read_class_rule(form: Form) -> ClassRule:
    """A class, its share and the day from which it holds."""
    rider_class = RiderClass(_whole(form, "class", "区分", "class", 0, max(RiderClass)))
    attended = rider_class is RiderClass.HANDBOOK_ATTENDED
    return ClassRule(
        rider_class,
        read_day(form, "first_day"),
        _share(form, ""),
        _share(form, "attendant_") if attended else None,
    )


def read_ages(form: Form) -> ChildAges:
    """Ages, and the day from which they hold."""
    return ChildAges(
        read_day(form, "first_day"),
        _whole(form, "child_from", "小児になる年齢", "child's first age", 0, 100),
        _whole(form, "child_below", "大人になる年齢", "adult's first age", 0, 100),
        _whole(form, "infants_free", "無料の幼児の人数", "number of infants", 0, 9),
    )


def read_product(form: Form, number: int) -> Product:
    """A commuter pass under `number`."""
    ends = form.get("from", "").strip(), form.get("to", "").strip()
    whole = form.get("whole") == "1"
    return CommuterPass(
        number=number,
        name=form.get("name", "").strip()[:LONGEST_NAME],
        name_en=form.get("name_en", "").strip()[:LONGEST_NAME],
        rider_class=RiderClass(_whole(form, "class", "区分", "class", 0, max(RiderClass))),
        section=None if whole else ends,
        days=_whole(form, "days", "日数", "days", 1, 9999),
        price=Yen(_whole(form, "price", "値段", "price", 0, 9_999_999)),
        first_day=read_day(form, "first_day"),
        last_day=read_day(form, "last_day") if form.get("last_day") else None,
    )


def read_day(form: Form, name: str) -> date:
    """A day as browsers write it."""
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError as error:
        raise ValueError(
            "日付を 2026-10-01 のように入れてください。 / Give the day like 2026-10-01."
        ) from error


def _share(form: Form, prefix: str) -> Share:
    return Share(
        _whole(form, f"{prefix}numerator", "割合の分子", "numerator", 0, 100),
        _whole(form, f"{prefix}denominator", "割合の分母", "denominator", 1, 100),
        _whole(form, f"{prefix}step", "端数", "step", 1, 100),
        _rounding(form.get(f"{prefix}rounding", "")),
    )


def _rounding(text: str) -> Rounding:
    try:
        return Rounding(text)
    except ValueError as error:
        raise ValueError("端数の扱いを選んでください。 / Choose how to round.") from error


def _whole(form: Form, name: str, ja: str, en: str, low: int, high: int) -> int:
    text = form.get(name, "").strip()
    if not text.isdecimal() or len(text) > 7 or not low <= int(text) <= high:
        raise ValueError(
            f"{ja}を{low}から{high}までの数字で入れてください。 / Give the {en} as a number from {low} to {high}."
        )
    return int(text)
