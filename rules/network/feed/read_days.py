"""calendar.txt and calendar_dates.txt: the days services run on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

from rules.network.feed.problems import Problems
from rules.network.feed.table import Row, Table
from rules.network.feed.values import day
from rules.network.trips import Service

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDED, REMOVED = "1", "2"
Week = tuple[bool, bool, bool, bool, bool, bool, bool]
NO_DAY: Week = (False,) * 7


def read_services(calendar: Table, dates: Table, problems: Problems) -> dict[str, Service]:
    """Services by id. One that has only dates, and no week, begins and ends with its first and last date."""
    services: dict[str, Service] = {}
    for row in calendar.rows:
        service = _service(row)
        if service is None:
            problems.error(
                calendar.file,
                row.line,
                "曜日は0か1、日付はYYYYMMDDで書いてください。この行は使いません。",
                "Weekdays must be 0 or 1 and dates YYYYMMDD; the row is not used.",
            )
        elif service.service_id in services:
            problems.error(
                calendar.file,
                row.line,
                f"service_id {service.service_id} が二度あります。この行は使いません。",
                f"service_id {service.service_id} appears twice; this row is not used.",
            )
        else:
            services[service.service_id] = service
    for service_id, (added, removed) in _exceptions(dates, problems).items():
        days = (*added, *removed)
        plain = services.get(service_id) or Service(service_id, NO_DAY, min(days), max(days), (), ())
        services[service_id] = replace(plain, added=tuple(sorted(added)), removed=tuple(sorted(removed)))
    return services


def never(service_id: str) -> Service:
    """A service that runs on no day, for trips whose service the feed does not define."""
    return Service(service_id, NO_DAY, date.min, date.min, (), ())


def _service(row: Row) -> Service | None:
    start, end = day(row["start_date"]), day(row["end_date"])
    if (
        start is None
        or end is None
        or not row["service_id"]
        or any(row[name] not in ("0", "1") for name in DAYS)
    ):
        return None
    week = cast("Week", tuple(row[name] == "1" for name in DAYS))
    return Service(row["service_id"], week, start, end, (), ())


def _exceptions(dates: Table, problems: Problems) -> dict[str, tuple[set[date], set[date]]]:
    found: dict[str, tuple[set[date], set[date]]] = {}
    for row in dates.rows:
        when = day(row["date"])
        if when is None or row["exception_type"] not in (ADDED, REMOVED) or not row["service_id"]:
            problems.error(
                dates.file,
                row.line,
                "date はYYYYMMDD、exception_type は1か2で書いてください。この行は使いません。",
                "date must be YYYYMMDD and exception_type 1 or 2; the row is not used.",
            )
            continue
        added, removed = found.setdefault(row["service_id"], (set(), set()))
        (added if row["exception_type"] == ADDED else removed).add(when)
        if when in added and when in removed:
            problems.error(
                dates.file,
                row.line,
                f"{row['date']} が運行と運休の両方にあります。運休とします。",
                f"{row['date']} is both added and removed; taken as removed.",
            )
    return found
