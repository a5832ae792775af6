"""From people counted to a table that may be seen by everybody: small rows gathered, small cells hidden, kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from central.database.transaction import Connection, Database
from central.devices.watermark.reach import Reach, watermark
from central.figures import store
from central.figures.figure import Counted, Figure, Month
from central.words.names import Names
from rules.figures.gather_small import to_gather
from rules.figures.small_numbers import Hidden, hide_small

ROUNDED_TO = 10
"""Rides that a table is made from are said to the nearest ten."""
LATEST_BUS_S = 6 * 3600
"""So long after midnight the last bus of a service day is in."""
OTHERS = "そのほかの区間 / others"

Cell = int | Hidden


class NotPublished(StrEnum):
    """Why there is no table of a month."""

    RUNNING = (
        "この月はまだ終わっていません。月が終わり、すべてのバスの記録が届くと出ます。 / "
        "The month is not over: its table comes when all buses have told all of it."
    )
    WAITING = (
        "記録がまだ届いていないバスがあるため、この月の表は出していません。バスの様子は「今日」で確かめてください。 / "
        "Buses have not told all of this month yet, so there is no table. The desk says how they are."
    )
    NO_TIMETABLE = (
        "この月に有効な時刻表がありません。「路線と運賃」で公開した月から出ます。 / "
        "No timetable was in force in this month: figures begin with the first that is published."
    )
    TOO_FEW = (
        "人数が少なく、一部を伏せるだけでは一人ひとりが分かってしまうため、この月の表は出しません。 / "
        "There were so few people that hiding cells does not protect them: there is no table of this month."
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A table with its totals in the last row and column. `rides` is what it was made from, None where that is hidden.

    Rows that were gathered have `OTHERS` and how many they are for their key.
    """

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Cell, ...], ...]
    rides: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a month's page stands on: the table or why there is none, and buses that have not told the whole month."""

    table: Published | NotPublished
    silent: tuple[Reach, ...]


def read_published(
    database: Database, figure: Figure, month: Month, names_of: Callable[[Connection], Names], now: int
) -> Reading:
    """The table of a month that is over and that all buses in service have told.

    It is made anew where anything that it counts is another than when it was made; then this takes a while.
    """
    end = month.end + LATEST_BUS_S
    with database.read() as connection:
        reached = watermark(connection, now)
        silent = tuple(each for each in reached.buses if each.until is None or each.until < end)
        if now < end:
            return Reading(NotPublished.RUNNING, silent)
        if reached.until is None or reached.until < end:
            return Reading(NotPublished.WAITING, silent)
        found = figure.find(connection, month, names_of(connection))
        kept = store.find_kept(connection, figure.slug, str(month), found.made_from)
        table = _unpacked(kept) if kept else publish(found.count())
    if not kept:
        with database.write() as connection:
            store.keep(connection, figure.slug, str(month), found.made_from, _packed(table), now)
    return Reading(table, silent)


def publish(counted: Counted | None) -> Published | NotPublished:
    """What may be seen of it."""
    if counted is None:
        return NotPublished.NO_TIMETABLE
    rows = _gathered(counted)
    shown = hide_small(
        [row.people for row in rows],
        {(r, c) for r, row in enumerate(rows) for c in row.never},
    )
    if shown is None:
        return NotPublished.TOO_FEW
    # Where the sum of people is seen, more rides say nothing of anybody: whoever rides may ride again.
    is_open = not isinstance(shown.rows[-1][-1], Hidden)
    rides = sum(map(sum, counted.rides))
    return Published(
        tuple(row.key for row in rows),
        counted.columns,
        shown.rows,
        round(rides / ROUNDED_TO) * ROUNDED_TO if is_open else None,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    key: tuple[str, ...]
    people: tuple[int, ...]
    never: tuple[int, ...]


def _gathered(counted: Counted) -> list[_Row]:
    """Rows that can stand alone as they are, the others of each kind as one, at the end."""
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(counted.kinds):
        alike[kind].append(place)
    away: set[int] = set()
    others = []
    for places in alike.values():
        never = _never(counted, places[0])
        lines = [
            [people for column, people in enumerate(counted.people[place]) if column not in never]
            for place in places
        ]
        gathered = [places[each] for each in to_gather(lines)]
        if gathered:
            away.update(gathered)
            people = tuple(map(sum, zip(*(counted.people[place] for place in gathered), strict=True)))
            others.append(_Row((OTHERS, str(len(gathered))), people, never))
    kept = [place for place in range(len(counted.rows)) if place not in away]
    return [
        *(_Row(counted.rows[place], counted.people[place], _never(counted, place)) for place in kept),
        *others,
    ]


def _never(counted: Counted, row: int) -> tuple[int, ...]:
    return tuple(column for column in range(len(counted.columns)) if (row, column) in counted.never)


def _packed(table: Published | NotPublished) -> bytes:
    said = {"none": table.name} if isinstance(table, NotPublished) else asdict(table)
    return json.dumps(said, ensure_ascii=False).encode()


def _unpacked(body: bytes) -> Published | NotPublished:
    said = json.loads(body)
    if "none" in said:
        return NotPublished[said["none"]]
    rows, columns, cells = (tuple(map(tuple, said[name])) for name in ("rows", "columns", "cells"))
    marked = tuple(tuple(each if isinstance(each, int) else Hidden(each) for each in row) for row in cells)
    return Published(rows, columns, marked, said["rides"])
