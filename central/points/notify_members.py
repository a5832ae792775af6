"""Notices before something expires, three times, each once, the nearest only if runs were missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from central.database.transaction import Connection
from central.japan import day_of, seconds_of
from central.office_rules.in_force import rule_in_force
from central.points import store
from central.points.expire_points import real_ends
from central.points.store import Notice
from rules.ledger.expiry import last_good_day


def make_notices(connection: Connection, now: int) -> list[Notice]:
    """Keep and return those that are due today and have not been made, the nearest expiry first."""
    today = day_of(now)
    made = {
        (each.member, each.unit, each.last_day, each.days_before)
        for each in store.find_notices(connection, today)
    }
    due = []
    stages = days_before(connection, today)
    for (last_day, member, unit), amount in sorted(_amounts(connection, now, stages[-1]).items()):
        days_left = (last_day - today).days
        stage = next((days for days in stages if days_left <= days), None)
        if stage is not None and (member, unit, last_day.isoformat(), stage) not in made:
            due.append(Notice(member, unit, last_day.isoformat(), stage, amount, now))
    store.add_notices(connection, due)
    return due


def notices(connection: Connection, now: int) -> list[Notice]:
    """For every member and last day the newest notice, of what has not expired yet; the nearest expiry first."""
    return _newest(store.find_notices(connection, day_of(now)))


def _amounts(connection: Connection, now: int, longest: int) -> dict[tuple[date, str, str], int]:
    """What expires within `longest` days: units by last day, member and unit; what holds keep included."""
    today = day_of(now)
    _, horizon = seconds_of(today + timedelta(days=longest))
    found: defaultdict[tuple[date, str, str], int] = defaultdict(int)
    for ending, until in real_ends(connection, store.ending_lots(connection, horizon, free=False)):
        # What has expired is the expiry run's, also if a hold still keeps it.
        if until > now:
            account = ending.lot.account
            found[last_good_day(until), account.owner, account.unit] += ending.lot.left
    return found


def days_before(connection: Connection, day: date) -> tuple[int, ...]:
    """How many days before its last day something is told of, as the office has set it for a day; the fewest first."""
    return (
        rule_in_force(connection, "points.last_notice_days", day),
        rule_in_force(connection, "points.second_notice_days", day),
        rule_in_force(connection, "points.first_notice_days", day),
    )


def _newest(found: Iterable[Notice]) -> list[Notice]:
    nearest: dict[tuple[str, str, str], Notice] = {}
    for each in found:
        # In order of days before: the fewest, which are said last, come first.
        nearest.setdefault((each.last_day, each.member, each.unit), each)
    return list(nearest.values())
