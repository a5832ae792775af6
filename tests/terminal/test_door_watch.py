"""A door contact is believed while the bus does not say otherwise."""

from __future__ import annotations

from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.door_watch import DoorWatch
from terminal.facts import DoorState
from tests.terminal.loop_bench import Table, World, bus_on


def fix(mono: float, metres: float) -> Fix:
    return Fix(mono, 38.0 + metres / 111_195, 140.0, 0.0, None, 1.0, 9)


def test_a_contact_that_has_never_moved_is_not_believed() -> None:
    watch = DoorWatch()
    seen = [(watch.says(mono, None, is_open=mono > 0), watch.is_believed) for mono in (0.0, 1.0, 2.0)]
    assert seen == [(True, False), (True, True), (False, True)]


def test_a_bus_that_drives_with_an_open_door_has_a_broken_contact_since_it_stood() -> None:
    watch = DoorWatch()
    watch.says(0.0, fix(0.0, 0.0), is_open=True)
    assert watch.drives_off(fix(10.0, 20.0)) is None
    assert watch.drives_off(fix(40.0, 400.0)) is None
    assert watch.drives_off(fix(41.0, 410.0)) == 10.0
    assert not watch.is_believed
    assert watch.drives_off(fix(42.0, 420.0)) is None
    watch.says(50.0, fix(50.0, 900.0), is_open=False)
    assert watch.is_believed


def test_one_wild_fix_does_not_break_a_contact() -> None:
    watch = DoorWatch()
    watch.says(0.0, None, is_open=True)
    for mono, metres in ((1.0, 0.0), (2.0, 500.0), (3.0, 5.0), (4.0, 500.0), (5.0, 0.0)):
        assert watch.drives_off(fix(mono, metres)) is None
    assert watch.is_believed


def drive_to_c(table: Table) -> None:
    table.roll(0, 2)
    table.world.time.move(1)
    table.do(table.fix_at(2))


def test_with_a_contact_stuck_open_taps_are_still_at_the_stop_where_the_bus_stands(world: World) -> None:
    with bus_on(world) as table:
        table.do(DoorState(is_open=False), DoorState(is_open=True))
        table.set_out()
        assert table.show(world.office.card()) is Outcome.OK
        drive_to_c(table)
        assert table.show(world.office.card()) is Outcome.OK
        assert [tap.stop_id for tap in table.taps()] == ["A", "C"]


def test_with_a_contact_stuck_closed_taps_are_still_at_the_stop_where_the_bus_stands(world: World) -> None:
    with bus_on(world) as table:
        table.do(DoorState(is_open=False))
        table.set_out()
        assert table.show(world.office.card()) is Outcome.OK
        drive_to_c(table)
        assert table.show(world.office.card()) is Outcome.OK
        assert [tap.stop_id for tap in table.taps()] == ["A", "C"]
