"""Random riders by hand: whatever the batches and the journals, the books have the cash of what counts, once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from rules.messages.events import Means, RecordRef
from tests.central.by_hand_bench import (
    FARE,
    alights,
    boards,
    cash_standing,
    check_cash,
    hand_rows,
    listed,
    undone,
)
from tests.central.office import Bus, balances, new_office, refusals, send
from tests.central.settled_bench import settled, with_line
from tests.central.test_salvage import follower

LAST = 4


@dataclass(frozen=True)
class Step:
    """What the driver does next. `which` picks among what there is to choose from."""

    what: str
    means: Means
    people: int
    stop: int
    which: int


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["board", "alight", "alight", "alone", "undo", "settle"]),
        st.sampled_from([Means.CASH, Means.CASH, *Means]),
        st.integers(1, 4),
        st.integers(0, LAST),
        st.integers(0, 9),
    ),
    max_size=14,
)


@dataclass
class OnBoard:
    ref: RecordRef
    means: Means
    people: int
    start: int
    at_first: int


class Day:
    """A driver's day, written by a bus that knows what it wrote; `cash` and `on_board` are the model of it."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.boarded: list[OnBoard] = []
        self.cash: dict[RecordRef, int] = {}
        self.rode: dict[RecordRef, int] = {}
        self._last: tuple[RecordRef, OnBoard | None, int] | None = None
        self._known: list[RecordRef] = []

    def take(self, step: Step) -> None:
        match step.what:
            case "board":
                ref = self.bus.write(boards(step.stop, step.people, step.means))
                self.boarded.append(OnBoard(ref, step.means, step.people, step.stop, step.people))
                self._last = (ref, self.boarded[-1], 0)
                self._known.append(ref)
            case "alight" if any(each.people for each in self.boarded):
                those = [each for each in self.boarded if each.people]
                rider = those[step.which % len(those)]
                self._alight(step, rider, min(step.people, rider.people), rider.start, rider.means)
            case "alone":
                self._alight(step, None, step.people, 0, step.means)
            case "undo" if self._last is not None:
                self._undo(*self._last)
            case "settle" if self._known:
                ref = self._known[step.which % len(self._known)]
                self.bus.write(settled(step.stop, ref))
                for rider in self.boarded:
                    rider.start = step.stop if rider.ref == ref else rider.start

    def _alight(self, step: Step, rider: OnBoard | None, people: int, start: int, means: Means) -> None:
        board = rider.ref if rider else None
        event = alights(board, step.stop, people, means, start=start)
        ref = self.bus.write(event)
        if rider:
            rider.people -= people
        self.cash[ref], self.rode[ref] = event.cash, people
        self._last = (ref, rider, people)
        self._known.append(ref)

    def _undo(self, ref: RecordRef, rider: OnBoard | None, people: int) -> None:
        self.bus.write(undone(ref))
        self.cash.pop(ref, None)
        self.rode.pop(ref, None)
        if rider and rider.ref == ref:
            self.boarded.remove(rider)
        elif rider:
            rider.people += people
        self._last = None


def driven(day: list[Step]) -> Day:
    made = Day()
    for step in day:
        made.take(step)
    return made


def books(office: Office, day: Day) -> tuple[Any, ...]:
    with office.database.read() as connection:
        assert refusals(connection) == {}
        check_cash(connection)
        assert cash_standing(connection) == sum(day.cash.values())
        rows = hand_rows(connection), balances(connection)
    rides = listed(office)
    assert sum(ride.people for ride in rides if ride.state == "open") == sum(
        each.people for each in day.boarded
    )
    assert sum(ride.people for ride in rides if ride.state != "open") == sum(day.rode.values())
    return rows


def taken(day: Day, cuts: Iterable[int], *, twice: bool = False) -> tuple[Any, ...]:
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        with office.database.write() as connection:
            day.bus.register(connection)
        first, total = 1, len(day.bus.records)
        for cut in (*sorted({cut for cut in cuts if cut < total}), total) if total else ():
            send(office.database, day.bus, first, cut)
            first = cut + 1
        if twice and total:
            send(office.database, day.bus)
        return books(office, day)


@settings(max_examples=15, deadline=None)
@given(day=steps, cuts=st.lists(st.integers(1, 14), max_size=4))
def test_batches_and_repeats_change_nothing_and_the_cash_is_that_of_what_counts(
    day: list[Step], cuts: list[int]
) -> None:
    made = driven(day)
    together = taken(made, [])
    assert taken(made, cuts, twice=True) == together
    assert taken(made, range(20)) == together


@settings(max_examples=15, deadline=None)
@given(day=steps, handed=st.sets(st.integers(1, 14)), heard=st.integers(0, 14), last=st.booleans())
def test_whichever_journal_brings_a_record_it_counts_once(
    day: list[Step], handed: set[int], heard: int, *, last: bool
) -> None:
    made = driven(day)
    total = len(made.bus.records)
    every = range(1, total + 1)
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        with office.database.write() as connection:
            made.bus.register(connection)
        if heard and total:
            send(office.database, made.bus, 1, min(heard, total))
        send(office.database, follower(made.bus, *sorted(handed & set(every))))
        if heard < total:
            send(office.database, made.bus, heard + 1)
        if last:
            send(office.database, follower(made.bus, *every, epoch="last"))
        books(office, made)
        ways = {
            (ride.board_stop_id, ride.alight_stop_id, ride.people, ride.cash, ride.state)
            for ride in listed(office)
        }
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        with office.database.write() as connection:
            made.bus.register(connection)
        if total:
            send(office.database, made.bus)
        assert ways == {
            (ride.board_stop_id, ride.alight_stop_id, ride.people, ride.cash, ride.state)
            for ride in listed(office)
        }


def test_the_model_itself_counts_cash() -> None:
    day = driven([Step("board", Means.CASH, 2, 0, 0), Step("alight", Means.CASH, 2, 3, 0)])
    assert list(day.cash.values()) == [2 * 3 * FARE]
