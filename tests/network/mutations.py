"""Feeds as they go wrong on their way: in a spreadsheet, in an editor, in a download."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from hypothesis import strategies as st

Files = dict[str, bytes]
Table = list[list[str]]

# fmt: off
ODD = (
    "", " ", "0", "-1", "1e3", "１５０", "150.0", "150.5", "nan", "0150", "25:61:00", "24:00:00", "20260230", "\0",
    'a"b', "a,b", "a\nb", "\ufeff", "ゆけむり 温泉", "é", "e\u0301", "r1", "za", "p1", "f150", "9" * 40, "x" * 3000,
)
NUMBERS = ("", "0", "-1", "1e3", "１５０", "150.0", "150.5", "nan", "0150", "9" * 40)
# fmt: on

FARES_HANG_ON = ("fare_attributes.txt", "fare_rules.txt", "stop_times.txt", "stops.txt")


@st.composite
def mutated(draw: st.DrawFn, feed: Files) -> Files:
    """The feed after one to four mishaps."""
    files = dict(feed)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(
            st.sampled_from(sorted(files) + [each for each in FARES_HANG_ON if each in files] * 2 or [""])
        )
        mishap = draw(st.sampled_from((*[in_rows] * 6, in_columns, in_names, in_bytes, in_encoding)))
        mishap(draw, files, name)
    return files


def in_rows(draw: st.DrawFn, files: Files, name: str) -> None:
    """A row lost, doubled, moved, cut short or given another's value."""
    table = _table(files.get(name, b""))
    if len(table) < 2:
        return
    at = st.integers(1, len(table) - 1)
    row = draw(at)
    what = draw(st.sampled_from(("lose", "double", "swap", "cut", "odd", "odd", "borrow", "borrow", "both")))
    if what == "lose":
        del table[row]
    elif what == "swap":
        other = draw(at)
        table[row], table[other] = table[other], table[row]
    elif what == "cut":
        table[row] = table[row][: draw(st.integers(0, len(table[row])))]
    else:
        if what in ("double", "both"):
            table.insert(row, list(table[row]))
        if what != "double" and table[row]:
            cell = draw(st.integers(0, len(table[row]) - 1))
            donors = [other[cell] for other in table[1:] if len(other) > cell]
            table[row][cell] = draw(st.sampled_from(_odd(donors) if what == "odd" else donors))
    files[name] = _bytes(table)


def _odd(column: list[str]) -> tuple[str, ...]:
    return NUMBERS if all(cell.isdigit() for cell in column) else ODD


def in_columns(draw: st.DrawFn, files: Files, name: str) -> None:
    """A column lost, doubled, renamed or moved."""
    table = _table(files.get(name, b""))
    if not table or not table[0]:
        return
    at = st.integers(0, len(table[0]) - 1)
    column, what = draw(at), draw(st.sampled_from(("lose", "double", "rename", "swap", "capitals")))
    if what == "rename":
        table[0][column] = draw(st.sampled_from((*ODD, table[0][column] + "s", table[0][column][:-1])))
    elif what == "capitals":
        table[0][column] = table[0][column].upper()
    else:
        other = draw(at)
        for row in table:
            if max(column, other) >= len(row):
                continue
            if what == "lose":
                del row[column]
            elif what == "double":
                row.insert(other, row[column])
            else:
                row[column], row[other] = row[other], row[column]
    files[name] = _bytes(table)


def in_names(draw: st.DrawFn, files: Files, name: str) -> None:
    """A file lost, renamed or taken for another; an id renamed in one file only."""
    data = files.get(name, b"")
    what = draw(st.sampled_from(("lose", "rename", "confuse", "id")))
    if what == "lose":
        files.pop(name, None)
    elif what == "rename":
        files[draw(st.sampled_from((name.upper(), name.replace("s.", "."), f" {name}")))] = data
        files.pop(name, None)
    elif what == "confuse":
        files[name] = files[draw(st.sampled_from(sorted(files) or [name]))] if files else b""
    else:
        old, new = (
            draw(st.sampled_from((b"p1", b"za", b"zb", b"r1", b"t1", b"f150", b"s1"))) for _ in range(2)
        )
        files[name] = data.replace(old, new)


def in_bytes(draw: st.DrawFn, files: Files, name: str) -> None:
    """A byte lost, added or turned; the end missing."""
    data = files.get(name, b"")
    place = draw(st.integers(0, max(0, len(data) - 1)))
    kept = data[place + 1 :]
    noise = draw(st.sampled_from((b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b" ", b"0", "。".encode())))
    files[name] = data[:place] if draw(st.booleans()) else data[:place] + noise + kept


def in_encoding(draw: st.DrawFn, files: Files, name: str) -> None:
    """Another encoding, a mark, other line ends, blanks, quotes everywhere."""
    change: Callable[[bytes], bytes] = draw(
        st.sampled_from((_cp932, _utf_16, _mark, _crlf, _cr, _blanks, _quoted))
    )
    files[name] = change(files.get(name, b""))


def _cp932(data: bytes) -> bytes:
    return data.decode(errors="replace").encode("cp932", "replace")


def _utf_16(data: bytes) -> bytes:
    return data.decode(errors="replace").encode("utf-16")


def _mark(data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _cr(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r")


def _blanks(data: bytes) -> bytes:
    return data.replace(b"\n", b"\n\n").replace(b",", " ,\u3000".encode())


def _quoted(data: bytes) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(_table(data))
    return out.getvalue().encode()


def _table(data: bytes) -> Table:
    return list(csv.reader(io.StringIO(data.decode(errors="replace"), newline="")))


def _bytes(table: Table) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue().encode()
