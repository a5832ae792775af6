"""Whole simulated trips through the bus's loop into the books: whatever the sky, the books hold what was settled."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from central.database import tables
from central.devices.data_folder import Office
from central.network.feeds.open_feed import read_feed
from central.rides.corrections.rederive_day import rederive_day
from device.facts import CodeSeen
from rules.messages.events import StopSettled, Tapped
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.network.in_force import service_day
from rules.ride.outcomes import Movement
from terminal import loop as loop_module
from terminal.facts import DoorState, FixSeen, StopSaid, TripChosen, TripDone
from tests.central.office import Bus, send
from tests.central.settled_bench import check_books, put_line
from tests.drives.drive import Conditions, Kind, Run, Said, run_of
from tests.ride.builders import NOW
from tests.terminal.loop_bench import Table, World, bus_on, text_of

SKIES = {
    "usual": Conditions(),
    "shadows": Conditions(shadows=2, tunnels=2),
    "restart": Conditions(restart=True),
    "detour": Conditions(detour=True),
    "cold start": Conditions(cold_start=True),
}
SEEDS = range(12 if os.environ.get("YUKEMURI_LONG") == "1" else 1)
TODAY = service_day(NOW).isoformat()


@pytest.fixture(scope="module")
def demo(repository: Path) -> Edition:
    draft = read_feed(repository / "hil" / "line").draft
    return replace(draft, number=1, valid_from=date(2026, 1, 1))


class Drive:
    """A run's facts, one by one, to a bus on the table; a driver answers its questions, or nobody does."""

    def __init__(self, world: World, run: Run, trip_id: str, *, asks: bool) -> None:
        self.world, self.run, self.trip_id, self.asks = world, run, trip_id, asks
        self.cards = [world.office.card(hold=20_000) for _ in run.riders]
        self.ends = [index for index, said in enumerate(run.said) if said.kind is Kind.RESTART]

    def drive(self) -> tuple[str, list[bytes]]:
        """The journal's epoch and the bodies of its records."""
        first, begun = 0, False
        for end in [*self.ends, len(self.run.said)]:
            with bus_on(self.world) as table:
                table.do(DoorState(is_open=False))
                if not begun:
                    table.do(TripChosen(self.trip_id, TODAY))
                for said in self.run.said[first:end]:
                    self._hear(table, said)
                if end == len(self.run.said):
                    table.do(TripDone())
                journal = table.journal
                epoch = journal.epoch
                bodies = [record.body for record in journal.records_after(0, 10_000)]
            first, begun = end, True
        return epoch, bodies

    def _hear(self, table: Table, said: Said) -> None:
        self.world.time.seconds = max(self.world.time.seconds, said.mono)
        match said.kind:
            case Kind.FIX if said.fix is not None:
                table.do(FixSeen(said.fix, self.world.wall))
            case Kind.OPENED | Kind.CLOSED:
                table.do(DoorState(is_open=said.kind is Kind.OPENED))
            case Kind.TAP:
                table.do(CodeSeen(text_of(self.cards[said.rider])))
        question = table.page.question
        if self.asks and question is not None and said.stop in question.stops:
            table.do(StopSaid(question.opening, said.stop))


@pytest.mark.parametrize("asks", [False, True], ids=["nobody answers", "the driver answers"])
@pytest.mark.parametrize("sky", SKIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_hold_what_was_settled_and_nobody_is_charged_more_by_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    office: Office,
    bus: Bus,
    demo: Edition,
    sky: str,
    seed: int,
    asks: bool,
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    trip_id = sorted(demo.trips)[seed % len(demo.trips)]
    run = run_of(demo, trip_id, SKIES[sky], seed)
    world = World(tmp_path / "bus", editions={1: demo})
    bus.epoch, bus.records = Drive(world, run, trip_id, asks=asks).drive()
    with office.database.write() as connection:
        put_line(connection, demo)
    send(office.database, bus)
    with office.database.read() as connection:
        check_books(connection)
        assert rederive_day(connection, TODAY, None).differences == ()
        rides = connection.execute(select(tables.rides)).all()
    assert rides
    last, charged = _by_the_journal(bus)
    pattern = demo.pattern_of(trip_id)
    for ride in rides:
        start, end = last[ride.board_number], last.get(ride.alight_number, len(pattern.stop_ids) - 1)
        due = demo.fares.adult(pattern.route_id, pattern.stop_ids[start], pattern.stop_ids[end])
        if ride.state == "complete" and not isinstance(due, FareProblem):
            assert ride.fare == min(due, charged[ride.alight_number]), ride


def _by_the_journal(bus: Bus) -> tuple[dict[int, int], dict[int, int]]:
    """By the number of a tap: the index of its stop as it was said last, and the fare the bus charged."""
    last: dict[int, int] = {}
    charged: dict[int, int] = {}
    for number, event in enumerate(bus.events(), 1):
        if isinstance(event, Tapped) and event.movement is not Movement.REFUSED:
            last[number], charged[number] = event.stop_index, int(event.fare)
        if isinstance(event, StopSettled):
            last |= {tap.number: event.stop_index for tap in event.taps}
    return last, charged
