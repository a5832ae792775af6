"""From the door to the books: what a real loop writes of stops known better ends as the fare that was due."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.devices.data_folder import Office
from central.rides.corrections.rederive_day import rederive_day
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from terminal.facts import DoorState, StopSet
from tests.central.office import Bus, send
from tests.central.settled_bench import check_books, corrections, history, journey, with_line
from tests.ride.builders import DAY
from tests.terminal.loop_bench import Table, World, bus_on
from tests.terminal.test_loop_stops import halt, ready, slow_to_b

OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    return World(tmp_path / "bus")


def deliver(table: Table, office: Office, bus: Bus) -> None:
    """The whole journal to the office, which then finds nothing to put right in its day."""
    bus.epoch = table.journal.epoch
    bus.records = [record.body for record in table.journal.records_after(0, 10_000)]
    send(office.database, bus)
    with office.database.read() as connection:
        check_books(connection)
        assert rederive_day(connection, DAY, None).differences == ()


def test_a_boarding_settled_before_the_alighting_is_charged_right_at_once(
    world: World, office: Office, bus: Bus
) -> None:
    with bus_on(world) as table:
        card = world.office.card()
        ready(table)
        slow_to_b(table, card)
        table.do(CLOSED)
        table.roll(1.0, 4.0)
        halt(table, 4.0)
        assert table.show(card) is Outcome.OK
        deliver(table, with_line(office), bus)
    assert (journey(office), history(office)) == (("B", "E", 360), [])


def test_who_was_charged_to_a_stop_further_on_than_the_door_opened_at_gets_the_rest_back(
    world: World, office: Office, bus: Bus
) -> None:
    with bus_on(world) as table:
        card = world.office.card()
        ready(table)
        table.show(card)
        # Somebody else boards at B, where the rider alights: both are taken to be at C.
        slow_to_b(table, world.office.card())
        assert table.show(card) is Outcome.OK
        assert (table.taps()[-1].stop_id, table.taps()[-1].fare) == ("C", 240)
        table.do(CLOSED)
        table.roll(1.0, 2.0)
        deliver(table, with_line(office), bus)
        with office.database.read() as connection:
            ((_, _, *correction),) = corrections(connection)
    assert correction == [240, 120, "", ("applied",)]


def test_what_the_driver_says_after_the_alighting_never_costs_the_rider_more_by_itself(
    world: World, office: Office, bus: Bus
) -> None:
    with bus_on(world) as table:
        card = world.office.card()
        ready(table)
        table.show(card)
        table.do(CLOSED)
        table.roll(0, 1.0)
        halt(table, 1.0)
        assert table.show(card) is Outcome.OK
        table.do(StopSet(2))
        deliver(table, with_line(office), bus)
    assert journey(office) == ("A", "B", 120)
    assert [each[-1] for each in history(office)] == [("waiting",)]
