"""A feed whose timetable is moved to the present: with a real phone or camera, time runs as it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from central.network.feeds.open_feed import open_feed
from rules.network.feed.values import seconds

TIMES, TRIPS = "stop_times.txt", "trips.txt"
_COLUMNS = ("arrival_time", "departure_time")


def moved(feed: Path, later_s: int, folder: Path) -> Path:
    """A copy of the feed in `folder`, every trip so many seconds later.

    Trips that would begin before the day are left out. Raises FeedUnreadable.
    """
    files = open_feed(feed)
    columns, calls = _rows(files[TIMES])
    for call in calls:
        for column in _COLUMNS:
            time = seconds(call.get(column) or "")
            call[column] = "" if time is None else _written(time + later_s)
    gone = {call["trip_id"] for call in calls if any(call[column].startswith("-") for column in _COLUMNS)}
    files[TIMES] = _file(columns, [call for call in calls if call["trip_id"] not in gone])
    columns, trips = _rows(files[TRIPS])
    files[TRIPS] = _file(columns, [trip for trip in trips if trip["trip_id"] not in gone])
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _written(time: int) -> str:
    if time < 0:
        return "-"
    return f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}"


def _rows(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    rows = list(table)
    return list(table.fieldnames or ()), rows


def _file(columns: list[str], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, columns, extrasaction="ignore")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()
