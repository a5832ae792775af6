"""The tables of months that are over, made before anybody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from central.database.transaction import Connection, Database
from central.figures import FIGURES
from central.figures.figure import Month
from central.figures.publish import read_published
from central.japan import day_of
from central.network.editions.store import number_in_force, read_sealed
from central.words.names import EditionShelf, Names

EVERY_S = 15 * 60
MONTHS_BACK = 2
"""Of so many months corrections are still likely; the table of an older one is made anew when somebody looks."""


def last_over(today: date) -> Month:
    """The last month that is over."""
    return Month((today.replace(day=1) - timedelta(1)).replace(day=1))


def names_on(connection: Connection, shelf: EditionShelf, day: date) -> Names:
    """The names of that day's edition, and of every edition that a ride names."""
    return Names(
        lambda number: shelf.get(number, partial(read_sealed, connection)),
        (number_in_force(connection, day),),
    )


def keep_latest(database: Database, shelf: EditionShelf, now: Callable[[], int]) -> None:
    """Make what is missing or has been corrected since, which takes seconds: the timer's work."""
    at = now()
    month = last_over(day_of(at))
    for _ in range(MONTHS_BACK):
        for figure in FIGURES:
            read_published(
                database, figure, month, lambda connection: names_on(connection, shelf, day_of(at)), at
            )
        month = last_over(month.first)
