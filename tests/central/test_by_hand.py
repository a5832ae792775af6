"""Riders by the driver's hand in the office's books: who rode from where to where, and the cash that was taken."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from central.database.hand_tables import hand_rides
from central.database.ledger_tables import groups
from central.devices.data_folder import Office
from central.rides.by_hand.take_by_hand import WrongByHand
from central.rides.corrections.rederive_day import rederive_day
from rules.instant import ClockQuality, Instant
from rules.messages.events import ClockSet, HandAlighted, Means, RecordRef
from rules.money import Yen
from rules.ride.fare import MAX_FARE
from rules.ride.outcomes import Movement, Outcome
from tests.central.by_hand_bench import (
    FARE,
    alights,
    boards,
    check_cash,
    hand_rows,
    listed,
    sums,
    undone,
    ways,
)
from tests.central.office import NOW, Bus, balances, card, money, refusals, send
from tests.central.settled_bench import corrections, off, on, settled, with_line
from tests.central.test_salvage import follower
from tests.ride.builders import DAY


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def entered(office: Office) -> None:
    with office.database.read() as connection:
        assert refusals(connection) == {}
        check_cash(connection)


def commands(office: Office) -> list[str]:
    with office.database.read() as connection:
        return list(connection.scalars(select(groups.c.command).order_by(groups.c.id)))


def test_who_rode_from_where_to_where_and_the_cash_stand_in_the_books(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards(0, 3))
    bus.write(alights(boarded, 2, 3))
    send(line.database, bus)
    entered(line)
    (ride,) = listed(line)
    assert (ride.board_stop_id, ride.alight_stop_id, ride.people, ride.means) == ("A", "C", 3, "cash")
    assert (ride.fare, ride.cash, ride.board_wall, ride.alight_wall) == (900, 900, NOW, NOW + 600)
    assert not ride.camera
    assert money(line) == {("driver-cash", ""): -900, ("fares-earned", ""): 900}
    assert commands(line) == [f"hand/{bus.device}/{bus.epoch}/2"]


def test_people_who_boarded_together_may_leave_in_parts(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards(0, 3))
    bus.write(alights(boarded, 1, 2))
    send(line.database, bus)
    assert ways(line) == {("A", "B", 2, "complete", 300), ("A", None, 1, "open", 0)}
    bus.write(alights(boarded, 3, 1))
    send(line.database, bus)
    assert ways(line) == {("A", "B", 2, "complete", 300), ("A", "D", 1, "complete", 450)}
    entered(line)
    assert sums(line).people == 3


def test_a_ride_whose_boarding_nobody_recorded_is_one(line: Office, bus: Bus) -> None:
    bus.write(alights(None, 2, 1, start=1))
    send(line.database, bus)
    entered(line)
    assert ways(line) == {("B", "C", 1, "complete", FARE)}


@pytest.mark.parametrize("means", [Means.COUPON, Means.COMMUTER, Means.PASS])
def test_only_cash_moves_money(line: Office, bus: Bus, means: Means) -> None:
    bus.write(alights(bus.write(boards(0, 2, means)), 2, 2, means))
    send(line.database, bus)
    entered(line)
    assert commands(line) == []
    (ride,) = listed(line)
    due = 0 if means is Means.COMMUTER else 4 * FARE
    unpaid = due if means is Means.PASS else 0
    assert (ride.fare, ride.cash, ride.owed) == (due, 0, unpaid)
    assert sums(line).coupons == (due if means is Means.COUPON else 0)


def test_a_forgotten_alighting_costs_nothing(line: Office, bus: Bus) -> None:
    bus.write(alights(bus.write(boards(1)), 4, start=1, forgotten=True))
    send(line.database, bus)
    entered(line)
    assert ways(line) == {("B", "E", 1, "provisional", 0)}
    assert money(line) == {}


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_what_is_taken_back_counts_no_more_also_when_it_was_shown(
    line: Office, bus: Bus, *, in_one_batch: bool
) -> None:
    boarded = bus.write(boards(0, 2))
    ended = bus.write(alights(boarded, 2, 2))
    if not in_one_batch:
        send(line.database, bus)
        assert sums(line).cash == 600
    bus.write(undone(ended))
    send(line.database, bus)
    entered(line)
    assert ways(line) == {("A", None, 2, "open", 0)}
    assert money(line) == {}
    assert commands(line) == [
        f"hand/{bus.device}/{bus.epoch}/2",
        f"hand-undone/{bus.device}/{bus.epoch}/2",
    ]
    with line.database.read() as connection:
        undone_row = select(hand_rides.c.undone).where(hand_rides.c.number == ended.number)
        assert connection.execute(undone_row).scalar_one()


def test_a_boarding_taken_back_was_none(line: Office, bus: Bus) -> None:
    bus.write(undone(bus.write(boards())))
    send(line.database, bus)
    assert ways(line) == set()
    assert sums(line).people == 0


def test_taking_back_twice_pays_back_once(line: Office, bus: Bus) -> None:
    ended = bus.write(alights(bus.write(boards()), 2))
    for _ in range(2):
        bus.write(undone(ended, ended))
    send(line.database, bus)
    entered(line)
    assert len(commands(line)) == 2


def test_a_settled_stop_moves_the_ride_and_no_money(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards(0, 2))
    early = bus.write(alights(boarded, 2))
    bus.write(settled(1, boarded))
    bus.write(settled(3, early))
    bus.write(alights(boarded, 4, start=1))
    send(line.database, bus)
    entered(line)
    assert ways(line) == {("B", "D", 1, "complete", 300), ("B", "E", 1, "complete", 450)}
    with line.database.read() as connection:
        assert corrections(connection) == []


def test_a_guess_that_was_settled_is_none_any_more(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards(0, unsure=True))
    ended = bus.write(alights(boarded, 2, unsure=True))
    send(line.database, bus)
    (ride,) = listed(line)
    assert (bool(ride.board_unsure), bool(ride.alight_unsure)) == (True, True)
    bus.write(settled(0, boarded))
    bus.write(settled(2, ended))
    send(line.database, bus)
    (ride,) = listed(line)
    assert (bool(ride.board_unsure), bool(ride.alight_unsure)) == (False, False)


def test_a_word_about_another_trip_moves_nobody(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards())
    bus.write(settled(1, boarded, trip_id="t2"))
    send(line.database, bus)
    assert ways(line) == {("A", None, 1, "open", 0)}
    with line.database.read() as connection:
        assert list(refusals(connection)) == [2]


def test_an_overruled_refusal_is_known_by_its_record(line: Office, bus: Bus) -> None:
    card_id = card(line, "m", 0)
    no = bus.write(on(card_id, outcome=Outcome.EXPIRED, movement=Movement.REFUSED))
    boarded = bus.write(boards(0, means=Means.PASS, refused=no))
    bus.write(alights(boarded, 2, means=Means.PASS))
    send(line.database, bus)
    entered(line)
    (ride,) = listed(line)
    assert ride.overruled
    with line.database.read() as connection:
        named = select(hand_rides.c.refused_epoch, hand_rides.c.refused_number)
        assert connection.execute(named.where(hand_rides.c.state == "open")).one() == (no.epoch, no.number)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"people": 0}, WrongByHand.PEOPLE),
        ({"people": 2**53}, WrongByHand.PEOPLE),
        ({"cash": Yen(1)}, WrongByHand.MONEY),
        ({"cash": Yen(-300), "fare": Yen(-300)}, WrongByHand.MONEY),
        ({"cash": Yen(MAX_FARE + 1), "fare": Yen(MAX_FARE + 1)}, WrongByHand.MONEY),
        ({"means": Means.COUPON}, WrongByHand.MONEY),
        ({"forgotten": True, "fare": Yen(300)}, WrongByHand.MONEY),
    ],
)
def test_what_cannot_be_is_kept_and_counts_nowhere(
    line: Office, bus: Bus, changes: dict[str, Any], why: WrongByHand
) -> None:
    event = alights(None, 2)
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    bus.write(HandAlighted(**(fields | changes)))
    bus.write(alights(None, 1))
    send(line.database, bus)
    with line.database.read() as connection:
        assert refusals(connection) == {1: why}
        check_cash(connection)
    assert ways(line) == {("A", "B", 1, "complete", FARE)}


def test_times_that_were_not_known_are_dated_by_the_anchor(line: Office, bus: Bus) -> None:
    unknown = Instant("boot", 50_000, 1_000, ClockQuality.FLOOR)
    boarded = bus.write(boards(at=unknown))
    bus.write(alights(boarded, 2, at=Instant("boot", 60_000, 1_010, ClockQuality.FLOOR)))
    anchor = Instant("boot", 100_000, 1_050, ClockQuality.FLOOR)
    bus.write(ClockSet(at=anchor, source="gps", wall=NOW, error_ms=50))
    send(line.database, bus)
    (ride,) = listed(line)
    assert (ride.board_wall, ride.alight_wall) == (NOW - 50, NOW - 40)


def test_an_earlier_journal_and_what_follows_on_it_make_one_ride(line: Office, bus: Bus) -> None:
    boarded = bus.write(boards(0, 2))
    ended = bus.write(alights(boarded, 2))
    later = follower(bus, 1, 2)
    later.write(undone(ended))
    later.write(settled(1, boarded))
    later.write(alights(boarded, 3, 2, start=1))
    send(line.database, later)
    send(line.database, bus)
    entered(line)
    assert ways(line) == {("B", "D", 2, "complete", 600)}


def test_rederiving_the_day_leaves_what_the_driver_took(line: Office, bus: Bus) -> None:
    ended = bus.write(alights(bus.write(boards()), 2))
    bus.write(settled(3, ended))
    send(line.database, bus)
    with line.database.write() as connection:
        before = hand_rows(connection), balances(connection)
        found = rederive_day(connection, DAY, apply_at=NOW)
        assert (found.rides, found.differences) == (0, ())
        assert (hand_rows(connection), balances(connection)) == before


def test_a_tap_that_the_driver_allowed_is_a_ride_like_any_other(line: Office, bus: Bus) -> None:
    card_id = card(line, "m", 1_000)
    boarded = bus.write(on(card_id, 0, allowed=True))
    bus.write(off(card_id, boarded, 2, 240, allowed=True))
    bus.write(settled(1, RecordRef(bus.epoch, 1)))
    send(line.database, bus)
    with line.database.write() as connection:
        assert refusals(connection) == {}
        assert rederive_day(connection, DAY, apply_at=None).differences == ()
    (ride,) = listed(line)
    assert (ride.board_stop_id, ride.fare, ride.means) == ("B", 120, "")
