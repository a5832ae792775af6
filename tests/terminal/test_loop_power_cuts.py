"""Whenever the power goes: each green lamp is one record, and every ride that begins ends once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from device.facts import LinkUp
from rules.messages.events import AnyEvent, RideLeftOpen, Tapped
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import TripChosen, TripDone
from tests.ride.builders import STOPS, edition
from tests.terminal.loop_bench import T1, T2, Table, World, bus_on

LAST = len(STOPS) - 1
EDITIONS = 3
TOMORROW = TripChosen("t1", "2026-09-22")
IN_THE_END = TripChosen("t1", "2026-09-29")


class PowerCut(Exception):
    """Nothing after this line happens."""


def cut_before_the_lamp(_outcome: Outcome) -> None:
    raise PowerCut


@contextmanager
def bus_until_power_cut(world: World) -> Iterator[Table]:
    with bus_on(world) as table:
        try:
            yield table
        except PowerCut:
            return


def test_an_alighting_whose_lamp_was_never_lit_is_not_taken_for_a_boarding_afterwards(world: World) -> None:
    phone = world.office.phone()
    with bus_until_power_cut(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.drive_to(2)
        table.signals.watch = cut_before_the_lamp
        table.show(phone.code(world.moment))
    world.boot = "later"
    world.time.move(40.0)
    with bus_on(world) as table:
        table.do(table.fix_at(2))
        assert table.show(phone.code(world.moment)) is Outcome.ALREADY_ALIGHTED
        assert table.page.on_board == 0


def test_a_disk_that_fails_to_read_is_a_red_lamp_too(world: World) -> None:
    with bus_on(world) as table:
        table.do(LinkUp())
        table.loop.begin = lambda: None  # type: ignore[method-assign]
        table.journal._file._connection.close()
        # It is time to tell central of the oldest record that waits.
        world.time.move(2.0)
        assert table.loop.run() == 1
        assert table.signals.faulty


class Days:
    """A driver, riders and a bus that loses its power anywhere, all by dice."""

    def __init__(self, world: World, dice: Random) -> None:
        self._world = world
        self._dice = dice
        self._phones = [world.office.phone(hold=500) for _ in range(3)]
        self._cards = [world.office.card(hold=500) for _ in range(2)]
        self._stop = 0
        self.greens = 0

    def go_by(self) -> list[AnyEvent]:
        """All records, once every trip has ended."""
        for life in range(self._dice.randint(1, 5)):
            with bus_until_power_cut(self._world) as table:
                self._live(table)
            self.greens += sum(outcome.rides for outcome in table.signals.answers)
            if self._dice.random() < 0.5:
                self._world.boot = f"boot {life}"
            self._world.time.move(self._dice.choice([1, 20, 600, 50_000]))
        with bus_on(self._world) as table:
            table.set_out(IN_THE_END)
            table.do(TripDone())
            return table.events()

    def _live(self, table: Table) -> None:
        steps = [self._tap] * 6 + [self._drive] * 3 + [self._take_up, self._end, self._wait, self._publish]
        for _ in range(self._dice.randint(0, 25)):
            if self._dice.random() < 0.02:
                table.signals.watch = cut_before_the_lamp
            self._dice.choice(steps)(table)

    def _tap(self, table: Table) -> None:
        who = self._dice.randrange(5)
        code = self._phones[who].code(self._world.moment) if who < 3 else self._cards[who - 3]
        table.do(table.fix_at(self._stop))
        table.show(code)

    def _drive(self, table: Table) -> None:
        self._stop = min(LAST, self._stop + self._dice.randint(0, 2))
        table.drive_to(self._stop, self._dice.choice([5, 60, 300]))

    def _take_up(self, table: Table) -> None:
        self._stop = 0
        table.drive_to(0, 10)
        table.do(self._dice.choice([T1, T2, TOMORROW]))

    def _end(self, table: Table) -> None:
        table.do(TripDone())

    def _wait(self, table: Table) -> None:
        table.wait(9) if self._dice.random() < 0.5 else table.know_the_time()

    def _publish(self, table: Table) -> None:
        number = len(self._world.editions) + 1
        if number <= EDITIONS:
            self._world.editions[number] = table.lists.editions[number] = edition(number)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_each_green_lamp_is_one_record_and_each_ride_ends_once(
    world: World, seed: int
) -> None:
    days = Days(world, Random(seed))
    events = days.go_by()
    on_board: dict[int, Tapped] = {}
    for number, event in enumerate(events, start=1):
        match event:
            case Tapped(movement=Movement.BOARD):
                assert event.pass_id not in {other.pass_id for other in on_board.values()}
                on_board[number] = event
            case Tapped(movement=Movement.ALIGHT) | RideLeftOpen():
                assert event.board is not None
                began = on_board.pop(event.board.number)
                assert (event.pass_id, event.trip_id, event.service_date) == (
                    began.pass_id, began.trip_id, began.service_date,
                )  # fmt: skip
    assert on_board == {}
    green = [event for event in events if isinstance(event, Tapped) and event.outcome.rides]
    # A record whose lamp the power cut swallowed is one more.
    assert days.greens <= len(green) <= days.greens + 5
