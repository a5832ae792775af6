"""How a tap is decided: one promise a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.instant import ClockQuality
from rules.money import Yen
from rules.passes.rider_pass import PassFlag, ReadPass, RiderClass, ShowClock, Unread
from rules.ride.memory import OpenRide, PassMemory
from rules.ride.outcomes import Movement, Outcome
from rules.ride.tap import Accepted, Decision, Refused, StillShown, decide_tap, leave_open
from tests.ride.builders import DAY, NOW, Office, Phone, at, door, edition


def board_and_alight(
    office: Office, code: Phone, ride_to: int = 4, adults: int = 0, children: int = 0
) -> tuple[Accepted, Accepted]:
    """Board at A, alight at `ride_to`."""
    first = decide_tap(
        code.code(NOW, adults=adults, children=children), at(0), door(0), office.word(), PassMemory()
    )
    assert isinstance(first, Accepted), first
    second = decide_tap(code.code(NOW + 300), at(300), door(ride_to), office.word(), first.memory)
    assert isinstance(second, Accepted), second
    return first, second


def outcome(decision: Decision) -> Outcome:
    assert isinstance(decision, Refused), decision
    return decision.outcome


def test_the_first_tap_boards_and_the_second_alights_and_pays_the_fare_between_the_two_stops() -> None:
    office = Office()
    first, second = board_and_alight(office, office.phone())
    assert (first.movement, first.outcome, first.fare) == (Movement.BOARD, Outcome.OK, 0)
    assert (second.movement, second.outcome, second.fare, second.held, second.cash) == (
        Movement.ALIGHT,
        Outcome.OK,
        480,
        480,
        0,
    )
    assert second.memory.open_ride is None


@pytest.mark.parametrize(
    ("rider_class", "fare"),
    [
        (RiderClass.ADULT, 360),
        (RiderClass.CHILD, 180),
        (RiderClass.SENIOR, 360),
        (RiderClass.STUDENT, 360),
        (RiderClass.HANDBOOK, 180),
        (RiderClass.HANDBOOK_ATTENDED, 360),
    ],
)
def test_each_class_pays_its_share(rider_class: RiderClass, fare: int) -> None:
    office = Office()
    _, alighted = board_and_alight(office, office.phone(rider_class=rider_class), ride_to=3)
    assert alighted.fare == fare
    assert alighted.outcome is (Outcome.OK if rider_class is RiderClass.ADULT else Outcome.OK_OTHER)


def test_half_a_fare_is_rounded_up_to_ten_yen() -> None:
    line = edition()
    line.fares.prices[("r", "A", "E")] = Yen(250)
    office, child = Office(), Office().phone()
    child = office.phone(rider_class=RiderClass.CHILD)
    first = decide_tap(child.code(), at(), door(0, line=line), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    second = decide_tap(child.code(NOW + 300), at(300), door(4, line=line), office.word(), first.memory)
    assert isinstance(second, Accepted)
    assert second.fare == 130


def test_a_party_pays_for_everybody_and_what_exceeds_the_hold_is_taken_in_cash() -> None:
    office = Office()
    _, alighted = board_and_alight(office, office.phone(hold=960), adults=2, children=1)
    assert alighted.fare == 3 * 480 + 240
    assert (alighted.held, alighted.cash, alighted.outcome) == (960, 720, Outcome.SHORT)


def test_a_pass_without_the_group_flag_pays_for_its_holder_alone() -> None:
    office = Office()
    _, alighted = board_and_alight(office, office.phone(flags=PassFlag(0)), adults=1)
    assert (alighted.fare, alighted.held, alighted.cash) == (960, 480, 480)


def test_the_hold_shrinks_with_each_ride_until_the_rest_is_cash() -> None:
    office, spent = Office(), PassMemory()
    phone, paid = office.phone(hold=700), []
    for ride in range(3):
        start = ride * 2_000
        first = decide_tap(phone.code(NOW + start), at(start), door(0), office.word(), spent)
        assert isinstance(first, Accepted)
        second = decide_tap(
            phone.code(NOW + start + 300), at(start + 300), door(3), office.word(), first.memory
        )
        assert isinstance(second, Accepted)
        spent = second.memory
        paid.append((second.held, second.cash))
    assert paid == [(360, 0), (340, 20), (0, 360)]


def test_the_code_just_answered_is_not_answered_twice() -> None:
    office = Office()
    phone = office.phone()
    code = phone.code()
    first = decide_tap(code, at(), door(0), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    assert isinstance(decide_tap(code, at(7), door(0), office.word(), first.memory), StillShown)
    assert isinstance(
        decide_tap(phone.code(NOW + 7), at(7), door(0), office.word(), first.memory), StillShown
    )


def test_at_the_same_stop_a_second_tap_says_already_boarded() -> None:
    office = Office()
    phone = office.phone()
    first = decide_tap(phone.code(), at(), door(0), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    again = decide_tap(phone.code(NOW + 30), at(30), door(0), office.word(), first.memory)
    assert outcome(again) is Outcome.ALREADY_BOARDED


def test_after_a_minute_and_150_metres_a_tap_at_the_same_stop_is_an_alighting() -> None:
    office = Office()
    phone = office.phone()
    first = decide_tap(phone.code(), at(), door(0), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    moved = replace(door(0), lat=38.0014)
    # A stop has no fare to itself on this line, so an alighting is asked of the driver.
    assert (
        outcome(decide_tap(phone.code(NOW + 61), at(61), moved, office.word(), first.memory))
        is Outcome.FARE_UNKNOWN
    )


def test_alighting_again_at_the_same_stop_within_two_minutes_says_already_alighted() -> None:
    office = Office()
    phone = office.phone()
    _, alighted = board_and_alight(office, phone, ride_to=2)
    again = decide_tap(phone.code(NOW + 400), at(400), door(2), office.word(), alighted.memory)
    assert outcome(again) is Outcome.ALREADY_ALIGHTED
    later = decide_tap(phone.code(NOW + 430), at(430), door(2), office.word(), alighted.memory)
    assert isinstance(later, Accepted)
    assert later.movement is Movement.BOARD


def test_after_a_power_cut_that_nobody_can_time_an_alighted_rider_does_not_board_again_where_they_got_off() -> (
    None
):
    office = Office()
    phone = office.phone()
    _, alighted = board_and_alight(office, phone, ride_to=2)
    rebooted = at(400, ClockQuality.FLOOR, boot="later")
    again = decide_tap(phone.code(NOW + 400), rebooted, door(2), office.word(), alighted.memory)
    assert outcome(again) is Outcome.ALREADY_ALIGHTED
    elsewhere = decide_tap(phone.code(NOW + 400), rebooted, door(3), office.word(), alighted.memory)
    assert isinstance(elsewhere, Accepted)


def test_a_screenshot_shown_later_is_stale_and_shown_at_once_is_replayed() -> None:
    office = Office()
    code = office.phone().code()
    first = decide_tap(code, at(), door(0), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    assert outcome(decide_tap(code, at(90), door(1), office.word(), first.memory)) is Outcome.STALE_CODE
    assert outcome(decide_tap(code, at(40), door(1), office.word(), first.memory)) is Outcome.REPLAYED


@pytest.mark.parametrize(("age", "fresh"), [(-31, False), (-30, True), (60, True), (61, False)])
def test_a_code_is_fresh_from_30_seconds_ahead_to_60_behind(age: int, fresh: bool) -> None:
    office = Office()
    decision = decide_tap(office.phone().code(NOW - age), at(), door(0), office.word(), PassMemory())
    assert isinstance(decision, Accepted) is fresh


@pytest.mark.parametrize("age", [-300, -31, 61, 300])
def test_a_phone_whose_clock_is_unsure_is_graced_within_five_minutes(age: int) -> None:
    office = Office()
    code = office.phone().code(NOW - age, clock=ShowClock.WALL)
    decision = decide_tap(code, at(), door(0), office.word(), PassMemory())
    assert isinstance(decision, Accepted)
    assert (decision.outcome, decision.graced) == (Outcome.GRACED, True)


def test_a_bus_without_the_time_lets_ride_once_by_grace_and_refuses_what_ended_before_its_floor() -> None:
    office = Office()
    phone = office.phone()
    code = phone.code(NOW - 40_000)
    lost = at(0, ClockQuality.FLOOR)
    decision = decide_tap(code, lost, door(0), office.word(), PassMemory())
    assert isinstance(decision, Accepted)
    assert decision.outcome is Outcome.GRACED
    later = at(20, ClockQuality.FLOOR)
    assert outcome(decide_tap(code, later, door(1), office.word(), decision.memory)) is Outcome.REPLAYED
    ended = office.phone(valid_from=NOW - 8 * 3600, life_hours=7)
    assert outcome(decide_tap(ended.code(), lost, door(0), office.word(), PassMemory())) is Outcome.EXPIRED


def _refusals() -> list[tuple[str, Outcome]]:
    return [
        ("not a pass", Outcome.NOT_A_PASS),
        ("unreadable", Outcome.UNREADABLE),
        ("short form", Outcome.LONG_CODE_WANTED),
        ("other network", Outcome.OTHER_NETWORK),
        ("forged", Outcome.BAD_SIGNATURE),
        ("other phone", Outcome.BAD_SIGNATURE),
        ("unknown key", Outcome.UNKNOWN_KEY),
        ("expired", Outcome.EXPIRED),
        ("not yet", Outcome.NOT_YET_VALID),
        ("denied", Outcome.DENIED),
        ("unlisted card", Outcome.CARD_NOT_LISTED),
        ("no trip", Outcome.NO_TRIP),
        ("nowhere", Outcome.POSITION_UNKNOWN),
        ("at the terminus", Outcome.NO_TRIP),
        ("product", Outcome.FARE_UNKNOWN),
    ]


@pytest.mark.parametrize(("case", "expected"), _refusals())
def test_every_refusal_has_its_name(case: str, expected: Outcome) -> None:
    office = Office()
    where = {"no trip": door(0, trip=""), "nowhere": door(None), "at the terminus": door(4)}.get(
        case, door(0)
    )
    code = _shown(case, office)
    assert outcome(decide_tap(code, at(), where, office.word(), PassMemory())) is expected


def _shown(case: str, office: Office) -> ReadPass | Unread:
    if case == "denied":
        code = office.phone().code()
        office.denied.add(code.body.pass_id.hex())
        return code
    if case == "other phone":
        phone, thief = office.phone(), office.phone()
        thief.issued = phone.issued
        return thief.code()
    if case == "unknown key":
        code = office.phone().code()
        return replace(code, body=replace(code.body, kid=9))
    shown: dict[str, Callable[[], ReadPass | Unread]] = {
        "not a pass": lambda: Unread.NOT_A_PASS,
        "unreadable": lambda: Unread.UNREADABLE,
        "short form": lambda: Unread.SHORT_FORM,
        "other network": lambda: office.phone(issuer=8).code(),
        "forged": lambda: Office().phone().code(),
        "expired": lambda: office.phone(valid_from=NOW - 7200, life_hours=2).code(),
        "not yet": lambda: office.phone(valid_from=NOW + 1).code(),
        "unlisted card": lambda: office.card(allowed=False),
        "product": lambda: office.phone(product=1).code(),
    }
    return shown.get(case, lambda: office.phone().code())()


def test_a_card_the_bus_has_not_heard_of_yet_rides_by_grace() -> None:
    office = Office(read_until=NOW - 1200)
    card = office.card(allowed=False, valid_from=NOW - 1200)
    decision = decide_tap(card, at(), door(0), office.word(), PassMemory())
    assert isinstance(decision, Accepted)
    assert decision.outcome is Outcome.GRACED


def test_a_card_has_four_rides_and_its_hold_a_day() -> None:
    office, memory = Office(), PassMemory()
    card = office.card(hold=700)
    held = []
    for ride in range(4):
        first = decide_tap(card, at(ride * 2000), door(0), office.word(), memory)
        assert isinstance(first, Accepted)
        second = decide_tap(card, at(ride * 2000 + 300), door(2), office.word(), first.memory)
        assert isinstance(second, Accepted)
        memory = second.memory
        held.append(second.held)
    assert held == [240, 240, 220, 0]
    assert outcome(decide_tap(card, at(9000), door(0), office.word(), memory)) is Outcome.CARD_LIMIT
    tomorrow = replace(door(0), service_date="2026-09-22")
    again = decide_tap(card, at(90_000), tomorrow, office.word(), memory)
    assert isinstance(again, Accepted)
    assert (again.memory.rides, again.memory.spent) == (1, 0)


def test_a_pair_without_a_fare_is_left_to_the_driver_and_the_ride_stays_open() -> None:
    office = Office()
    phone = office.phone()
    first = decide_tap(phone.code(), at(), door(1), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    assert (
        outcome(decide_tap(phone.code(NOW + 300), at(300), door(3), office.word(), first.memory))
        is Outcome.FARE_UNKNOWN
    )


def test_an_open_ride_of_an_earlier_trip_is_closed_as_provisional_and_a_new_one_begins() -> None:
    office = Office()
    phone = office.phone()
    first = decide_tap(phone.code(), at(), door(2), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    again = decide_tap(phone.code(NOW + 4000), at(4000), door(0, "t2"), office.word(), first.memory)
    assert isinstance(again, Accepted)
    assert again.movement is Movement.BOARD
    left = again.left_open
    assert left is not None
    assert (left.ride.stop_id, left.stop_id, left.fare, left.held, left.owed) == ("C", "E", 240, 240, 0)
    assert [taking.yen for taking in again.memory.takings] == [240]
    assert again.memory.open_ride is not None
    assert again.memory.open_ride.trip_id == "t2"


def test_a_forgotten_alighting_owes_what_the_hold_does_not_cover() -> None:
    office = Office()
    first = decide_tap(office.phone(hold=100).code(), at(), door(0), office.word(), PassMemory())
    assert isinstance(first, Accepted)
    left, after = leave_open(first.memory, edition())
    assert (left.fare, left.held, left.owed) == (480, 100, 380)
    assert after.open_ride is None
    with pytest.raises(ValueError, match="no open ride"):
        leave_open(after, edition())


def test_an_open_ride_says_where_and_how_it_began() -> None:
    office = Office()
    decision = decide_tap(office.phone().code(adults=1), at(), door(1), office.word(), PassMemory())
    assert isinstance(decision, Accepted)
    ride = decision.memory.open_ride
    assert isinstance(ride, OpenRide)
    assert (ride.stop_id, ride.stop_index, ride.service_date, ride.adults, ride.hold) == (
        "B",
        1,
        DAY,
        1,
        2_000,
    )
