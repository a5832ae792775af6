"""At which stop a tap was: by the opening of the door it belongs to, by what is seen later, by the driver's word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.messages.events import RideLeftOpen, SettledBy, StopSettled, Tapped
from rules.passes.rider_pass import ReadPass
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import DoorState, StopSaid, StopSet, StopUndone, TripDone, WheelsTurned
from tests.ride.builders import edition
from tests.terminal.loop_bench import T1, Table, World, bus_on

OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)


@pytest.fixture
def card(world: World) -> ReadPass:
    return world.office.card()


def ready(table: Table) -> None:
    """At the first stop with the door open, the trip taken up, and then under way."""
    table.do(CLOSED)
    table.set_out()
    table.do(OPEN)


def words(table: Table) -> list[StopSettled]:
    return [event for event in table.events() if isinstance(event, StopSettled)]


def last_tap(table: Table) -> Tapped:
    return table.taps()[-1]


def halt(table: Table, stop: float, *, gps: bool = True) -> None:
    """Stand, and open the door after two seconds."""
    for _ in range(2):
        table.world.time.move(1.0)
        if gps:
            table.do(table.fix_at(stop))
    table.do(OPEN)


def lost_until(table: Table, world: World, stop: float) -> None:
    """From the first stop with the door closed, no fix until the bus stands at `stop`, with the door open."""
    table.do(CLOSED)
    table.roll(0, 0.2)
    table.roll(0.2, stop, gps=False)
    halt(table, stop, gps=False)


def slow_to_b(table: Table, card: ReadPass) -> Tapped:
    """Far slower than the timetable and without a fix to B, where somebody boards; what was guessed of it."""
    table.do(CLOSED)
    table.roll(0, 0.1)
    for _ in range(700):
        table.world.time.move(1.0)
        table.loop.turn()
    table.do(OPEN)
    assert table.show(card) is Outcome.OK
    guessed = last_tap(table)
    assert (guessed.stop_id, guessed.unsure, guessed.asked) == ("C", True, True)
    return guessed


def test_who_boards_at_a_door_that_closed_a_moment_ago_boarded_at_its_stop(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(CLOSED)
        table.roll(0, 0.3)
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("A", False)


def test_a_boarding_long_after_the_door_closed_was_at_the_stop_before_and_stands_under_reserve(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(CLOSED)
        table.roll(0, 1.7)
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("B", True)


def test_an_alighting_before_the_door_opens_is_at_the_stop_ahead_and_settled_where_it_opens(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.show(card)
        table.do(CLOSED)
        table.roll(0, 1.9)
        assert table.show(card) in (Outcome.OK, Outcome.SHORT)
        alight = last_tap(table)
        assert (alight.stop_id, alight.unsure, alight.fare) == ("C", True, 240)
        table.roll(1.9, 2.0)
        halt(table, 2.0)
        table.do(CLOSED)
        table.roll(2.0, 2.5)
        (word,) = words(table)
        assert (word.stop_id, word.by, len(word.taps)) == ("C", SettledBy.LATER, 1)
        assert table.events()[word.taps[0].number - 1] == alight


def test_a_boarding_settled_by_later_fixes_is_what_the_alighting_is_charged_by(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        guessed = slow_to_b(table, card)
        table.do(CLOSED)
        table.roll(1.0, 4.0)
        halt(table, 4.0)
        table.show(card)
        alight = last_tap(table)
        assert (alight.movement, alight.board_stop_id, alight.stop_id) == (Movement.ALIGHT, "B", "E")
        (word,) = words(table)
        assert (word.stop_id, word.by) == ("B", SettledBy.LATER)
        assert table.events()[word.taps[0].number - 1] == guessed


def test_the_driver_is_asked_once_somebody_taps_at_an_unsure_opening_and_not_before(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        lost_until(table, world, 2.0)
        table.loop.turn()
        assert not table.page.question
        table.show(card)
        question = table.page.question
        assert question is not None
        assert 2 <= len(question.stops) <= 3
        assert last_tap(table).asked
        table.do(CLOSED)
        table.roll(2.0, 3.0, gps=False)
        halt(table, 3.0, gps=False)
        assert not table.page.question, "another opening: nobody remembers the one before"


@pytest.mark.parametrize("pick", [0, 1])
def test_the_drivers_answer_is_the_stop_and_the_rider_pays_by_it(
    world: World, card: ReadPass, pick: int
) -> None:
    with bus_on(world) as table:
        ready(table)
        lost_until(table, world, 2.0)
        table.show(card)
        question = table.page.question
        assert question is not None
        said = question.stops[pick]
        table.do(StopSaid(question.opening, said))
        assert table.page.question is None
        assert table.page.stop_said == "ABCDE"[said]
        (word,) = words(table)
        assert (word.stop_id, word.by, word.confidence) == ("ABCDE"[said], SettledBy.DRIVER, 1.0)
        table.do(CLOSED)
        for _ in range(70):
            world.time.move(1.0)
            table.do(table.fix_at(4.0))
        table.do(OPEN)
        table.show(card)
        assert (last_tap(table).board_stop_id, last_tap(table).stop_id) == ("ABCDE"[said], "E")


def test_an_answer_to_a_question_that_is_gone_or_beside_its_buttons_changes_nothing(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        lost_until(table, world, 2.0)
        table.show(card)
        question = table.page.question
        assert question is not None
        before = table.journal.next_number
        other = next(index for index in range(5) if index not in question.stops)
        table.do(StopSaid(question.opening, other), StopSaid(question.opening + 1, question.stops[0]))
        assert table.page.question == question
        table.do(StopSaid(question.opening, question.stops[0]), StopSaid(question.opening, question.stops[1]))
        assert len(words(table)) <= 1
        assert table.journal.next_number <= before + 1


def test_the_driver_sets_the_stop_by_hand_and_the_taps_of_that_opening_follow(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.show(card)
        table.do(StopSet(1))
        assert table.page.at_index == 1
        (word,) = words(table)
        assert (word.stop_id, word.by) == ("B", SettledBy.DRIVER)
        other = world.office.card()
        table.show(other)
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("B", False)
        assert table.loop.report(StopSet(17))
        table.loop.turn()
        assert table.page.at_index == 1


def test_on_the_road_the_stop_set_by_hand_is_where_the_bus_goes_on_from(world: World, card: ReadPass) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(CLOSED)
        table.roll(0, 0.2)
        table.roll(0.2, 3.0, gps=False)
        table.do(StopSet(3))
        assert table.page.at_index == 3
        halt(table, 3.0, gps=False)
        table.show(card)
        assert last_tap(table).stop_id == "D"


def test_what_the_driver_said_can_be_taken_back(world: World, card: ReadPass) -> None:
    with bus_on(world) as table:
        ready(table)
        table.show(card)
        table.do(StopSet(2))
        assert table.page.stop_said == "C"
        table.do(StopUndone())
        assert (table.page.stop_said, table.page.at_index) == ("", 0)
        assert [(word.stop_id, word.by) for word in words(table)] == [
            ("C", SettledBy.DRIVER), ("A", SettledBy.LATER),
        ]  # fmt: skip
        table.do(StopUndone())
        assert len(words(table)) == 2


def test_a_door_that_closed_meanwhile_is_closed_after_an_undo(world: World, card: ReadPass) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(StopSet(1), CLOSED, StopUndone())
        for _ in range(100):
            world.time.move(1.0)
            table.do(table.fix_at(0))
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("A", True)


def test_what_was_said_can_be_taken_back_for_a_minute_and_until_the_door_opens_again(world: World) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(StopSet(2))
        table.wait(61)
        assert table.page.stop_said == ""
        table.do(StopSet(1), CLOSED, OPEN)
        assert table.page.stop_said == ""
        before = table.journal.next_number
        table.do(StopUndone())
        assert table.journal.next_number == before


def test_who_taps_again_at_the_door_after_tapping_on_the_way_to_it_has_alighted_already(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.show(card)
        table.do(CLOSED)
        table.roll(0, 0.9)
        table.show(card)
        table.roll(0.9, 1.0)
        table.do(StopSet(2))
        halt(table, 1.0, gps=False)
        world.time.move(10)
        assert table.show(card) is Outcome.ALREADY_ALIGHTED


def test_the_end_of_the_trip_says_all_that_is_known_better_before_it_closes_the_rides(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        slow_to_b(table, card)
        table.do(CLOSED)
        table.roll(1.0, 1.1)
        table.do(TripDone())
        word, left, _ = table.events()[-3:]
        assert isinstance(word, StopSettled) and isinstance(left, RideLeftOpen)
        assert (word.stop_id, left.board_stop_id, left.fare) == ("B", "B", 360)


def test_nobody_boarded_where_the_trip_ends_though_the_bus_is_taken_to_be_there(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(CLOSED)
        table.roll(0, 0.1)
        table.wait(1_800)
        table.do(OPEN)
        assert table.page.at_index == 4
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("D", True)
        table.do(CLOSED)
        table.wait(120)
        table.do(OPEN)
        assert table.show(card) is Outcome.OK
        alight = last_tap(table)
        assert (alight.movement, alight.board_stop_id, alight.stop_id) == (Movement.ALIGHT, "D", "E")
        table.do(CLOSED, TripDone())
        assert words(table) == []


def test_without_a_contact_the_taps_of_a_standing_bus_are_one_opening(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        for _ in range(3):
            table.show(world.office.card())
            table.wait(5)
        assert {tap.stop_id for tap in table.taps()} == {"A"}
        table.roll(0, 0.5)
        assert table.show(world.office.card()) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("A", True)


def test_taps_at_two_stops_close_together_are_two_openings_though_seconds_apart(world: World) -> None:
    near = edition()
    at = near.stops["A"]
    fence = replace(at.geofence, lat=at.geofence.lat + 0.0012)
    world.editions[1] = replace(near, stops={**near.stops, "B": replace(near.stops["B"], geofence=fence)})
    with bus_on(world) as table:
        table.set_out()
        card = world.office.card()
        assert table.show(card) is Outcome.OK
        table.roll(0, 0.133, mps=12.0)
        world.time.move(1.0)
        table.do(table.fix_at(0.133))
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).board_stop_id, last_tap(table).stop_id) == ("A", "B")


def test_a_trip_taken_up_with_the_door_open_already_begins_with_that_opening(
    world: World, card: ReadPass
) -> None:
    with bus_on(world) as table:
        table.do(OPEN)
        table.know_the_time()
        table.do(T1)
        assert table.show(card) is Outcome.OK
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("A", False)


def test_in_a_tunnel_the_wheels_say_where_the_bus_is(world: World, card: ReadPass) -> None:
    with bus_on(world) as table:
        ready(table)
        table.do(CLOSED)
        table.roll(0, 0.2)
        metres = 0.0
        for _ in range(360):
            # At half the timetable's speed.
            world.time.move(1.0)
            metres += 5.0 if metres < 1_800 else 0.0
            table.do(WheelsTurned(world.time.seconds, metres))
        table.do(OPEN)
        table.show(card)
        assert (last_tap(table).stop_id, last_tap(table).unsure) == ("C", False)


def test_a_restart_keeps_the_trip_its_place_and_a_ride_that_was_settled(world: World, card: ReadPass) -> None:
    with bus_on(world) as table:
        ready(table)
        table.show(card)
        table.do(StopSet(1))
        assert words(table)
    with bus_on(world) as table:
        world.time.move(5)
        table.do(CLOSED)
        table.roll(1.0, 3.0)
        halt(table, 3.0)
        world.time.move(60)
        table.do(table.fix_at(3.0))
        assert table.show(card) is Outcome.FARE_UNKNOWN, "B to D has no price"
        table.do(CLOSED)
        table.roll(3.0, 4.0)
        halt(table, 4.0)
        table.show(card)
        assert (last_tap(table).board_stop_id, last_tap(table).fare) == ("B", 360)
