"""データ辞書 (dēta jisho) of the figures' CSV files. A test holds it equal to what is written."""

from __future__ import annotations

from central.figures import FIGURES
from central.figures.csv_file import EXACT_COLUMNS, MARKS, table_columns
from central.figures.figure import Figure, Part
from central.words.columns import Column, File
from rules.figures.small_numbers import Hidden

_MONTH = Column("month", "乗車の月（運行日による）", "month of the service days", "YYYY-MM", "2026-10")
_BESIDE = {
    "month": _MONTH,
    "gathered": Column(
        "gathered",
        "この行にまとめた区間の数。まとめていなければ空",
        "how many rows are counted together in this one; empty for one that stands alone",
        "行",
        "83",
    ),
    "people": Column(
        "people",
        "人数。同じ人は一つの欄に一度だけ数える。計は欄の合計。伏せた欄は空",
        "people, each once in a cell; totals are sums of cells; empty where hidden",
        "人",
        "12",
    ),
    "mark": Column(
        "mark",
        f"伏せた理由。{MARKS[Hidden.SMALL]} は0〜4人、{MARKS[Hidden.BESIDE]} は5人以上、"
        f"{MARKS[Hidden.NEVER]} は便のない時間",
        "why hidden: <5 nobody to four people, hidden five or more, no bus by the timetable",
        "",
        MARKS[Hidden.SMALL],
    ),
}
_EXACT = (
    _MONTH,
    Column("table", "表の名前", "which table", "", "停留所ごと / by stop"),
    Column("row", "行。二つ以上の項目は → でつなぐ", "the row; several parts joined by →", "", "新庄駅前"),
    Column("column", "列の名前", "which column", "", "乗った人 / boarded"),
    Column("number", "数。伏せていない", "the number, nothing hidden", "人", "3"),
)


def files() -> tuple[File, ...]:
    """Every figure's published table, and the file of every number."""
    assert tuple(column.name for column in _EXACT) == EXACT_COLUMNS
    published = tuple(File(each.slug, *each.words, _columns(each)) for each in FIGURES)
    return (*published, File("exact", "正確な数字", "exact numbers", _EXACT))


def _columns(figure: Figure) -> tuple[Column, ...]:
    parts = {part.name: _column(part) for part in (*figure.row_parts, *figure.column_parts)}
    return tuple((_BESIDE | parts)[name] for name in table_columns(figure))


def _column(part: Part) -> Column:
    ja, en = part.words
    return Column(part.name, f"{ja}。計 / all は全体", f"{en}; 計 / all is the whole", "", part.example)
