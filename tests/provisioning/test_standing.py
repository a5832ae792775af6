"""What a bus and a kiosk say of themselves to their updater, through the socket that it asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device.control import SOCKET, Control
from device.facts import Asked
from device.standing import AskStanding
from device.stick.carry import Machine
from device.stick.commands import handlers
from kiosk import desk as desk_module
from kiosk.ports import HideCode
from provisioning.update.outcomes import Outcome, Refused
from provisioning.update.unit import ask_standing
from rules.messages.standing import STANDING, Busy, Standing
from terminal import loop as loop_module
from terminal.facts import TripDone
from tests.kiosk.desk_bench import World as KioskWorld
from tests.kiosk.desk_bench import kiosk_on
from tests.terminal.loop_bench import Table, World, bus_on


def of_the_bus(table: Table) -> Standing:
    told: list[object] = []
    table.do(Asked(AskStanding(), told.append))
    (standing,) = told
    assert isinstance(standing, Standing)
    return standing


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    return World(tmp_path)


def test_a_bus_says_its_version_its_journal_and_what_is_wrong_with_it(world: World) -> None:
    with bus_on(world) as table:
        standing = of_the_bus(table)
        journal = table.journal
        assert standing == Standing("1.2.3", journal.epoch, journal.last.number, journal.waiting)
        table.loop._faults = replace(table.loop._faults, journal="記録できません / Cannot record")
        assert of_the_bus(table).fault == "記録できません / Cannot record"


def test_a_bus_on_a_trip_or_that_drives_is_needed(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        assert Busy.ON_TRIP in of_the_bus(table).busy
        table.do(TripDone())
        assert of_the_bus(table).busy == ()
        table.do(table.fix_at(1, mps=8.0))
        assert of_the_bus(table).busy == (Busy.DRIVING,)
        table.do(table.fix_at(1, mps=0.2))
        assert of_the_bus(table).busy == ()


def test_a_bus_with_somebody_on_board_is_needed(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.drive_to(0)
        table.show(world.office.phone().code(world.moment))
        assert of_the_bus(table).busy == (Busy.ON_TRIP, Busy.RIDERS)


def test_whoever_forgot_to_alight_keeps_no_bus_from_its_update(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.drive_to(0)
        table.show(world.office.phone().code(world.moment))
        table.do(TripDone())
        assert of_the_bus(table).busy == ()


def test_a_kiosk_with_a_code_on_its_screen_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "TICK_S", 0.0)

    def ask() -> Standing:
        told: list[object] = []
        table.do(Asked(AskStanding(), told.append))
        assert isinstance(told[0], Standing)
        return told[0]

    with kiosk_on(KioskWorld(tmp_path)) as table:
        assert ask().busy == ()
        number = table.offer()
        assert ask() == Standing(
            "1.2.3", table.journal.epoch, table.journal.last.number, table.journal.waiting, (Busy.GUESTS,)
        )
        table.do(HideCode(number))
        assert ask().busy == ()


@contextmanager
def answering(folder: Path, world: World) -> Iterator[Table]:
    """The bus's loop in a thread of its own, with its socket."""
    begun, tables = threading.Event(), list[Table]()

    def serve() -> None:
        with bus_on(world) as table:
            tables.append(table)
            control = Control(
                folder, handlers(Machine(table.loop._bus.identity, "ohkura"), table.loop.report)
            )
            control.start()
            begun.set()
            table.loop.run()
            control.stop()

    thread = threading.Thread(target=serve)
    thread.start()
    assert begun.wait(30)
    try:
        yield tables[0]
    finally:
        tables[0].loop.stop()
        thread.join(30)


def test_an_updater_hears_it_over_the_socket(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.1)
    assert ask_standing(world.folder) is None
    with answering(world.folder, world) as table:
        standing = ask_standing(world.folder)
        assert standing is not None
        assert (standing.version, standing.epoch) == ("1.2.3", table.journal.epoch)
    assert ask_standing(world.folder) is None


def test_a_socket_that_nobody_serves_any_more_is_a_program_that_has_ended(world: World) -> None:
    control = Control(world.folder, {})
    control.start()
    listening = control._listening
    assert listening is not None
    with pytest.raises(Refused) as refused:
        ask_standing(world.folder)
    assert refused.value.outcome is Outcome.SILENT, f"it runs, and knows no {STANDING}"
    control._ending.set()
    control._thread.join()
    listening.close()
    assert (world.folder / SOCKET).exists()
    assert ask_standing(world.folder) is None
