"""What a clerk types about fare rules, read into values. Everything raises ValueError with a sentence for the clerk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share

Form = Mapping[str, str]

LONGEST_NAME = 40


def read_class_rule(form: Form) -> ClassRule:
    """A class, its share and the day from which it holds."""
    rider_class = _class(form)
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


def read_commuter_pass(form: Form, number: int) -> CommuterPass:
    """A commuter pass under `number`."""
    return CommuterPass(
        number=number,
        name=_name(form, "name"),
        name_en=_name(form, "name_en"),
        rider_class=_class(form),
        section=None if form.get("whole") == "1" else _ends(form),
        days=_whole(form, "days", "日数", "days", 1, 9999),
        price=_price(form),
        first_day=read_day(form, "first_day"),
        last_day=_last_day(form),
    )


def read_return_ticket(form: Form, number: int) -> ReturnTicket:
    """A return ticket under `number`."""
    return ReturnTicket(
        number=number,
        name=_name(form, "name"),
        name_en=_name(form, "name_en"),
        rider_class=_class(form),
        section=_ends(form),
        days=_whole(form, "days", "有効日数", "days", 1, 9999),
        price=_price(form),
        first_day=read_day(form, "first_day"),
        last_day=_last_day(form),
    )


def read_bus_ticket(form: Form, number: int) -> BusTicket:
    """A bus ticket under `number`; without days it is good for ever."""
    return BusTicket(
        number=number,
        name=_name(form, "name"),
        name_en=_name(form, "name_en"),
        value=Yen(_whole(form, "value", "額面", "value", 1, 9_999_999)),
        days=_whole(form, "days", "有効日数", "days", 1, 9999) if form.get("days") else None,
        price=_price(form),
        first_day=read_day(form, "first_day"),
        last_day=_last_day(form),
    )


def read_day(form: Form, name: str) -> date:
    """A day as browsers write it."""
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError as error:
        raise ValueError(
            "日付を 2026-10-01 のように入れてください。 / Give the day like 2026-10-01."
        ) from error


def _name(form: Form, field: str) -> str:
    return form.get(field, "").strip()[:LONGEST_NAME]


def _class(form: Form) -> RiderClass:
    return RiderClass(_whole(form, "class", "区分", "class", 0, max(RiderClass)))


def _ends(form: Form) -> tuple[str, str]:
    return form.get("from", "").strip(), form.get("to", "").strip()


def _price(form: Form) -> Yen:
    return Yen(_whole(form, "price", "値段", "price", 0, 9_999_999))


def _last_day(form: Form) -> date | None:
    return read_day(form, "last_day") if form.get("last_day") else None


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
