"""From records to rides: what a boarding, an alighting and a forgotten one come to, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from central.devices.data_folder import Office
from central.devices.list_incident import What
from central.rides.apply_event import NotApplied
from rules.messages.events import AnyEvent, RecordRef
from rules.messages.link import Ack
from rules.ride.fare import MAX_FARE
from rules.ride.outcomes import Movement, Outcome
from tests.central.office import (
    EPOCH,
    NOW,
    STRANGER,
    Bus,
    alight,
    board,
    card,
    charge_forgotten,
    incidents_listed,
    left_open,
    money,
    only_ride,
    record_rows,
    refusals,
    ride_rows,
    send,
    started,
)


def test_a_boarding_opens_a_ride_and_an_alighting_completes_and_charges_it(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1000)
    on = bus.write(board(pass_id))
    assert send(office.database, bus) == Ack(EPOCH, 1, bus.hash_at(1).hex(), NOW)
    assert "open" in only_ride(office)
    assert ("fares-earned", "") not in money(office)
    bus.write(alight(pass_id, on, 400, 200))
    assert send(office.database, bus, 2) == Ack(EPOCH, 2, bus.hash_at(2).hex(), NOW)
    ride = only_ride(office)
    assert {"complete", "first", "last"} <= set(ride)
    assert ride[-7:-3] == (600, 400, 200, 0)
    assert money(office) == {
        ("cash-desk", ""): -1000,
        ("member", "m"): 600,
        ("driver-cash", ""): -200,
        ("fares-earned", ""): 600,
    }


def test_a_forgotten_alighting_charges_what_was_held_and_owes_the_rest(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(left_open(pass_id, bus.write(board(pass_id)), 400, 200))
    send(office.database, bus)
    assert money(office) == {("cash-desk", ""): -1000, ("member", "m"): 1000}
    charge_forgotten(office, bus)
    ride = only_ride(office)
    assert {"provisional", "first", "terminus"} <= set(ride)
    assert ride[-7:-3] == (600, 400, 0, 200)
    assert money(office) == {
        ("cash-desk", ""): -1000,
        ("member", "m"): 600,
        ("owed", "m"): -200,
        ("fares-earned", ""): 600,
    }


def test_a_ride_that_the_wallet_cannot_pay_is_owed_and_not_lost(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 250)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    send(office.database, bus)
    assert "complete" in only_ride(office)
    assert money(office) == {("cash-desk", ""): -250, ("owed", "m"): -350, ("fares-earned", ""): 600}


def test_a_ride_on_an_unknown_pass_waits_in_suspense_and_is_listed(office: Office, bus: Bus) -> None:
    bus.write(alight(STRANGER, bus.write(board(STRANGER)), 600))
    send(office.database, bus)
    assert money(office) == {("suspense", STRANGER): -600, ("fares-earned", ""): 600}
    with office.database.read() as connection:
        assert incidents_listed(connection) == {(bus.device, What.UNKNOWN_PASS)}


def test_a_free_ride_is_completed_and_moves_no_money(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 0)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 0))
    send(office.database, bus)
    assert "complete" in only_ride(office)
    assert money(office) == {}


def test_red_taps_are_kept_and_open_no_ride(office: Office, bus: Bus) -> None:
    bus.write(board(STRANGER, outcome=Outcome.DENIED, movement=Movement.REFUSED))
    bus.write(board(STRANGER, outcome=Outcome.DENIED))
    bus.write(started())
    assert send(office.database, bus).number == 3
    with office.database.read() as connection:
        assert len(record_rows(connection)) == 3
        assert ride_rows(connection) == set()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"board": None}, NotApplied.NO_BOARD_REF),
        ({"pass_id": STRANGER}, NotApplied.OTHER_PASS),
        ({"fare": 601}, NotApplied.WRONG_MONEY),
        ({"fare": 500, "held": 600, "cash": -100}, NotApplied.WRONG_MONEY),
        ({"fare": MAX_FARE + 1, "held": MAX_FARE + 1}, NotApplied.WRONG_MONEY),
        ({"board": RecordRef(EPOCH, 2**70)}, None),
    ],
)
def test_an_alighting_that_fits_no_ride_is_kept_with_its_reason(
    office: Office, bus: Bus, change: dict[str, Any], reason: NotApplied | None
) -> None:
    pass_id = card(office, "m", 1000)
    on = bus.write(board(pass_id))
    bus.write(msgspec.structs.replace(alight(pass_id, on, 600), **change))
    bus.write(alight(pass_id, on, 600))
    assert send(office.database, bus).number == 3
    with office.database.read() as connection:
        (why,) = refusals(connection).values()
        assert reason is None or why == reason
    # The right one still counts.
    assert "complete" in only_ride(office)
    assert money(office)["fares-earned", ""] == 600


@pytest.mark.parametrize("end", [alight, left_open])
def test_a_ride_whose_boarding_is_lost_is_charged_by_its_end_and_listed(
    office: Office, bus: Bus, end: Callable[..., AnyEvent]
) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(end(pass_id, RecordRef("lost", 7), 600))
    bus.write(end(pass_id, RecordRef("lost", 7), 600))
    send(office.database, bus)
    charge_forgotten(office, bus)
    assert only_ride(office)[0] == bus.device
    assert money(office)["member", "m"] == 400
    with office.database.read() as connection:
        assert refusals(connection) == {2: NotApplied.RIDE_ENDED}
        assert (bus.device, What.BOARDING_LOST) in incidents_listed(connection)


def test_a_boarding_that_comes_after_its_ride_has_ended_adds_only_its_time_and_place(
    office: Office, bus: Bus
) -> None:
    pass_id = card(office, "m", 1000)
    later = Bus(epoch="later")
    on = bus.write(board(pass_id, second=100))
    later.write(alight(pass_id, on, 600))
    send(office.database, later)
    before, earned = only_ride(office), money(office)
    send(office.database, bus)
    assert money(office) == earned
    changed = [pair for pair in zip(before, only_ride(office), strict=True) if pair[0] != pair[1]]
    assert changed == [(None, 0), (NOW + 600, NOW + 100)]


def test_a_ride_ends_once(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 5000)
    on = bus.write(board(pass_id))
    bus.write(left_open(pass_id, on, 600))
    bus.write(alight(pass_id, on, 300))
    bus.write(left_open(pass_id, on, 600))
    send(office.database, bus)
    charge_forgotten(office, bus)
    assert "complete" in only_ride(office)
    assert money(office)["fares-earned", ""] == 300
    with office.database.read() as connection:
        assert refusals(connection) == {4: NotApplied.RIDE_ENDED}


@pytest.mark.parametrize(
    "change", [{"pass_id": ""}, {"pass_id": "x" * 300}, {"pass_kind": None}, {"adults": 2**70}]
)
def test_a_boarding_that_cannot_be_a_ride_blocks_nothing(
    office: Office, bus: Bus, change: dict[str, Any]
) -> None:
    pass_id = card(office, "m", 1000)
    bus.write(msgspec.structs.replace(board(pass_id), **change))
    bus.write(board(pass_id))
    assert send(office.database, bus).number == 2
    with office.database.read() as connection:
        assert set(refusals(connection)) == {1}
        assert len(ride_rows(connection)) == 1
