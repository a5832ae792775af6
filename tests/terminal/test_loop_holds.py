"""What a bus takes offline from a pass's hold, and how central's figures let it take more again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from device.facts import Heard, LinkDown, LinkUp
from rules.messages.codec import encode
from rules.messages.events import RecordRef, Tapped
from rules.messages.link import AnyEntry, DownPage, HoldFigure
from rules.money import Yen
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import TripDone
from tests.ride.builders import Phone
from tests.terminal.loop_bench import T1, UNIT, Table, World, bus_on

HOLD = 1_000
WHOLE_LINE = 480


@pytest.fixture
def table(world: World) -> Iterator[Table]:
    with bus_on(world) as bus:
        bus.know_the_time()
        yield bus


def ride(table: Table, phone: Phone) -> Tapped:
    """From end to end of the line; the alighting."""
    table.world.time.move(600)
    table.drive_to(0)
    table.do(T1)
    table.show(phone.code(table.world.moment))
    table.drive_to(4)
    table.show(phone.code(table.world.moment))
    last = table.taps()[-1]
    assert last.movement is Movement.ALIGHT
    table.do(TripDone())
    return last


def figure(phone: Phone, hold: int, kept: int, board: RecordRef | None, device: str = UNIT) -> HoldFigure:
    body = phone.issued.body
    named = board or RecordRef("", 0)
    return HoldFigure(
        body.pass_id.hex(), hold, Yen(kept), body.valid_until, device, named.epoch, named.number
    )


def told(table: Table, first: int, *entries: AnyEntry) -> Heard:
    page = DownPage("log", first, [msgspec.Raw(encode(entry)) for entry in entries], 0, "")
    return Heard(table.world.office.signed(UNIT, page))


def test_what_central_has_counted_may_be_taken_again(table: Table, world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    first, second = ride(table, phone), ride(table, phone)
    assert (first.held, second.held) == (WHOLE_LINE, WHOLE_LINE)
    table.do(told(table, 1, figure(phone, 5, HOLD, first.board), figure(phone, 6, HOLD, second.board)))
    assert ride(table, phone).cash == 0
    assert not table.journal.recall_all("down"), "a figure leaves no entry of the log behind"


def test_reconnecting_and_another_buss_rides_let_a_bus_take_nothing_again(table: Table, world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    ride(table, phone)
    ride(table, phone)
    table.do(LinkUp(), LinkDown(""), LinkUp(), told(table, 1, figure(phone, 5, HOLD, None, "bus-002")))
    short = ride(table, phone)
    assert (short.outcome, short.held, short.cash) == (Outcome.SHORT, 40, 440)


def test_a_hold_that_another_bus_has_emptied_pays_nothing_here(table: Table, world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    table.do(told(table, 1, figure(phone, 5, 30, None, "bus-002")))
    alighted = ride(table, phone)
    assert (alighted.held, alighted.cash) == (30, 450)


def test_a_power_cut_forgets_neither_what_was_taken_nor_what_central_said(world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    with bus_on(world) as table:
        table.know_the_time()
        first = ride(table, phone)
        ride(table, phone)
        table.do(told(table, 1, figure(phone, 5, 900, first.board)))
    world.boot = "next"
    with bus_on(world) as table:
        table.lists.load(table.journal)
        table.know_the_time()
        assert ride(table, phone).held == 900 - WHOLE_LINE


def test_what_waits_to_be_counted_is_remembered_longer_than_two_days(world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    with bus_on(world) as table:
        table.know_the_time()
        ride(table, phone)
        ride(table, phone)
    world.time.move(3 * 86_400)
    with bus_on(world) as table:
        table.know_the_time()
        assert ride(table, phone).cash == 440


def test_a_forgotten_alighting_takes_from_the_hold_what_the_figure_left(table: Table, world: World) -> None:
    phone = world.office.phone(hold=HOLD)
    table.do(T1)
    table.show(phone.code(world.moment))
    table.do(told(table, 1, figure(phone, 5, 100, None, "bus-002")), TripDone())
    left = [event for event in table.events() if getattr(event, "owed", None)]
    assert [(each.held, each.owed) for each in left] == [(100, 380)]  # type: ignore[union-attr]
