"""One reading of the exceptions: everything a page shows comes out of a single read transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from central.exceptions import store
from central.exceptions.exception_line import ExceptionLine, exception_line
from central.exceptions.handling.acts import Done, State
from central.exceptions.handling.store import acts_about, states_at
from central.exceptions.kinds import KINDS, kind_of
from central.exceptions.place import Place
from central.exceptions.rows import Row
from central.exceptions.wanted import Wanted
from central.japan import day_of
from central.network.editions.store import number_in_force, read_sealed
from central.words.names import EditionShelf, Names
from central.words.paging import Page, page_of

PAGE_ROWS = 50
ROWS_AT_ONCE = 200
"""Rows fetched at a time when all of them are read."""
MAX_CHOICES = 300


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are of a kind."""

    value: str
    name: str
    english: str
    count: int


class Reading:
    """What `wanted` shows at Unix second `now`, read through `connection`."""

    def __init__(self, connection: Connection, wanted: Wanted, shelf: EditionShelf, now: int) -> None:
        self._connection = connection
        self._wanted = wanted
        self.today = day_of(now)
        sealed = partial(read_sealed, connection)
        likely = (number_in_force(connection, self.today),)
        self.names = Names(lambda number: shelf.get(number, sealed), likely)
        self._counts = store.count_kinds(connection, wanted)

    def totals(self) -> list[Total]:
        """Every kind that the machine and days asked for have, and the kind asked for."""
        shown = self._counts.keys() | ({self._wanted.kind} - {""})
        known = [str(kind) for kind in KINDS if kind in shown]
        others = sorted(shown - KINDS.keys())
        return [Total(value, *kind_of(value).name, self._counts.get(value, 0)) for value in (*known, *others)]

    @property
    def everything(self) -> int:
        """All kinds together."""
        return sum(self._counts.values())

    def lines(self) -> tuple[list[ExceptionLine], Page]:
        """The page asked for; the last one for a number beyond it."""
        kind = self._wanted.kind
        page = page_of(self._wanted.page, self._counts.get(kind, 0) if kind else self.everything, PAGE_ROWS)
        places = store.page_of_places(
            self._connection, self._wanted, (page.number - 1) * PAGE_ROWS, PAGE_ROWS
        )
        return [
            exception_line(row, self.names, self.today, state, done) for row, state, done in self._at(places)
        ], page

    def each_row(self) -> Iterator[tuple[Row, State, list[Done]]]:
        """Every exception asked for, how it stands and what was done about it."""
        places = store.each_place(self._connection, self._wanted)
        while chunk := list(islice(places, ROWS_AT_ONCE)):
            yield from self._at(chunk)

    def _at(self, places: list[Place]) -> Iterator[tuple[Row, State, list[Done]]]:
        states, done = states_at(self._connection, places), acts_about(self._connection, places)
        for place, row in zip(places, store.rows_at(self._connection, places), strict=True):
            yield row, states[place], done[place]

    def machines(self) -> list[str]:
        """What the filter for a machine offers. What is set already is always among it."""
        names = store.machines(self._connection)[:MAX_CHOICES]
        chosen = self._wanted.device
        return names if not chosen or chosen in names else [*names, chosen]
