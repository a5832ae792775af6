"""F5: a disk of eight megabytes is full. The bus refuses in sight of all, keeps all, and works when space is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from tests.faults.disks import filled, small_disk
from tests.terminal.loop_bench import Table, World, bus_on

WORKS_AGAIN_S = 60.0


def green(table: Table, world: World) -> None:
    """Somebody boards with a new phone."""
    assert table.show(world.office.phone().code(world.moment)) is Outcome.OK


def test_on_a_full_disk_nobody_rides_unrecorded_and_service_returns_with_the_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    with small_disk(tmp_path, megabytes=8) as disk:
        world = World(disk / "unit")
        with bus_on(world) as table:
            table.set_out()
            for _ in range(20):
                green(table, world)
            journal = table.journal
            assert journal.acknowledge(10, (journal.hash_at(10) or b"").hex(), 1_790_000_000)
            before = journal.last
            with filled(disk):
                table.wait(2)
                # Boarding, alighting, trips: nothing is taken, and the page says why.
                assert table.show(world.office.phone().code(world.moment)) is Outcome.JOURNAL_FULL
                assert "take cash" in table.page.fault
                table.wait(30)
                assert journal.last == before
                # What the office acknowledges is still written.
                assert journal.acknowledge(20, (journal.hash_at(20) or b"").hex(), 1_790_000_000)
            waited = 0.0
            while table.page.fault:
                table.wait(1)
                waited += 1
                assert waited <= WORKS_AGAIN_S
            table.do(table.fix_at(0))
            green(table, world)
            kept = journal.records_after(0, 1_000)
            assert [record.number for record in kept] == list(range(1, before.number + 2))
        with bus_on(world) as table:
            assert table.journal.acknowledged == 20
    print(f"F5: refused in sight, {before.number} records kept, works {waited:.0f} s after space returned")


def test_a_bus_that_starts_on_a_full_disk_says_so_and_begins_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    with small_disk(tmp_path, megabytes=8) as disk:
        world = World(disk / "unit")
        with bus_on(world) as table:
            table.set_out()
            green(table, world)
            last = table.journal.last.number
        with filled(disk), bus_on(world) as table:
            table.wait(2)
            assert "take cash" in table.page.fault
            assert table.journal.last.number == last
        with bus_on(world) as table:
            table.wait(2)
            assert table.page.fault == ""
            assert table.journal.last.number == last + 1
