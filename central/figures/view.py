"""What a page shows of a published table. It reads nothing else, so no way of looking says more than the table does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from central.figures.figure import Figure, Part
from central.figures.publish import OTHERS, Cell, Published
from rules.figures.small_numbers import FEWEST, Hidden

BAR = 100
"""A bar's length in pixels where there are the most people."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A cell as it is written, and how long its bar is; 0 for one that is hidden."""

    text: str
    bar: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of keys that can be chosen by, what there is of it, and what was chosen, "" for all."""

    part: Part
    values: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its key's parts, or how many rows it stands for; its cells, the last over all columns."""

    key: tuple[str, ...]
    gathered: str
    cells: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class View:
    """`sums` says, for each part of the rows' keys, how many people there were at least."""

    choices: tuple[Choice, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]
    total: tuple[Seen, ...]
    times: tuple[tuple[tuple[str, ...], Seen], ...]
    sums: tuple[tuple[Part, tuple[tuple[str, Seen], ...]], ...]
    chosen: bool


def view(figure: Figure, table: Published, wanted: Mapping[str, str]) -> View:
    """The rows and columns that the address asks for; totals are always those of the whole table."""
    own = [row for row in table.rows if row[0] != OTHERS]
    rows = _choices(figure.row_parts, own, wanted)
    columns = _choices(figure.column_parts, table.columns, wanted)
    shown = [number for number, key in enumerate(table.columns) if _is_wanted(key, columns)]
    last = len(table.columns)
    most = max((_number(cells[last]) for cells in table.cells[:-1]), default=0)
    lines = [
        Line(
            () if key[0] == OTHERS else key,
            key[1] if key[0] == OTHERS else "",
            (*(_seen(cells[number]) for number in shown), _seen(cells[last], most)),
        )
        for key, cells in zip(table.rows, table.cells, strict=False)
        if key[0] == OTHERS or _is_wanted(key, rows)
    ]
    bottom = table.cells[-1]
    most_at_once = max((_number(cell) for cell in bottom[:last]), default=0)
    return View(
        (*rows, *columns),
        tuple(table.columns[number] for number in shown),
        tuple(lines),
        (*(_seen(bottom[number]) for number in shown), _seen(bottom[last])),
        tuple(
            (key, _seen(cell, most_at_once)) for key, cell in zip(table.columns, bottom[:last], strict=True)
        ),
        tuple((part, _at_least(table, place)) for place, part in enumerate(figure.row_parts)),
        any(choice.chosen for choice in (*rows, *columns)),
    )


def _choices(
    parts: tuple[Part, ...], keys: Iterable[tuple[str, ...]], wanted: Mapping[str, str]
) -> tuple[Choice, ...]:
    there = list(keys)
    return tuple(
        Choice(part, tuple(dict.fromkeys(key[place] for key in there)), wanted.get(part.name, ""))
        for place, part in enumerate(parts)
    )


def _is_wanted(key: tuple[str, ...], choices: tuple[Choice, ...]) -> bool:
    return all(choice.chosen in ("", value) for value, choice in zip(key, choices, strict=True))


def _at_least(table: Published, place: int) -> tuple[tuple[str, Seen], ...]:
    """By that part of the key, the sum of what the rows' totals say."""
    sums: dict[str, int] = {}
    for key, cells in zip(table.rows, table.cells, strict=False):
        if key[0] != OTHERS:
            sums[key[place]] = sums.get(key[place], 0) + _at_least_in(cells[-1])
    most = max(sums.values(), default=0)
    return tuple((name, _seen(people, most)) for name, people in sums.items())


def _at_least_in(cell: Cell) -> int:
    return FEWEST if cell is Hidden.BESIDE else _number(cell)


def _number(cell: Cell) -> int:
    return 0 if isinstance(cell, Hidden) else cell


def _seen(cell: Cell, most: int = 0) -> Seen:
    number = _number(cell)
    text = str(cell) if isinstance(cell, Hidden) else f"{number:,}"
    return Seen(text, max(round(BAR * number / most), 1) if most and number else 0)
