"""What a figure is: people counted in a table with fixed dimensions, and the month they are counted in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from central.database.transaction import Connection
from central.japan import seconds_of
from central.words.names import Names
from central.words.words import Words


@dataclass(frozen=True, slots=True)
class Month:
    """A month of service days, by its first."""

    first: date

    @property
    def next(self) -> Month:
        """The one after."""
        return Month((self.first + timedelta(31)).replace(day=1))

    @property
    def days(self) -> tuple[date, ...]:
        """All of them."""
        return tuple(self.first + timedelta(day) for day in range((self.next.first - self.first).days))

    @property
    def end(self) -> int:
        """The Unix second in which it is over in Japan."""
        return seconds_of(self.next.first)[0]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Counted:
    """Who was counted where, before anything is hidden. Rows and columns go by their keys, which are words already.

    Of each cell `people` has how many different ones there were at least, `rides` how often one of them rode. Rows of
    one of `kinds` are alike: where one may have people, so may all. `never` are cells in which nobody can be, by the
    timetable. `beside` counts rides that no cell of the table is for.
    """

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    people: tuple[tuple[int, ...], ...]
    rides: tuple[tuple[int, ...], ...]
    kinds: tuple[str, ...]
    never: frozenset[tuple[int, int]]
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Exact:
    """A table for those who may see every number: its words, its columns, its rows, and what else there is to say."""

    words: Words
    columns: tuple[Words, ...]
    rows: tuple[tuple[str | int, ...], ...]
    note: Words = ("", "")

    @property
    def most(self) -> int:
        """The largest number in it, where bars are longest."""
        return max((cell for row in self.rows for cell in row if isinstance(cell, int)), default=0)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database has for a figure: `made_from` changes with whatever would change the figure."""

    made_from: str
    count: Callable[[], Counted | None]
    """None where there is nothing that people could be counted in."""
    exact: Callable[[], tuple[Exact, ...]]
    """What is beside it for those who may see every number."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row's or a column's key; `name` is what addresses call it, `example` such a key."""

    name: str
    words: Words
    example: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure under its `slug`. `row_parts` and `column_parts` say what keys consist of.

    `find` takes the connection of one read transaction.
    """

    slug: str
    words: Words
    row_parts: tuple[Part, ...]
    column_parts: tuple[Part, ...]
    find: Callable[[Connection, Month, Names], Found]
