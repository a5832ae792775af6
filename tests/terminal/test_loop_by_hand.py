"""Riders without a code: the driver's hand is enough for a complete record, with and without a camera."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device.facts import CameraState, CodeSeen
from rules.messages.events import (
    HandAlighted,
    HandBoarded,
    HandUndone,
    Means,
    RecordRef,
    SettledBy,
    StopSettled,
    TripEnded,
)
from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import DoorState, HandAlighting, HandBoarding, HandTakenBack, Overruled, StopSet, TripDone
from terminal.screen.snapshot import HandDone, HandGroup
from tests.terminal.loop_bench import bus_on, text_of

if TYPE_CHECKING:
    from tests.terminal.loop_bench import Table, World

OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)
CASH = HandBoarding(Means.CASH, RiderClass.ADULT, 1)


def boarded(table: Table) -> list[HandBoarded]:
    return [event for event in table.events() if isinstance(event, HandBoarded)]


def alighted(table: Table) -> list[HandAlighted]:
    return [event for event in table.events() if isinstance(event, HandAlighted)]


def test_one_touch_at_boarding_and_one_at_alighting_make_a_whole_record(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH, CLOSED)
        assert (table.page.on_board, table.page.boarded_today) == (1, 1)
        table.drive_to(2)
        table.do(OPEN)
        (group,) = table.page.by_hand
        assert group == HandGroup(0, "adult", Means.CASH, 1, 240)
        table.do(HandAlighting(group.board_index, group.means, RiderClass.ADULT, 1))
        (on,), (off,) = boarded(table), alighted(table)
        assert (on.stop_id, on.people, on.camera, on.refused) == ("A", 1, True, None)
        assert (off.board_stop_id, off.stop_id, off.fare, off.cash) == ("A", "C", 240, 240)
        named = table.journal.records_after(off.board.number - 1, 1)[0] if off.board else None
        assert named is not None and b'"hand-boarded"' in named.body
        assert (table.page.on_board, table.page.by_hand) == (0, ())
        assert table.page.hand_done == HandDone(Movement.ALIGHT, Means.CASH, "adult", 1, 0, 240)


@pytest.mark.parametrize(
    ("means", "fare", "cash"),
    [(Means.CASH, 120, 120), (Means.COUPON, 120, 0), (Means.COMMUTER, 0, 0), (Means.PASS, 120, 0)],
)
def test_only_cash_is_taken_as_cash(world: World, means: Means, fare: int, cash: int) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, HandBoarding(means, RiderClass.CHILD, 2), CLOSED)
        table.drive_to(2)
        table.do(OPEN, HandAlighting(0, means, RiderClass.CHILD, 1))
        (off,) = alighted(table)
        assert (off.fare, off.cash, off.people) == (fare, cash, 1)
        assert table.page.on_board == 1


def test_without_a_camera_every_kind_of_rider_is_taken_and_the_record_says_so(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(CameraState("camera gone"), OPEN)
        table.do(*(HandBoarding(means, each, 1) for means in Means for each in RiderClass), CLOSED)
        table.drive_to(4)
        table.do(OPEN)
        for group in table.page.by_hand:
            rider_class = RiderClass[group.rider_class.upper()]
            table.do(HandAlighting(group.board_index, group.means, rider_class, group.people))
        assert len(boarded(table)) == len(alighted(table)) == len(Means) * len(RiderClass)
        assert not any(event.camera for event in boarded(table))
        assert not any(event.camera for event in alighted(table))
        assert table.page.on_board == 0


def test_those_whose_boarding_nobody_recorded_alight_from_the_stop_they_name(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH, CLOSED)
        table.drive_to(3)
        table.do(OPEN)
        assert [each.board_index for each in table.page.fares_from] == [2, 1, 0]
        assert dict(table.page.fares_from[2].fares) == {
            "adult": 360,
            "child": 180,
            "senior": 360,
            "student": 360,
            "handbook": 180,
            "handbook_attended": 360,
        }
        # From B to D there is no price, and none is invented.
        assert dict(table.page.fares_from[1].fares)["adult"] is None
        table.do(HandAlighting(0, Means.CASH, RiderClass.ADULT, 3))
        known, unknown = alighted(table)
        assert (known.people, known.cash, known.board is None) == (1, 360, False)
        assert (unknown.people, unknown.cash, unknown.board) == (2, 720, None)
        table.do(HandAlighting(1, Means.CASH, RiderClass.ADULT, 1))
        assert (alighted(table)[-1].fare, alighted(table)[-1].cash) == (None, 0)


def test_the_first_to_board_is_the_first_to_alight_of_those_alike(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH, replace(CASH, people=2), CLOSED)
        table.drive_to(1)
        table.do(OPEN, HandAlighting(0, Means.CASH, RiderClass.ADULT, 2))
        first, second = (event.board for event in alighted(table))
        assert first is not None and second is not None and first.number < second.number
        assert table.page.by_hand[0].people == 1


def test_what_was_recorded_last_is_taken_back_within_a_minute(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH)
        before = table.page
        table.do(replace(CASH, rider_class=RiderClass.CHILD), HandTakenBack())
        undone = table.events()[-1]
        assert isinstance(undone, HandUndone)
        assert undone.records == [RecordRef(table.journal.epoch, table.journal.last.number - 1)]
        assert (table.page.by_hand, table.page.on_board) == (before.by_hand, 1)
        assert (table.page.boarded_today, table.page.hand_done) == (1, None)
        # One touch takes back one thing, and a minute later nothing.
        table.do(HandTakenBack())
        assert table.events()[-1] == undone
        table.do(CASH)
        table.wait(61.0)
        assert table.page.hand_done is None
        table.do(HandTakenBack())
        assert table.events()[-1] != undone and table.page.on_board == 2


def test_an_alighting_that_is_taken_back_leaves_them_on_board(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, replace(CASH, people=4), CLOSED)
        table.drive_to(1)
        table.do(OPEN, HandAlighting(0, Means.CASH, RiderClass.ADULT, 3), HandTakenBack())
        assert table.page.on_board == 4


def test_a_power_cut_forgets_nobody_on_board(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH, CLOSED)
    with bus_on(world) as table:
        table.drive_to(1)
        assert (table.page.on_board, table.page.boarded_today) == (1, 1)
        table.do(OPEN, HandAlighting(0, Means.CASH, RiderClass.ADULT, 1))
        assert alighted(table)[0].board is not None and table.page.on_board == 0


def test_at_the_end_of_the_trip_those_still_on_board_are_closed_for_nothing(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CASH, CLOSED)
        table.drive_to(1)
        table.do(TripDone())
        left, ended = table.events()[-2:]
        assert isinstance(left, HandAlighted) and isinstance(ended, TripEnded)
        assert (left.stop_id, left.fare, left.cash, left.forgotten) == ("E", None, 0, True)
        assert (table.page.on_board, table.page.by_hand) == (0, ())


def test_nobody_boards_without_a_trip_or_where_it_ends(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
        table.do(CASH, HandAlighting(0, Means.CASH, RiderClass.ADULT, 1))
        table.set_out()
        table.drive_to(4, 1200.0)
        table.do(OPEN, CASH, replace(CASH, people=0), replace(CASH, people=16))
        assert not boarded(table) and not alighted(table)


def test_a_stop_set_by_the_driver_moves_those_who_boarded_there_too(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.drive_to(1)
        table.do(OPEN, CASH, StopSet(2), CLOSED)
        word = next(event for event in table.events() if isinstance(event, StopSettled))
        assert (word.stop_id, word.by) == ("C", SettledBy.DRIVER)
        assert table.page.by_hand[0].board_index == 2
    with bus_on(world) as table:
        table.drive_to(3)
        assert table.page.by_hand[0].board_index == 2


def test_asking_what_an_alighting_would_cost_begins_no_opening(world: World) -> None:
    """On a bus without a door contact a tap is an opening; a page that is drawn is none."""
    with bus_on(world) as table:
        table.set_out()
        table.do(CASH)
        table.drive_to(1)
        table.wait(5.0)
        assert table.page.fares_from and table.page.by_hand
        assert len(table.loop._trip._locator.openings) == 1  # type: ignore[union-attr]


# A refusal that the driver overrules


def test_whoever_the_driver_lets_in_is_recorded_with_the_refusal(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        old = world.office.phone(rider_class=RiderClass.SENIOR).code(world.moment - 4_000)
        table.do(OPEN)
        assert table.show(old) is Outcome.STALE_CODE
        page = table.page
        assert page.may_overrule and page.last is not None
        table.do(Overruled(page.last.number))
        (on,) = boarded(table)
        assert (on.means, on.rider_class, on.people) == (Means.PASS, RiderClass.SENIOR, 1)
        refused = table.journal.last.number - 1
        assert on.refused == RecordRef(table.journal.epoch, refused)
        assert not table.page.may_overrule
        # The same touch again lets nobody else in.
        table.do(Overruled(page.last.number))
        assert len(boarded(table)) == 1


def test_only_the_answer_that_stands_is_overruled_and_only_for_a_minute(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CodeSeen(b"https://example.com"))
        assert table.page.last is not None
        number = table.page.last.number
        table.do(Overruled(number - 1))
        table.wait(61.0)
        assert not table.page.may_overrule
        table.do(Overruled(number))
        assert boarded(table) == []


def test_a_green_answer_leaves_nothing_to_overrule(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN, CodeSeen(b"https://example.com"))
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        assert not table.page.may_overrule


def test_who_has_just_alighted_boards_again_by_the_drivers_word(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.do(CLOSED)
        table.drive_to(1)
        table.do(OPEN)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.wait(20.0)
        assert table.show(phone.code(world.moment)) is Outcome.ALREADY_ALIGHTED
        assert table.page.last is not None
        table.do(Overruled(table.page.last.number))
        tap = table.taps()[-1]
        assert (tap.movement, tap.outcome, tap.allowed) == (Movement.BOARD, Outcome.OK, True)
        assert table.signals.answers[-1] is Outcome.OK
        assert table.page.on_board == 1 and boarded(table) == []


def test_who_is_on_board_alights_by_an_old_code_by_the_drivers_word_and_never_again_by_it(
    world: World,
) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN)
        kept = phone.code(world.moment)
        later = phone.code(world.moment)
        assert table.show(later) is Outcome.OK
        table.do(CLOSED)
        table.drive_to(2)
        table.do(OPEN)
        assert table.show(kept) in (Outcome.STALE_CODE, Outcome.REPLAYED)
        assert table.page.last is not None
        table.do(Overruled(table.page.last.number))
        tap = table.taps()[-1]
        assert (tap.movement, tap.fare, tap.allowed) == (Movement.ALIGHT, 240, True)
        table.do(CLOSED)
        table.drive_to(3)
        table.do(OPEN)
        # What the bus remembers of the pass did not go back: the newer code is as used as before.
        assert table.show(later) in (Outcome.STALE_CODE, Outcome.REPLAYED)


def test_a_forged_code_never_ends_a_ride_and_whoever_showed_it_rides_unpaid(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.do(CLOSED)
        table.drive_to(2)
        table.do(OPEN)
        code = bytearray(text_of(phone.code(world.moment)))
        code[-3] = ord("A") if code[-3] != ord("A") else ord("B")
        table.do(CodeSeen(bytes(code)))
        assert table.signals.answers[-1] is Outcome.BAD_SIGNATURE
        assert table.page.last is not None
        table.do(Overruled(table.page.last.number))
        assert table.taps()[-1].outcome is Outcome.BAD_SIGNATURE
        assert table.page.on_board == 1
