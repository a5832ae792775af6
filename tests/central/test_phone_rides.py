"""Rides of phones that read the bus: once, by the bus's own records, whatever order they come in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.audit.store import all_entries
from central.database.phone_ride_tables import phone_noticed
from central.devices.data_folder import Office
from central.devices.store import put_health
from central.ledger.verify_ledger import verify_ledger
from central.members.store import Standing, put_standing
from central.rides.by_phone.alighted_there import NotThere
from central.rides.by_phone.commands import alighted_command
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.rides.by_phone.store import TripKey, is_read_by_bus, trips_to_settle
from central.rides.by_phone.take_claim import MOST_A_DAY, Taken
from central.rides.by_phone.word_now import word_now
from central.rides.receipts.commands import receipt_command
from central.rides.receipts.read_receipt import NoReceipt
from rules.messages.codec import encode
from rules.messages.link import Health
from rules.ride.phone_ride import NotTaken
from rules.ride.receipt import What
from tests.central.office import NOW, Bus, incidents_listed, new_office, send
from tests.central.phone_ride_bench import (
    DAYS,
    LATER,
    claim,
    drive,
    left,
    member_with,
    open_door,
    quiet_for_days,
    rides,
    settle,
    signed,
    tell,
    touch,
)
from tests.central.plans import plans
from tests.central.settled_bench import off, on, put_line
from tests.ledger.referee import Rows, check_rows
from tests.ride.builders import DAY, STOPS

SECTION = 120


@pytest.fixture
def line(office: Office) -> Office:
    with office.database.write() as connection:
        put_line(connection)
    return office


def check_books(office: Office) -> None:
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
    check_rows(Rows(office.database.path))


def test_board_and_alight_are_a_ride_from_the_balance(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    assert isinstance(touch(line, claim("board", 0, signed(bus, doors[0]))), Taken)
    assert rides(line) == [("open", 0, None, 0)]
    assert isinstance(touch(line, claim("alight", 3, signed(bus, doors[3]))), Taken)
    assert rides(line) == [("complete", 0, 3, 3 * SECTION)]
    assert left(line) == 5_000 - 3 * SECTION
    check_books(line)


def test_what_the_balance_does_not_have_is_owed(line: Office, bus: Bus) -> None:
    member_with(line, 100)
    doors = drive(bus)
    send(line.database, bus)
    touch(line, claim("board", 0, signed(bus, doors[0])))
    touch(line, claim("alight", 2, signed(bus, doors[2])))
    assert left(line) == 100 - 2 * SECTION
    check_books(line)


def test_two_touches_of_one_opening_are_one_ride_under_whatever_id(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    first = claim("board", 0, signed(bus, doors[0]))
    answers = {touch(line, first), touch(line, first), touch(line, {**first, "id": "another-id"})}
    assert len(answers) == 1
    assert touch(line, {**first, "movement": "alight"}) is NotTaken.OTHER_CLAIM
    assert rides(line) == [("open", 0, None, 0)]


def test_a_claim_waits_for_the_buss_records(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    for kind, stop in (("board", 0), ("alight", 2)):
        answer = touch(line, claim(kind, stop, signed(bus, doors[stop])))
        assert isinstance(answer, Taken)
        assert answer.opening is None
    assert settle(line) == 0
    send(line.database, bus)
    assert settle(line) == 2
    assert rides(line) == [("complete", 0, 2, 2 * SECTION)]
    assert settle(line) == 0


def test_a_sticker_takes_the_opening_of_that_time_once_the_bus_has_told_it(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    drive(bus)
    touch(line, claim("board", 1, bus.device))
    touch(line, claim("alight", 2, bus.device))
    tell(line, bus)
    settle(line)
    assert rides(line) == [("complete", 1, 2, SECTION)]


def test_an_alighting_never_sent_is_charged_to_the_last_stop_and_set_right_when_it_comes(
    line: Office, bus: Bus
) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    tell(line, bus)
    touch(line, claim("board", 0, signed(bus, doors[0])), now=NOW + DAYS)
    settle(line)
    assert rides(line) == [("provisional", 0, 4, 4 * SECTION)]
    assert left(line) == 5_000 - 4 * SECTION
    touch(line, claim("alight", 1, signed(bus, doors[1])))
    assert rides(line) == [("complete", 0, 1, SECTION)]
    assert left(line) == 5_000 - SECTION
    check_books(line)


def test_staff_say_where_a_forgotten_ride_ended_by_the_buss_own_door(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    tell(line, bus)
    touch(line, claim("board", 1, signed(bus, doors[1])))
    settle(line)
    assert rides(line) == [("provisional", 1, 4, 3 * SECTION)]

    def say(*args: str) -> Result:
        data = ("--data", str(line.database.path.parent), "--staff", "sato", "--why", "the driver knows")
        return CliRunner().invoke(alighted_command, [*args, *data])

    assert str(NotThere.NO_OPENING) in say("1", STOPS[0]).stderr
    assert str(NotThere.NO_RIDE) in say("2", STOPS[2]).stderr
    assert rides(line) == [("provisional", 1, 4, 3 * SECTION)]
    assert say("1", STOPS[2]).exit_code == 0
    assert rides(line) == [("complete", 1, 2, SECTION)]
    assert left(line) == 5_000 - SECTION
    assert str(NotThere.ENDED) in say("1", STOPS[3]).stderr
    with line.database.read() as connection:
        assert [(each.who, each.about) for each in all_entries(connection)] == [
            ("staff:sato", "phone-ride:1")
        ]
    check_books(line)


@pytest.mark.parametrize("bus_first", [True, False])
def test_a_ride_that_the_bus_has_read_too_counts_once(line: Office, bus: Bus, bus_first: bool) -> None:
    pass_id = member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    sent = len(bus.records) + 1

    def read_by_bus() -> None:
        bus.write(off(pass_id, bus.write(on(pass_id, 0)), 2, 2 * SECTION))
        send(line.database, bus, sent)

    def read_by_phone() -> None:
        touch(line, claim("board", 0, signed(bus, doors[0])))
        touch(line, claim("alight", 2, signed(bus, doors[2])))

    for act in (read_by_bus, read_by_phone) if bus_first else (read_by_phone, read_by_bus):
        act()
    settle(line)
    assert [ride[0] for ride in rides(line)] == ["double"]
    assert left(line) == 5_000 - 2 * SECTION
    with line.database.read() as connection:
        assert connection.scalars(select(phone_noticed.c.what)).all() == ["phone-double"]
    check_books(line)


def test_a_phone_elsewhere_is_listed_and_the_buss_stop_is_booked(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    touch(line, claim("board", 0, signed(bus, doors[0]), lat=38.03, lon=140.0, accuracy=10))
    assert rides(line) == [("open", 0, None, 0)]
    with line.database.read() as connection:
        assert (bus.device, "phone-ride") in incidents_listed(connection)


def test_refusals_have_names(line: Office, bus: Bus) -> None:
    doors = drive(bus)
    other = Bus(device="bus-001", secret=8)
    nowhere = open_door(bus, 1, trip_id="", stop_id="")
    tell(line, bus)
    good = signed(bus, doors[0])
    assert touch(line, claim("board", 0, signed(other, doors[0]))) is NotTaken.BAD_SIGNATURE
    assert touch(line, claim("board", 0, good.replace("bus-001", "bus-009"))) is NotTaken.UNKNOWN_BUS
    assert touch(line, claim("board", 0, good), now=NOW - 1_000) is NotTaken.AHEAD
    assert touch(line, claim("board", 0, good), now=NOW + 15 * DAYS) is NotTaken.TOO_OLD
    assert touch(line, claim("board", 1, signed(bus, nowhere))) is NotTaken.NO_TRIP
    assert touch(line, claim("board", 4, good)) is NotTaken.OTHER_TIME
    assert rides(line) == []


@given(
    st.dictionaries(
        st.sampled_from(["id", "code", "movement", "moment", "lat"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=140),
            st.lists(st.integers(), max_size=2),
            st.just("bus-001"),
            st.just("board"),
            st.just("an-id-of-a-phone"),
        ),
    )
)
@settings(deadline=None, max_examples=200)
def test_whatever_a_phone_sends_gets_a_name_or_is_taken(asked: dict[str, Any]) -> None:
    answer = touch(_fuzzed(), asked)
    assert isinstance(answer, Taken | NotTaken)


_OFFICES: list[Office] = []


def _fuzzed() -> Office:
    return _OFFICES[0]


@pytest.fixture(autouse=True)
def _one_for_all(request: pytest.FixtureRequest) -> Any:
    if "whatever_a_phone_sends" not in request.node.name:
        yield
        return
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with office.database.write() as connection:
            Bus().register(connection)
        _OFFICES[:] = [office]
        yield


@given(
    st.lists(
        st.tuples(st.sampled_from(["board", "alight"]), st.integers(0, 4), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=25)
def test_the_books_end_the_same_in_whatever_order_phones_and_bus_are_heard(
    touches: list[tuple[str, int, bool]], reads: bool, chance: Random
) -> None:
    ends = [_run(touches, reads, None), _run(touches, reads, chance)]
    assert ends[0] == ends[1]


def _run(touches: list[tuple[str, int, bool]], reads: bool, chance: Random | None) -> Any:
    """Touches are (movement, stop, whether only the sticker was read); `reads`: the bus has read the rider, too."""
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        bus = Bus()
        with office.database.write() as connection:
            put_line(connection)
            bus.register(connection)
        pass_id = member_with(office, 300)
        doors = drive(bus)
        if reads:
            bus.write(off(pass_id, bus.write(on(pass_id, 0)), 1, SECTION))
        whole = len(bus.records)
        quiet_for_days(bus)
        claims = [
            claim(kind, stop, bus.device if sticker else signed(bus, doors[stop]), f"{kind}-{stop}-{sticker}")
            for kind, stop, sticker in touches
        ]
        acts: list[Any] = [*claims, 4, whole, len(bus.records)]
        if chance is not None:
            chance.shuffle(acts)
        for act in acts:
            if isinstance(act, int):
                send(office.database, bus, 1, act)
            else:
                touch(office, act)
            settle(office)
            check_books(office)
        receipts = [_receipt(office, number) for number in range(1, len(rides(office)) + 1)]
        return rides(office), left(office), receipts


def _receipt(office: Office, number: int) -> tuple[int, int] | NoReceipt:
    """What the ride by phone of that number cost and what was paid for it; a receipt's lines sum to both."""
    with office.database.read() as connection:
        found = read_phone_receipt(connection, number)
    return (
        found
        if isinstance(found, NoReceipt)
        else (found.fare, sum(line.yen for line in found.paid if line.what is not What.OWED))
    )


