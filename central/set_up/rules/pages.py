"""決まり: the rules with what holds and what comes, and of each its history, a change tried first, a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.access.who import staff
from central.charging.store import Switch, find_switch
from central.charging.switch import turn
from central.database.transaction import Connection, Database
from central.japan import day_of, day_title, stamp_text
from central.office_rules import store
from central.office_rules.definitions import BY_NAME, Rule
from central.office_rules.set_rule import (
    FURTHEST,
    MAX_WHY,
    Difference,
    NotSet,
    RuleWanted,
    look_ahead,
    set_rule,
    withdraw_rule,
)
from central.set_up.rules.read_form import read_wanted
from central.set_up.rules.rule_lines import change_lines, grouped_lines, rule_line, value_text
from central.set_up.rules.words import CHANGED, CONFIRM, NOT_SET, UNITS


def add_rule_pages(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the blueprint of 設定. `now` gives Unix seconds."""
    desk = _Desk(database, now)
    pages.add_url_rule("/rules", "rules", desk.rules)
    pages.add_url_rule("/rules/<name>", "rule", desk.rule)
    pages.add_url_rule("/charging/<any(on,off):wanted>", "turn_charging", desk.turn, methods=["POST"])
    pages.add_url_rule("/rules/<name>/look", "look", desk.look, methods=["POST"])
    pages.add_url_rule("/rules/<name>", "save", desk.save, methods=["POST"])
    pages.add_url_rule("/changes/<int:change_id>/withdraw", "withdraw", desk.withdraw, methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    now: Callable[[], int]

    def rules(self, refusal: str = "") -> str:
        with self.database.read() as connection:
            groups = grouped_lines(store.changes(connection), day_of(self.now()))
            switch = find_switch(connection)
        return render_template(
            "set_up/rules.html",
            groups=groups,
            switch=switch,
            turned=stamp_text(switch.at)[:16] if switch else "",
            is_on=switch is None or switch.is_on,
            most_why=MAX_WHY,
            refusal=refusal,
            may_change=staff_may("set_up.save"),
            may_turn=staff_may("set_up.turn_charging"),
        )

    def turn(self, wanted: str) -> ResponseReturnValue:
        """Take charges by card again, or none, from this moment on."""
        switch = Switch(wanted == "on", _why(), staff().name, self.now())
        try:
            with self.database.write() as connection:
                turn(connection, switch)
                staff_did(connection, f"charging-{wanted}", "charging", {"why": switch.reason}, switch.at)
        except ValueError:
            return self.rules(NOT_SET[NotSet.NO_WHY]), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("set_up.rules") + "#charging", HTTPStatus.SEE_OTHER)

    def rule(self, name: str) -> str:
        return self._show(_known(name))

    def look(self, name: str) -> ResponseReturnValue:
        """Show what a change would do."""
        rule = _known(name)
        wanted = read_wanted(request.form, rule.name, staff().name)
        if isinstance(wanted, str):
            return self._show(rule, wanted), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.read() as connection:
            found = look_ahead(connection, wanted, self.now())
        if isinstance(found, NotSet):
            return self._show(rule, NOT_SET[found]), HTTPStatus.UNPROCESSABLE_ENTITY
        return self._show(rule, difference=found)

    def save(self, name: str) -> ResponseReturnValue:
        """Make the change that was shown."""
        rule = _known(name)
        wanted = read_wanted(request.form, rule.name, staff().name)
        if isinstance(wanted, str):
            return self._show(rule, wanted), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            refusal, found = _saved(connection, wanted, self.now())
        if refusal:
            return self._show(rule, refusal, found), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("set_up.rule", name=name, saved=1), HTTPStatus.SEE_OTHER)

    def withdraw(self, change_id: int) -> ResponseReturnValue:
        """Take back what has not begun."""
        with self.database.write() as connection:
            at = self.now()
            done = withdraw_rule(connection, change_id, staff().name, request.form.get("why", ""), at)
            if not isinstance(done, NotSet):
                detail: dict[str, str | int] = {
                    "change": change_id,
                    "value": done.value,
                    "from": done.from_day,
                    "why": _why(),
                }
                staff_did(connection, "rule-withdrawn", f"rule:{done.name}", detail, at)
            every = {each.id: each for each in store.changes(connection)}
        if isinstance(done, NotSet):
            if change_id not in every:
                abort(HTTPStatus.NOT_FOUND)
            page = self._show(BY_NAME[every[change_id].name], NOT_SET[done])
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("set_up.rule", name=done.name, withdrawn=1), HTTPStatus.SEE_OTHER)

    def _show(self, rule: Rule, refusal: str = "", difference: Difference | None = None) -> str:
        today = day_of(self.now())
        with self.database.read() as connection:
            changes = store.changes(connection)
            version = store.newest_word(connection)
        return render_template(
            "set_up/rule.html",
            rule=rule,
            line=rule_line(rule, changes, today),
            history=change_lines(rule, changes, today),
            unit=UNITS[rule.bounds.unit],
            typed=request.form,
            version=version,
            tomorrow=today + timedelta(days=1),
            furthest=today + FURTHEST,
            most_why=MAX_WHY,
            refusal=refusal,
            difference=difference and _difference(difference),
            may_change=staff_may("set_up.save"),
            done=next((each for each in ("saved", "withdrawn") if each in request.args), ""),
        )


def _saved(connection: Connection, wanted: RuleWanted, now: int) -> tuple[str, Difference | None]:
    """Why it was not done, "" when it was; and what it would do, where that has to be confirmed."""
    if request.form.get("version") != store.newest_word(connection):
        return CHANGED, None
    found = look_ahead(connection, wanted, now)
    if isinstance(found, NotSet):
        return NOT_SET[found], None
    if found.loosens and not request.form.get("seen"):
        return CONFIRM, found
    set_rule(connection, wanted, now)
    detail: dict[str, str | int] = {
        "before": found.before,
        "value": wanted.value,
        "from": wanted.from_day.isoformat(),
        "why": _why(),
    }
    staff_did(connection, "rule-set", f"rule:{wanted.name}", detail, now)
    return "", None


def _why() -> str:
    return request.form.get("why", "").strip()


def _known(name: str) -> Rule:
    rule = BY_NAME.get(name)
    if rule is None:
        abort(HTTPStatus.NOT_FOUND)
    return rule


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "before": value_text(found.rule, found.before),
        "after": value_text(found.rule, found.value),
        "day": day_title(found.from_day),
        "until": "" if found.until is None else day_title(found.until),
        "loosens": found.loosens,
    }
