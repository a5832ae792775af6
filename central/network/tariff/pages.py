"""運賃のきまり: what classes pay, who is a child, and what is sold for rides, each from a day on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.database.transaction import Connection, Database
from central.japan import day_title
from central.network.draft import Drafts
from central.network.feeds.store import newest_feed
from central.network.tariff.change_tariff import NotChanged, Rule, add_rule, end_product, take_back
from central.network.tariff.read_form import (
    read_ages,
    read_bus_ticket,
    read_class_rule,
    read_commuter_pass,
    read_day,
    read_return_ticket,
)
from central.network.tariff.store import add_tariff, newest_word, tariff_in_use
from rules.money import Yen
from rules.network.in_force import service_day
from rules.passes.rider_pass import RiderClass
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.tariff.share import STEPS, Rounding
from rules.tariff.tariff import BEGINNING, Tariff

R = TypeVar("R")

CLASSES = {
    RiderClass.ADULT: ("大人", "adult"),
    RiderClass.CHILD: ("小児", "child"),
    RiderClass.SENIOR: ("高齢者", "senior"),
    RiderClass.STUDENT: ("学生", "student"),
    RiderClass.HANDBOOK: ("障害者手帳", "handbook"),
    RiderClass.HANDBOOK_ATTENDED: ("障害者手帳・介護者つき", "handbook with attendant"),
}
ROUNDINGS = {
    Rounding.UP: ("切り上げ", "up"),
    Rounding.DOWN: ("切り捨て", "down"),
    Rounding.NEAREST: ("四捨五入", "nearest"),
}
EXAMPLES = (Yen(150), Yen(330), Yen(600))
REFUSALS = {
    NotChanged.PAST: "過ぎた日は変えられません。今日か後の日にしてください。 / "
    "Days that are over cannot be changed; choose today or a later day.",
    NotChanged.TOO_FAR: "2年より先の日です。年を確かめてください。 / "
    "That is more than two years ahead; check the year.",
    NotChanged.BEGUN: "もう始まっているきまりは消せません。新しいきまりを加えてください。 / "
    "A rule that holds already cannot be taken back; add a new one.",
}
CHANGED = (
    "ほかの画面できまりが変わりました。今の内容を確かめて、もう一度保存してください。 / "
    "The rules were changed in another window: look at them as they are now, and save again."
)


def tariff_pages(database: Database, drafts: Drafts, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("tariff", __name__, url_prefix="/network/tariff", template_folder="templates")
    desk = _Desk(database, drafts, now)
    pages.add_url_rule("", "page", desk.page, methods=["GET"])
    pages.add_url_rule("", "save", desk.save, methods=["POST"])
    return pages


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    drafts: Drafts
    now: Callable[[], int]

    def page(self) -> ResponseReturnValue:
        return self._show({})

    def save(self) -> ResponseReturnValue:
        form, at = request.form.to_dict(), self.now()
        with self.database.write() as connection:
            refusal = _change(connection, form, at)
        if refusal:
            return self._show(form, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("tariff.page", saved=1), HTTPStatus.SEE_OTHER)

    def _show(self, typed: dict[str, str], refusal: str = "") -> str:
        today = service_day(self.now())
        with self.database.read() as connection:
            tariff = tariff_in_use(connection)
            shown = {"version": newest_word(connection), "stops": _stops(connection, self.drafts, today)}
        return render_template(
            "tariff/tariff.html",
            **shown,
            **_rules(tariff),
            classes=CLASSES,
            roundings=ROUNDINGS,
            steps=STEPS,
            examples=EXAMPLES,
            today=today,
            beginning=BEGINNING,
            day_title=day_title,
            typed=typed,
            refusal=refusal,
            saved=request.args.get("saved"),
        )


def _change(connection: Connection, form: dict[str, str], at: int) -> str:
    """Do what the form asks for; why not, in words, "" if it is done."""
    if form.get("version") != str(newest_word(connection)):
        return CHANGED
    tariff, today = tariff_in_use(connection), service_day(at)
    try:
        what = form.get("what")
        if what == "end":
            changed = end_product(tariff, _chosen(form, tariff.products), read_day(form, "last_day"), today)
        elif what == "back":
            changed = take_back(tariff, _chosen(form, _all(tariff)), today)
        else:
            changed = add_rule(tariff, _read(form, tariff), today)
    except ValueError as refused:
        return str(refused)
    if isinstance(changed, NotChanged):
        return REFUSALS[changed]
    add_tariff(connection, changed, at)
    about, rule = f"tariff:{newest_word(connection)}", {"what": str(what)}
    staff_did(connection, "tariff-changed", about, rule, at)
    return ""


def _read(form: dict[str, str], tariff: Tariff) -> Rule:
    if form.get("what") == "class":
        return read_class_rule(form)
    if form.get("what") == "ages":
        return read_ages(form)
    number = max((each.number for each in tariff.products), default=0) + 1
    if form.get("what") == "bus-ticket":
        return read_bus_ticket(form, number)
    if form.get("what") == "return-ticket":
        return read_return_ticket(form, number)
    return read_commuter_pass(form, number)


def _chosen(form: dict[str, str], rules: Sequence[R]) -> R:
    """The rule whose place among `rules` the form names."""
    place = form.get("rule", "")
    if not place.isdecimal() or int(place) >= len(rules):
        raise ValueError(CHANGED)
    return rules[int(place)]


def _all(tariff: Tariff) -> tuple[Rule, ...]:
    """Every rule in the order in which a form names it."""
    return *tariff.classes, *tariff.ages, *tariff.products


def _rules(tariff: Tariff) -> dict[str, Any]:
    """The rules in reading order, each with its place in `_all`."""
    place = {id(rule): index for index, rule in enumerate(_all(tariff))}
    return {
        "class_rules": sorted(tariff.classes, key=lambda rule: (rule.rider_class, rule.first_day)),
        "age_rules": sorted(tariff.ages, key=lambda rule: rule.first_day),
        "products": tariff.products,
        "commuter_passes": [each for each in tariff.products if isinstance(each, CommuterPass)],
        "return_tickets": [each for each in tariff.products if isinstance(each, ReturnTicket)],
        "bus_tickets": [each for each in tariff.products if isinstance(each, BusTicket)],
        "place": lambda rule: place[id(rule)],
        "in_use": lambda rule, today: _in_use(tariff, rule, today),
    }


def _in_use(tariff: Tariff, rule: Rule, today: date) -> bool:
    return rule in (*(tariff.class_on(each, today) for each in RiderClass), tariff.ages_on(today))


def _stops(connection: Connection, drafts: Drafts, today: date) -> list[str]:
    """The names of stops that a section may end at, in the order of the newest feed."""
    feed_id = newest_feed(connection)
    if feed_id is None:
        return []
    stops = drafts.of(connection, feed_id, today).read.draft.stops.values()
    return list(dict.fromkeys(stop.name for stop in stops))
