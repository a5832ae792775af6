"""Codes before the camera: one answer each, and no way to fill the journal with them."""

from __future__ import annotations

from device.facts import CodeSeen
from rules.ride.outcomes import Outcome
from terminal.facts import TripDone
from tests.terminal.loop_bench import T1, T2, Table, World, bus_on


def test_the_same_code_in_view_is_answered_once(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        phone = world.office.phone()
        assert table.show(phone.code(world.moment)) is Outcome.OK
        for _ in range(100):
            world.time.move(0.5)
            assert table.show(phone.code(world.moment)) is None
        assert len(table.taps()) == 1


def test_the_same_code_in_view_is_answered_once_also_across_a_restart(world: World) -> None:
    card = world.office.card()
    with bus_on(world) as table:
        table.set_out()
        assert table.show(card) is Outcome.OK
    world.time.move(6.0)
    with bus_on(world) as table:
        for _ in range(60):
            assert table.show(card) is None
            world.time.move(0.5)
        assert len(table.taps()) == 1


def test_a_refused_code_is_answered_once_and_again_when_it_was_taken_away(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
        card = world.office.card()
        assert table.show(card) is Outcome.NO_TRIP
        for _ in range(20):
            world.time.move(0.5)
            assert table.show(card) is None
        table.do(T1, table.fix_at(0))
        assert table.show(card) is None
        world.time.move(3.0)
        table.do(table.fix_at(0))
        assert table.show(card) is Outcome.OK


def test_a_fresh_code_of_a_refused_pass_is_answered_at_once(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        phone = world.office.phone()
        assert table.show(phone.code(world.moment - 600)) is Outcome.STALE_CODE
        world.time.move(0.5)
        assert table.show(phone.code(world.moment)) is Outcome.OK


def test_leafing_through_codes_does_not_fill_the_journal(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        stranger = World(world.folder).office
        for number in range(100):
            world.time.move(0.1)
            table.do(CodeSeen(f"https://example.com/{number}".encode()))
            table.show(stranger.phone().code(world.moment))
        outcomes = {outcome: table.signals.answers.count(outcome) for outcome in table.signals.answers}
        assert outcomes.keys() == {Outcome.NOT_A_PASS, Outcome.BAD_SIGNATURE}
        assert all(6 <= count <= 8 for count in outcomes.values())
        assert len(table.taps()) == sum(outcomes.values())


def test_strange_codes_do_not_keep_a_good_one_waiting(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        for number in range(200):
            world.time.move(0.01)
            table.do(CodeSeen(f"https://example.com/{number}".encode()))
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK


def test_many_riders_at_once_are_all_answered(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        codes = [world.office.phone().code(world.moment) for _ in range(80)]
        assert [table.show(code) for code in codes] == [Outcome.OK] * 80
        assert table.page.on_board == 80


def remembered(table: Table) -> set[str]:
    return set(table.journal.recall_all("pass"))


def ride_to_c(table: Table, world: World, hold: int = 2_000) -> str:
    """Somebody rides from A to C; their pass."""
    phone = world.office.phone(hold=hold)
    assert table.show(phone.code(world.moment)) in (Outcome.OK, Outcome.GRACED)
    table.drive_to(2)
    assert table.show(phone.code(world.moment)) in (Outcome.OK, Outcome.GRACED, Outcome.SHORT)
    return phone.issued.body.pass_id.hex()


def test_a_pass_is_forgotten_at_a_start_once_48_hours_have_certainly_passed(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        # Who pays in cash: what was taken from a hold is remembered until the office has counted it.
        rode = ride_to_c(table, world, hold=0)
        table.do(TripDone(), table.fix_at(0), T2)
        forgot = world.office.phone()
        table.show(forgot.code(world.moment))
    on_board = forgot.issued.body.pass_id.hex()
    for hours, expected in ((47, {rode, on_board}), (2, {rode, on_board}), (0, {on_board})):
        world.time.move(hours * 3600.0)
        world.boot = f"boot after {hours}"
        with bus_on(world) as table:
            assert remembered(table) == expected
            # Only from here on is it certain that so much time has passed.
            table.know_the_time()


def test_a_pass_answered_while_the_time_was_unknown_is_remembered_for_longer(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
    # The bus stands for a week, and its clock starts from where it was.
    world.time.move(7 * 86_400.0)
    world.boot = "later"
    with bus_on(world) as table:
        table.do(table.fix_at(0), T1)
        rode = ride_to_c(table, world)
        assert not table.taps()[0].at.wall_known
        table.know_the_time()
    with bus_on(world) as table:
        assert remembered(table) == {rode}
    world.time.move(31 * 86_400.0)
    with bus_on(world) as table:
        table.know_the_time()
    with bus_on(world) as table:
        assert remembered(table) == set()
