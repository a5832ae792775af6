"""A sheet as text for people, as CSV for spreadsheets, as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain

from rich.cells import cell_len

from central.reports.sheet import Cell, Named, Sheet, Table
from central.words.spreadsheet import BOM, rows_text
from central.words.words import Words

_YES_NO: dict[bool, Words] = {True: ("はい", "yes"), False: ("いいえ", "no")}
_GAP = "  "


def as_text(sheet: Sheet) -> str:
    """Columns in line, whole numbers with commas on the right."""
    lines = [both(sheet.words), ""]
    lines += [f"{both(fact.words)}: {word(fact.value)}" for fact in sheet.facts]
    for table in sheet.tables:
        lines += ["", f"■ {both(table.words)}", *_lines(table)]
    if sheet.remarks:
        lines += ["", *(f"※ {remark}" for remark in sheet.remarks)]
    return "\n".join(lines) + "\n"


def as_csv(sheet: Sheet) -> str:
    """One under another: the facts, each table below its name, the remarks; an empty row between."""
    rows: list[Sequence[str | int]] = [[both(sheet.words)]]
    rows += [[both(fact.words), _plain(fact.value)] for fact in sheet.facts]
    for table in sheet.tables:
        rows += [[], [both(table.words)], [both(column.words) for column in table.columns]]
        rows += [[_plain(cell) for cell in row] for row in table.rows]
    rows += [[], *([remark] for remark in sheet.remarks)]
    return BOM + rows_text(rows)


def as_json(slug: str, sheet: Sheet) -> str:
    """One document on one line: `report`, the facts by their keys, each table as a list of rows, `remarks`."""
    document: dict[str, object] = {"report": slug}
    document |= {fact.key: _code(fact.value) for fact in sheet.facts}
    for table in sheet.tables:
        keys = [column.key for column in table.columns]
        document[table.key] = [dict(zip(keys, map(_code, row), strict=True)) for row in table.rows]
    return json.dumps(document | {"remarks": list(sheet.remarks)}, ensure_ascii=False)


def both(words: Words) -> str:
    """In both languages, once where they are the same."""
    return " / ".join(dict.fromkeys(words))


def ends_right(table: Table) -> list[bool]:
    """Of each column, whether it is of whole numbers alone, which stand on the right."""
    return [
        all(isinstance(cell, int) and not isinstance(cell, bool) for cell in column)
        for column in zip(*table.rows, strict=True)
    ]


def _lines(table: Table) -> Iterator[str]:
    if not table.rows:
        yield "ありません。 / None."
        return
    heads = [[column.words[at] for column in table.columns] for at in (0, 1)]
    body = [[word(cell) for cell in row] for row in table.rows]
    right = ends_right(table)
    widths = [max(map(cell_len, column)) for column in zip(*heads, *body, strict=True)]
    for line in chain(heads, [["-" * width for width in widths]], body):
        yield _GAP.join(
            " " * (width - cell_len(cell)) + cell if ends else cell + " " * (width - cell_len(cell))
            for cell, width, ends in zip(line, widths, right, strict=True)
        ).rstrip()


def word(cell: Cell) -> str:
    """As people read it, numbers with commas."""
    plain = _plain(cell)
    return f"{plain:,}" if isinstance(plain, int) else plain


def _plain(cell: Cell) -> str | int:
    match cell:
        case Named(words=words):
            return both(words)
        case bool():
            return both(_YES_NO[cell])
        case _:
            return cell


def _code(cell: Cell) -> str | int | bool:
    return cell.code if isinstance(cell, Named) else cell