def test_the_receipt_says_what_was_paid_from_what_and_what_is_owed(line: Office, bus: Bus) -> None:
    member_with(line, 100)
    doors = drive(bus)
    send(line.database, bus)
    touch(line, claim("board", 0, signed(bus, doors[0])))
    with line.database.read() as connection:
        assert read_phone_receipt(connection, 1) is NoReceipt.OPEN
        assert read_phone_receipt(connection, 2) is NoReceipt.NO_RIDE
    touch(line, claim("alight", 2, signed(bus, doors[2])))
    with line.database.read() as connection:
        found = read_phone_receipt(connection, 1)
    assert not isinstance(found, NoReceipt)
    assert [(each.what, each.yen) for each in found.cost] == [(What.FARE, 2 * SECTION)]
    assert [(each.what, each.yen) for each in found.paid] == [(What.KURAPO, 100), (What.OWED, 140)]
    printed = CliRunner().invoke(receipt_command, ["phone/1", "--data", str(line.database.path.parent)])
    assert printed.exit_code == 0
    assert "240円" in printed.output


def test_nobody_boards_on_a_stopped_account_and_who_is_on_board_gets_off(line: Office, bus: Bus) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    touch(line, claim("board", 0, signed(bus, doors[0])))
    with line.database.write() as connection:
        put_standing(connection, "m", Standing.BLOCKED, "lost", "test", NOW)
    touch(line, claim("alight", 2, signed(bus, doors[2])))
    assert rides(line) == [("complete", 0, 2, 2 * SECTION)]
    assert touch(line, claim("board", 3, signed(bus, doors[3]))) is NotTaken.STOPPED


