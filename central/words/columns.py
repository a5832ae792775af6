"""データ辞書 (dēta jisho): what columns of CSV files mean, as a page and as a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from central.words.spreadsheet import pieces


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it holds in Japanese and English, its unit or form, and an example."""

    name: str
    ja: str
    en: str
    unit: str
    example: str


@dataclass(frozen=True, slots=True)
class File:
    """A kind of CSV file and its columns in order."""

    slug: str
    ja: str
    en: str
    columns: tuple[Column, ...]


HEADINGS = ("ファイル", "列", "意味", "meaning", "単位・形", "例")


def dictionary_csv(files: Iterable[File]) -> Iterator[str]:
    """The dictionary itself, in pieces."""
    rows = (
        (each.ja, column.name, column.ja, column.en, column.unit, column.example)
        for each in files
        for column in each.columns
    )
    return pieces(HEADINGS, rows)
