"""What staff decide: apply, dismiss, think again; and cash that goes back. Each is kept, and none happens twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from central.database import correction_tables
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.rides.corrections.decide_correction import (
    How,
    NotDecided,
    apply_correction,
    dismiss_correction,
    refund_ride,
    reopen_correction,
)
from rules.messages.events import RecordRef
from tests.central.office import NOW, STRANGER, Bus, card, money, send
from tests.central.settled_bench import (
    check_books,
    history,
    journey,
    off,
    on,
    ride,
    settled,
    waiting,
    with_line,
)

Decision = Callable[[Connection, int, int], NotDecided | None]


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def decide(office: Office, decision: Decision, correction: int, second: int = 5_000) -> NotDecided | None:
    with office.database.write() as connection:
        answer = decision(connection, correction, NOW + second)
        check_books(connection)
    return answer


def dearer(office: Office, bus: Bus, pass_id: str) -> int:
    """A ride for 240 yen that should have cost 480; the correction that waits."""
    tap = bus.write(on(pass_id, 2))
    bus.write(off(pass_id, tap, 4, 240, start=2))
    bus.write(settled(0, tap))
    send(office.database, bus)
    (waits,) = waiting(office)
    return waits


def test_staff_apply_what_is_dearer_and_it_is_paid_as_by_a_fresh_ride(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 1000))
    assert decide(line, apply_correction, waits) is None
    assert journey(line) == ("A", "E", 480)
    assert money(line)["member", "m"] == 520
    assert ("owed", "m") not in money(line)
    assert history(line) == [(240, 480, "higher", ("waiting", "applied"))]


def test_of_what_is_dearer_the_member_owes_what_they_do_not_have(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 300))
    assert decide(line, apply_correction, waits) is None
    assert money(line)["owed", "m"] == -180
    assert ("member", "m") not in money(line)


def test_what_a_strangers_ride_costs_more_waits_in_suspense(line: Office, bus: Bus) -> None:
    assert decide(line, apply_correction, dearer(line, bus, STRANGER)) is None
    assert money(line)["suspense", STRANGER] == -480


def test_applying_twice_posts_once(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 1000))
    decide(line, apply_correction, waits)
    before = money(line)
    assert decide(line, apply_correction, waits) is NotDecided.CHANGED
    assert decide(line, dismiss_correction, waits) is NotDecided.CHANGED
    assert money(line) == before


def test_dismissing_moves_nothing_can_be_undone_and_is_kept_with_its_time(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 1000))
    before = money(line)
    assert decide(line, dismiss_correction, waits) is None
    assert decide(line, apply_correction, waits) is NotDecided.CHANGED
    assert decide(line, reopen_correction, waits, 6_000) is None
    assert money(line) == before
    assert decide(line, apply_correction, waits, 7_000) is None
    states = correction_tables.correction_states
    with line.database.read() as connection:
        kept = connection.execute(select(states.c.state, states.c.said_by, states.c.at)).all()
    assert [tuple(row) for row in kept] == [
        ("waiting", "rule", NOW),
        ("dismissed", "staff", NOW + 5_000),
        ("waiting", "staff", NOW + 6_000),
        ("applied", "staff", NOW + 7_000),
    ]


def test_what_was_dismissed_is_not_asked_again_by_the_same_word(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 1000))
    decide(line, dismiss_correction, waits)
    bus.write(settled(0, RecordRef(bus.epoch, 1)))
    send(line.database, bus)
    assert waiting(line) == []


def test_news_take_the_place_of_what_waits_and_of_what_was_dismissed(line: Office, bus: Bus) -> None:
    waits = dearer(line, bus, card(line, "m", 1000))
    decide(line, dismiss_correction, waits)
    bus.write(settled(1, RecordRef(bus.epoch, 1)))
    send(line.database, bus)
    assert decide(line, reopen_correction, waits) is NotDecided.CHANGED
    assert history(line) == [
        (240, 480, "higher", ("waiting", "dismissed")),
        (240, 360, "higher", ("waiting",)),
    ]


def test_stops_without_a_fare_can_only_be_dismissed(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    end = bus.write(off(pass_id, bus.write(on(pass_id, 1)), 4, 360, start=1))
    bus.write(settled(3, end))
    send(line.database, bus)
    (waits,) = waiting(line)
    assert decide(line, apply_correction, waits) is NotDecided.NO_FARE
    assert decide(line, dismiss_correction, waits) is None


@pytest.mark.parametrize("decision", [apply_correction, dismiss_correction, reopen_correction])
def test_a_correction_that_there_is_not_is_said_to_be_gone(line: Office, decision: Decision) -> None:
    assert decide(line, decision, 77) is NotDecided.GONE


def paid_in_cash(office: Office, bus: Bus, pass_id: str) -> int:
    """A ride for which 240 yen of cash are to be given back; its id."""
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 100, 380))
    bus.write(settled(2, tap))
    send(office.database, bus)
    return int(ride(office).id)


def give_back(
    office: Office, ride_id: int, how: How, amount: int = 240, before: int = 0
) -> NotDecided | None:
    with office.database.write() as connection:
        answer = refund_ride(connection, ride_id, amount, before, how, NOW)
        check_books(connection)
    return answer


@pytest.mark.parametrize(("how", "member", "desk"), [(How.ACCOUNT, 1140, -1000), (How.CASH, 900, -760)])
def test_cash_goes_back_once_to_the_account_or_at_the_desk(
    line: Office, bus: Bus, how: How, member: int, desk: int
) -> None:
    ride_id = paid_in_cash(line, bus, card(line, "m", 1000))
    assert give_back(line, ride_id, how) is None
    assert give_back(line, ride_id, how) is NotDecided.CHANGED
    assert give_back(line, ride_id, how, amount=0, before=240) is NotDecided.CHANGED
    found = money(line)
    assert (found["member", "m"], found["cash-desk", ""], found["driver-cash", ""]) == (member, desk, -380)


def test_cash_for_nobodys_pass_can_only_go_back_as_cash(line: Office, bus: Bus) -> None:
    ride_id = paid_in_cash(line, bus, STRANGER)
    assert give_back(line, ride_id, How.ACCOUNT) is NotDecided.NO_MEMBER
    assert give_back(line, ride_id, How.CASH) is None


@pytest.mark.parametrize("amount", [-240, 1, 241])
def test_only_what_is_due_is_given_back(line: Office, bus: Bus, amount: int) -> None:
    ride_id = paid_in_cash(line, bus, card(line, "m", 1000))
    assert give_back(line, ride_id, How.CASH, amount) is NotDecided.CHANGED
    assert give_back(line, 99, How.CASH) is NotDecided.GONE


def test_cash_to_be_given_back_is_kept_when_the_ride_is_dearer_after_all(line: Office, bus: Bus) -> None:
    paid_in_cash(line, bus, card(line, "m", 1000))
    bus.write(settled(1, RecordRef(bus.epoch, 1)))
    send(line.database, bus)
    (waits,) = waiting(line)
    assert decide(line, apply_correction, waits) is None
    row = ride(line)
    assert (row.fare, row.overpaid, row.owed) == (360, 120, 0)
    assert ("owed", "m") not in money(line)