def test_nobody_notes_rides_without_end(line: Office, bus: Bus) -> None:
    drive(bus)
    answers = [
        touch(line, claim("board", 0, bus.device, f"claim-{number:04}")) for number in range(MOST_A_DAY + 1)
    ]
    assert isinstance(answers[-2], Taken)
    assert answers[-1] is NotTaken.TOO_MANY
    assert touch(line, claim("board", 0, bus.device, "claim-0000")) == answers[0]
    assert isinstance(touch(line, claim("board", 0, bus.device, "claim-next"), now=LATER + DAYS + 1), Taken)


def test_to_settle_only_the_trips_own_rides_are_looked_at_however_many_the_bus_has_had(line: Office) -> None:
    key = TripKey("m", "bus-001", DAY, "t1")
    with plans(line.database) as found, line.database.read() as connection:
        trips_to_settle(connection, DAY)
        is_read_by_bus(connection, key)
    own = "SEARCH rides USING INDEX rides_of_trip (device=? AND service_date=? AND trip_id=?)"
    assert [plan for plan in found if " rides " in plan] == [own, own]


@pytest.mark.parametrize(
    ("word", "online", "ago", "told"),
    [
        ("さくら", True, 0, "さくら"),
        ("さくら", True, 60, "さくら"),
        ("さくら", True, 61, ""),
        ("", True, 0, ""),
        ("さくら", False, 0, ""),
    ],
)
def test_who_has_read_a_sticker_is_told_the_word_while_the_bus_is_heard(
    line: Office, bus: Bus, word: str, online: bool, ago: int, told: str
) -> None:
    with line.database.write() as connection:
        assert word_now(connection, bus.device, NOW) == ""
        put_health(connection, bus.device, NOW, encode(Health(online=online, word=word)))
        assert word_now(connection, bus.device, NOW + ago) == told
        assert word_now(connection, "bus-999", NOW) == ""
