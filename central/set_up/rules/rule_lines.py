"""What the pages of rules show, in their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from central.japan import day_title, stamp_text
from central.office_rules.definitions import BY_NAME, GROUPS, RULES, Rule, Unit, Words
from central.office_rules.set_rule import value_among
from central.office_rules.store import Change
from central.set_up.rules.words import UNITS


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change: from `before` to `after`, as a badge says it stands; `note` is on its withdrawal, "" without one."""

    change: Change
    rule: Rule
    before: str
    after: str
    day: str
    made: str
    badge: Words
    tone: str
    is_coming: bool
    note: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it is today, and what comes."""

    rule: Rule
    now: str
    since: str
    coming: tuple[ChangeLine, ...]


@dataclass(frozen=True, slots=True)
class GroupLines:
    """The rules under one heading."""

    name: str
    words: Words
    rules: tuple[RuleLine, ...]


def value_text(rule: Rule, value: int) -> str:
    """With its unit, in Japanese: 20,000円, 17時."""
    return f"{value:,}{UNITS[rule.bounds.unit][0]}" if rule.bounds.unit is not Unit.CLOCK else f"{value}時"


def grouped_lines(changes: list[Change], today: date) -> list[GroupLines]:
    """Every rule under its heading."""
    return [
        GroupLines(
            name, words, tuple(rule_line(each, changes, today) for each in RULES if each.group == name)
        )
        for name, words in GROUPS.items()
    ]


def rule_line(rule: Rule, changes: list[Change], today: date) -> RuleLine:
    """One rule."""
    lines = change_lines(rule, changes, today)
    holding = next((each for each in lines if each.tone == "good"), None)
    coming = tuple(each for each in reversed(lines) if each.is_coming)
    value = value_text(rule, value_among(changes, rule.name, today))
    return RuleLine(rule, value, holding.day if holding else "", coming)


def change_lines(rule: Rule, changes: list[Change], today: date) -> list[ChangeLine]:
    """All that was said of a rule, that of the latest day first."""
    its = sorted(
        (each for each in changes if each.name == rule.name),
        key=lambda each: (each.from_day, each.id),
        reverse=True,
    )
    holding = next((each for each in its if not each.withdrawn and each.from_day <= today.isoformat()), None)
    counting: dict[str, Change] = {}
    for each in its:
        if each.withdrawn is None:
            counting.setdefault(each.from_day, each)
    return [_line(rule, each, changes, today, (holding, counting.get(each.from_day))) for each in its]


def coming_lines(changes: list[Change], today: date) -> list[ChangeLine]:
    """What changes next, of all rules, the nearest day first."""
    found = [
        line for rule in BY_NAME.values() for line in change_lines(rule, changes, today) if line.is_coming
    ]
    return sorted(found, key=lambda line: (line.change.from_day, line.change.id))


def _line(
    rule: Rule,
    change: Change,
    changes: list[Change],
    today: date,
    others: tuple[Change | None, Change | None],
) -> ChangeLine:
    holding, counts = others
    first = date.fromisoformat(change.from_day)
    is_ahead = first > today
    gone = change.withdrawn
    if gone is not None:
        badge, tone = ("取り消し", "withdrawn"), ""
    elif change is not counts:
        badge, tone = ("置き換え", "replaced"), ""
    elif is_ahead:
        badge, tone = ("予定", "coming"), "warn"
    elif change is holding:
        badge, tone = ("現行", "in force"), "good"
    else:
        badge, tone = ("以前", "before"), ""
    return ChangeLine(
        change,
        rule,
        value_text(rule, value_among(changes, rule.name, first - timedelta(days=1))),
        value_text(rule, change.value),
        day_title(first),
        stamp_text(change.made_at)[:16],
        badge,
        tone,
        is_ahead and gone is None,
        "" if gone is None else f"{stamp_text(gone.at)[:16]} {gone.said_by}: {gone.why}",
    )
