"""All tables that a village publishes, and their CSVs, in one journalist's hands: nothing small follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from central.figures import publish
from central.figures.csv_file import ALL
from central.figures.figure import Month
from central.figures.publish import OTHERS
from central.figures.rides_between import KNOWN, RIDES_BETWEEN, WEEK, WEEKEND
from central.network.editions.store import find_edition
from central.words.names import Names
from rules.figures.gather_small import stands_alone
from rules.figures.small_numbers import FEWEST, Hidden, Shown, hide_small, with_totals
from tests.figures.figures_village import MONTHS, Months, months
from tests.figures.journalist import Knowledge

STOPS = ("新庄駅前", "大蔵村役場", "肘折温泉待合所")
THREE = len(STOPS)
SMALL = [(seed, 40, 13, THREE) for seed in (1, 3)]
LARGER = [(seed, riders, riders // 2, THREE) for seed in range(4) for riders in (60, 120)]
"""Chance, rides a month, people, stops."""
BUSY = (2, 120, 60, THREE)

Row = tuple[str, ...]


def asks(village: Months) -> Knowledge:
    """What the journalist knows once every month's CSV is read."""
    knows = Knowledge()
    for month in MONTHS:
        reads(knows, month, village.table(month))
    return knows


def reads(knows: Knowledge, month: str, lines: Sequence[dict[str, str]]) -> None:
    """A month's file: its numbers, its sums, and which rows are missing in it."""
    if not lines:
        return
    columns = list(dict.fromkeys((line["day"], line["time"]) for line in lines))
    inner, total = columns[:-1], columns[-1]
    rows: list[Row] = []
    row: Row
    for start in range(0, len(lines), len(columns)):
        first = lines[start]
        # Two rows of others may stand for as many.
        row = (first["from"], first["to"], first["known"], first["gathered"], str(start))
        rows.append(row)
        for column, line in zip(columns, lines[start : start + len(columns)], strict=True):
            knows.sees((month, row, column), line["people"], line["mark"])
        knows.adds_up((month, row, total), [(month, row, column) for column in inner])
    *own, bottom = rows
    assert bottom[0] == ALL
    for column in columns:
        knows.adds_up((month, bottom, column), [(month, row, column) for row in own])
    shown = {row[:3] for row in own}
    for others in (row for row in own if row[0] == OTHERS):
        goes = [column for column in inner if knows.spans[month, others, column] != (0, 0)]
        away = [row for row in missing(shown) if same_way(row, goes)]
        assert len(away) == int(others[3])
        for column in goes:
            for row in away:
                knows.learns((month, row, column), 0, FEWEST - 1)
            knows.adds_up((month, others, column), [(month, row, column) for row in away])


def missing(shown: set[Row]) -> Iterator[Row]:
    for start, end in permutations(STOPS, 2):
        yield from ((start, end, known) for known in KNOWN if (start, end, known) not in shown)


def same_way(row: Row, goes: list[tuple[str, str]]) -> bool:
    """The bus there begins before nine, the bus back after."""
    return (STOPS.index(row[0]) < STOPS.index(row[1])) == goes[0][1].startswith("9時前")


def days_beside(village: Months, knows: Knowledge) -> None:
    """A second table of the same month, by kind of day and how it is known, protected for itself."""
    for month in MONTHS:
        with village.village.database.read() as connection:
            names = Names(partial(find_edition, connection), (1,))
            counted = RIDES_BETWEEN.find(connection, Month(date.fromisoformat(f"{month}-01")), names).count()
        assert counted is not None
        kinds = (WEEK, WEEKEND)
        sums = [
            [
                sum(
                    counted.people[r][c]
                    for r, row in enumerate(counted.rows)
                    for c, column in enumerate(counted.columns)
                    if (row[2], column[0]) == (known, kind)
                )
                for kind in kinds
            ]
            for known in KNOWN
        ]
        shown = hide_small(sums)
        if shown is None:
            continue
        for known, cells in zip(KNOWN, shown.rows, strict=False):
            for kind, cell in zip(kinds, cells, strict=False):
                number = (month, "days", known, kind)
                is_hidden = isinstance(cell, Hidden)
                knows.sees(number, "" if is_hidden else str(cell), str(cell) if is_hidden else "")
                parts = [
                    each
                    for each in list(knows.spans)
                    if isinstance(each, tuple)
                    and len(each) == 3
                    and (each[0], each[1][2], each[2][0]) == (month, known, kind)
                    and each[1][0] in STOPS
                ]
                if parts:
                    knows.adds_up(number, parts)


@pytest.mark.parametrize("lives", SMALL)
def test_the_journalist_finds_nothing(tmp_path: Path, lives: tuple[int, int, int, int]) -> None:
    with months(tmp_path, STOPS) as village:
        village.lives(*lives)
        knows = asks(village)
        assert knows.sums
        assert knows.given_away() == []


@pytest.mark.parametrize("lives", [*LARGER, BUSY])
def test_nothing_follows_from_one_sum_after_another(tmp_path: Path, lives: tuple[int, int, int, int]) -> None:
    with months(tmp_path, STOPS) as village:
        village.lives(*lives)
        assert asks(village).follows() == []


def only_small(counts: Sequence[Sequence[int]], never: Any = ()) -> Shown:
    """Without a second cell beside the small ones."""
    height, width = len(counts), len(counts[0])
    return Shown(
        tuple(
            tuple(
                Hidden.NEVER
                if (r, c) in never and r < height and c < width
                else (Hidden.SMALL if value < FEWEST else value)
                for c, value in enumerate(row)
            )
            for r, row in enumerate(with_totals(counts))
        )
    )


def test_without_the_second_cell_the_journalist_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "hide_small", only_small)
    with months(tmp_path, STOPS) as village:
        village.lives(*BUSY)
        assert asks(village).follows()


def test_with_lines_gathered_as_they_come_the_journalist_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        publish, "to_gather", lambda lines: [n for n, line in enumerate(lines) if not stands_alone(line)]
    )
    monkeypatch.setattr(publish, "hide_small", only_small)
    found = False
    for seed in range(4):
        with months(tmp_path / str(seed), STOPS) as village:
            village.lives(seed, 160, 50, THREE)
            found |= any(
                isinstance(number, tuple) and number[1][0] in STOPS for number in asks(village).follows()
            )
    assert found


def test_a_second_table_of_the_month_gives_somebody_away(tmp_path: Path) -> None:
    """Each is protected for itself, and they are subtracted: so there is one table a month."""
    with months(tmp_path, STOPS) as village:
        village.lives(*BUSY)
        knows = asks(village)
        days_beside(village, knows)
        assert knows.follows()
