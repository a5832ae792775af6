"""Words about stops in journals that follow on others: each finds its taps, and an old one never undoes a newer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.rides.corrections.rederive_day import rederive_day
from tests.central.office import Bus, card, money, new_office, refusals, send
from tests.central.settled_bench import check_books, history, journey, off, on, settled, with_line
from tests.central.test_salvage import follower
from tests.ride.builders import DAY


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def told(bus: Bus, pass_id: str) -> Bus:
    """1 boards at A, 2 alights at E for 480 yen; 3 says from B, 4 from C, 5 to D."""
    tap = bus.write(on(pass_id, 0))
    end = bus.write(off(pass_id, tap, 4, 480))
    for word in (settled(1, tap), settled(2, tap), settled(3, end)):
        bus.write(word)
    return bus


def whole(office: Office) -> tuple[Any, ...]:
    with office.database.write() as connection:
        assert refusals(connection) == {}
        check_books(connection)
        assert rederive_day(connection, DAY, apply_at=None).differences == ()
    return journey(office), money(office)


def test_words_of_an_earlier_journal_find_taps_that_were_handed_on(line: Office, bus: Bus) -> None:
    told(bus, card(line, "m", 1000))
    send(line.database, follower(bus, 1, 2, 3, 4, 5))
    assert whole(line)[0] == ("C", "D", 120)
    send(line.database, bus)
    assert whole(line)[0] == ("C", "D", 120)


def test_a_later_journal_settles_the_taps_of_an_earlier_one(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    later = follower(bus, 1, 2)
    later.write(settled(3, tap))
    send(line.database, later)
    assert whole(line)[0] == ("D", "E", 120)


def test_an_old_word_that_comes_late_undoes_nothing(line: Office, bus: Bus) -> None:
    told(bus, card(line, "m", 1000))
    send(line.database, bus, 1, 2)
    send(line.database, follower(bus, 4, 5))
    send(line.database, bus, 3)
    assert whole(line)[0] == ("C", "D", 120)
    assert [row[:2] for row in history(line)] == [(480, 240), (240, 120)]


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.sets(st.integers(1, 5), min_size=1).map(sorted), heard=st.integers(0, 5), last=st.booleans()
)
def test_whichever_way_the_records_come_the_ride_ends_the_same(
    numbers: list[int], heard: int, last: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        bus = Bus()
        with office.database.write() as connection:
            bus.register(connection)
        told(bus, card(office, "m", 1000))
        if heard:
            send(office.database, bus, 1, heard)
        send(office.database, follower(bus, *numbers))
        if heard < 5:
            send(office.database, bus, heard + 1)
        if last:
            send(office.database, follower(bus, 1, 2, 3, 4, 5, epoch="last"))
        assert whole(office)[0] == ("C", "D", 120)
        assert money(office)["member", "m"] == 880
