"""Where one answer ends and the next begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.instant import ClockQuality
from rules.money import Yen
from rules.passes.key_set import KeySet
from rules.passes.rider_pass import PassFlag, ReadPass, RiderClass, ShowClock
from rules.ride.admission import OfficeWord
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Movement, Outcome
from rules.ride.tap import Accepted, Decision, Door, Refused, StillShown, decide_tap, leave_open
from tests.ride.builders import NOW, Office, at, door, edition

A_METRE = 1 / 111_195
LOST = at(0, ClockQuality.FLOOR)


def boarded(office: Office, code: ReadPass, where: Door | None = None) -> PassMemory:
    decision = decide_tap(code, at(), where or door(0), office.word(), PassMemory())
    assert isinstance(decision, Accepted), decision
    return decision.memory


def answer(decision: Decision) -> Outcome | None:
    """None while the code is still shown."""
    return None if isinstance(decision, StillShown) else decision.outcome


@pytest.mark.parametrize(("seconds", "expected"), [(7.9, None), (8.0, Outcome.ALREADY_BOARDED)])
def test_a_pass_is_still_shown_for_eight_seconds(seconds: float, expected: Outcome | None) -> None:
    office = Office()
    phone = office.phone()
    memory = boarded(office, phone.code())
    again = decide_tap(phone.code(NOW + 8), at(seconds), door(0), office.word(), memory)
    assert answer(again) is expected


@pytest.mark.parametrize(
    ("seconds", "metres", "expected"),
    [
        (59, 500, Outcome.ALREADY_BOARDED),
        (60, 149, Outcome.ALREADY_BOARDED),
        (60, 151, Outcome.OK),
        (3_000, 0, Outcome.ALREADY_BOARDED),
    ],
)
def test_an_alighting_where_one_boarded_takes_a_minute_and_150_metres(
    seconds: int, metres: int, expected: Outcome
) -> None:
    line = edition()
    line.fares.prices["r", "A", "A"] = Yen(120)
    office = Office()
    phone = office.phone()
    memory = boarded(office, phone.code())
    moved = replace(door(0, line=line), lat=38.0 + metres * A_METRE)
    assert (
        answer(decide_tap(phone.code(NOW + seconds), at(seconds), moved, office.word(), memory)) is expected
    )


def test_after_a_power_cut_that_nobody_can_time_a_boarded_rider_does_not_alight_where_they_boarded() -> None:
    office = Office()
    phone = office.phone()
    memory = boarded(office, phone.code())
    rebooted = at(90, ClockQuality.FLOOR, boot="later")
    far = replace(door(0), lat=38.0 + 500 * A_METRE)
    again = decide_tap(phone.code(NOW + 90), rebooted, far, office.word(), memory)
    assert answer(again) is Outcome.ALREADY_BOARDED


def test_the_same_trip_on_another_day_is_another_trip() -> None:
    office = Office()
    phone = office.phone()
    memory = boarded(office, phone.code(), door(1))
    tomorrow = replace(door(3), service_date="2026-09-22")
    decision = decide_tap(phone.code(NOW + 86_400), at(86_400), tomorrow, office.word(), memory)
    assert isinstance(decision, Accepted)
    assert decision.movement is Movement.BOARD
    assert decision.left_open is not None
    assert decision.left_open.stop_id == "E"


def test_of_one_second_a_code_with_a_higher_counter_is_newer_and_no_other() -> None:
    office = Office()
    phone = office.phone()
    older, first, newer = phone.code(), phone.code(), phone.code()
    memory = boarded(office, first)
    where = door(1)
    assert answer(decide_tap(older, at(30), where, office.word(), memory)) is Outcome.REPLAYED
    assert answer(decide_tap(newer, at(30), where, office.word(), memory)) is Outcome.OK


def test_a_denied_card_is_denied_also_while_it_is_listed() -> None:
    office = Office()
    card = office.card()
    office.denied.add(card.body.pass_id.hex())
    assert answer(decide_tap(card, at(), door(0), office.word(), PassMemory())) is Outcome.DENIED


def test_a_pass_that_has_not_begun_rides_on_a_bus_without_the_time() -> None:
    office = Office()
    code = office.phone(valid_from=NOW + 3600).code(NOW + 3700)
    assert answer(decide_tap(code, at(), door(0), office.word(), PassMemory())) is Outcome.NOT_YET_VALID
    assert answer(decide_tap(code, LOST, door(0), office.word(), PassMemory())) is Outcome.GRACED


def test_the_offices_key_counts_within_its_period_as_far_as_the_time_is_known() -> None:
    office = Office()
    word = office.word()
    ended = tuple(replace(key, valid_until=NOW) for key in word.keys.keys)
    word = OfficeWord(word.issuer, KeySet(1, ended), word.allowed_cards, word.denied, word.read_until)
    code = office.phone().code()
    assert answer(decide_tap(code, at(), door(0), word, PassMemory())) is Outcome.UNKNOWN_KEY
    assert answer(decide_tap(code, LOST, door(0), word, PassMemory())) is Outcome.GRACED


def test_where_cash_is_due_the_driver_hears_of_that_first_and_grace_stands_in_the_record() -> None:
    office = Office()
    phone = office.phone(hold=100)
    memory = boarded(office, phone.code())
    late = phone.code(NOW + 150, clock=ShowClock.WALL)
    decision = decide_tap(late, at(300), door(4), office.word(), memory)
    assert isinstance(decision, Accepted)
    assert (decision.outcome, decision.graced, decision.cash) == (Outcome.SHORT, True, 380)


def test_a_forgotten_party_without_the_group_flag_owes_for_the_others() -> None:
    office = Office()
    memory = boarded(office, office.phone(flags=PassFlag(0)).code(adults=1))
    left, _ = leave_open(memory, edition())
    assert (left.fare, left.held, left.owed) == (960, 480, 480)


def test_a_handbook_with_an_attendant_pays_two_halves_each_rounded_up() -> None:
    line = edition()
    line.fares.prices["r", "A", "E"] = Yen(250)
    office = Office()
    memory = boarded(office, office.phone(rider_class=RiderClass.HANDBOOK_ATTENDED).code())
    left, _ = leave_open(memory, line)
    assert left.fare == 260


def test_a_refusal_changes_nothing_to_remember() -> None:
    office = Office()
    phone = office.phone()
    memory = boarded(office, phone.code(), door(1))
    nowhere = replace(door(None, "t2"), service_date="2026-09-22")
    refused = decide_tap(phone.code(NOW + 300), at(300), nowhere, office.word(), memory)
    assert refused == Refused(Outcome.POSITION_UNKNOWN)


def test_the_drivers_word_lets_an_old_code_end_its_own_ride_and_open_none() -> None:
    office = Office()
    phone = office.phone()
    first, second = phone.code(NOW), phone.code(NOW + 20)
    memory = boarded(office, second)
    ended = decide_tap(first, at(600), door(2), office.word(), memory, allowed=True)
    assert isinstance(ended, Accepted) and ended.movement is Movement.ALIGHT
    # The older showing did not take the place of the newer one.
    assert second.showing is not None
    assert (ended.memory.moment, ended.memory.counter) == (second.showing.moment, second.showing.counter)
    again = decide_tap(second, at(640), door(2), office.word(), ended.memory, allowed=True)
    assert answer(again) in (Outcome.REPLAYED, Outcome.STALE_CODE)


def test_the_drivers_word_moves_neither_the_denied_nor_the_forged_nor_the_expired() -> None:
    office = Office()
    phone, ending = office.phone(), office.phone(valid_from=NOW - 7200, life_hours=2)
    code = phone.code()
    memory = boarded(office, code)
    office.denied.add(code.body.pass_id.hex())
    denied = decide_tap(phone.code(NOW + 300), at(300), door(2), office.word(), memory, allowed=True)
    assert answer(denied) is Outcome.DENIED
    office.denied.clear()
    forged = replace(phone.code(NOW + 300), signature=bytes(64))
    assert answer(decide_tap(forged, at(300), door(2), office.word(), memory, allowed=True)) is (
        Outcome.BAD_SIGNATURE
    )
    late = decide_tap(ending.code(NOW + 10), at(10), door(0), office.word(), PassMemory(), allowed=True)
    assert answer(late) is Outcome.EXPIRED


def test_without_the_drivers_word_who_has_just_alighted_does_not_board_again() -> None:
    office = Office()
    phone = office.phone()
    off = decide_tap(phone.code(NOW + 300), at(300), door(1), office.word(), boarded(office, phone.code()))
    assert isinstance(off, Accepted)
    again = phone.code(NOW + 330)
    assert answer(decide_tap(again, at(330), door(1), office.word(), off.memory)) is Outcome.ALREADY_ALIGHTED
    let_in = decide_tap(again, at(330), door(1), office.word(), off.memory, allowed=True)
    assert isinstance(let_in, Accepted) and let_in.movement is Movement.BOARD
