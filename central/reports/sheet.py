"""What a report says, before it is text, CSV or JSON: facts, tables and remarks, Japanese first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto

from central.database.transaction import Connection
from central.words.words import Words, words_for


@dataclass(frozen=True, slots=True)
class Named:
    """A value of a fixed list: JSON has the `code`, people read the words."""

    code: str
    words: Words


Cell = str | int | bool | Named


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure or name with its words; `key` is what JSON calls it."""

    key: str
    words: Words
    value: Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; `key` is what JSON calls it."""

    key: str
    words: Words


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as long as the columns are many. Whole numbers stay numbers."""

    key: str
    words: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report on one period. `remarks` are sentences, in both languages each."""

    words: Words
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    remarks: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What is known of the ledger as a whole. JSON has the values."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It was not recomputed since the period ended."""


class Period(Enum):
    """What a report is asked for."""

    DAY = auto()
    """The end of a day in Japan."""
    MONTH = auto()
    """A month, by its first day."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that the office can ask for under its `slug`.

    Both take the connection of one read transaction, the period's first day and the Unix second of asking. `read`
    recomputes the whole ledger where the sheet says how that came out, which takes long; `show` is told.
    """

    slug: str
    words: Words
    period: Period
    read: Callable[[Connection, date, int], Sheet]
    show: Callable[[Connection, date, int, Verdict], Sheet]


def named(table: Mapping[str, Words], code: str) -> Named:
    """A code with its words, or with itself where it has none."""
    return Named(code, words_for(dict(table), code))
