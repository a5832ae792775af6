"""A bus that boots without the time keeps its order, and the office dates its rides once the time is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from central.database.tables import records, rides
from central.devices.data_folder import Office
from central.inbox import settle_times as module
from rules.instant import ClockQuality, Instant
from rules.messages.events import ClockSet, RecordRef
from tests.central.office import NOW, Bus, alight, board, card, left_open, new_office, send, started

BUILT = 1_700_000_000
"""All that a bus without the time knows: when its program was made."""


def dark(second: int, boot: str = "b1") -> Instant:
    """So long after power-on, with nothing to tell the time by."""
    return Instant(boot, second * 1000, BUILT, ClockQuality.FLOOR)


def lit(second: int, boot: str = "b1", power_on: int = NOW) -> Instant:
    return Instant(boot, second * 1000, power_on + second, ClockQuality.GPS)


def anchor(second: int, boot: str = "b1", wall: int | None = None) -> ClockSet:
    return ClockSet(
        at=lit(second, boot), source="gps", wall=NOW + second if wall is None else wall, error_ms=40
    )


def times(office: Office) -> tuple[dict[int, int], dict[int, tuple[int, int | None]]]:
    """When the records were, by number; when rides began and ended, by boarding."""
    with office.database.read() as connection:
        walls = {row.number: row.wall for row in connection.execute(select(records.c.number, records.c.wall))}
        columns = (rides.c.board_number, rides.c.board_wall, rides.c.alight_wall)
        ridden = {
            row.board_number: (row.board_wall, row.alight_wall)
            for row in connection.execute(select(*columns))
        }
    return walls, ridden


def in_the_dark(bus: Bus, office: Office) -> None:
    """Switched on, somebody gets on and off, somebody forgets to; then the sky opens."""
    mine, other = card(office, "m", 1000), card(office, "n", 1000)
    bus.write(replace(started(), at=dark(5)))
    on = bus.write(board(mine, at=dark(60)))
    forgotten = bus.write(board(other, at=dark(70)))
    bus.write(alight(mine, on, 600, at=dark(660)))
    bus.write(replace(left_open(other, forgotten, 300), at=dark(900)))
    bus.write(anchor(1000))


SETTLED = (
    {1: NOW + 5, 2: NOW + 60, 3: NOW + 70, 4: NOW + 660, 5: NOW + 900, 6: NOW + 1000},
    {2: (NOW + 60, NOW + 660), 3: (NOW + 70, NOW + 900)},
)


@pytest.mark.parametrize("cut", range(1, 7))
def test_what_was_written_without_the_time_is_dated_by_the_first_anchor(
    office: Office, bus: Bus, cut: int
) -> None:
    in_the_dark(bus, office)
    send(office.database, bus, 1, cut)
    send(office.database, bus)
    assert times(office) == SETTLED


def test_until_the_time_is_known_order_stands_and_the_times_are_what_the_bus_believed(
    office: Office, bus: Bus
) -> None:
    in_the_dark(bus, office)
    send(office.database, bus, 1, 5)
    walls, ridden = times(office)
    assert set(walls.values()) == {BUILT}
    assert ridden == {2: (BUILT, BUILT), 3: (BUILT, BUILT)}


def test_the_bytes_that_were_sent_stay_as_they_are(office: Office, bus: Bus) -> None:
    in_the_dark(bus, office)
    send(office.database, bus)
    with office.database.read() as connection:
        bodies = connection.execute(select(records.c.body).order_by(records.c.number)).scalars()
        assert [bytes(body) for body in bodies] == bus.records


def test_another_power_on_and_times_that_were_known_are_not_touched(office: Office, bus: Bus) -> None:
    bus.write(replace(started(), at=dark(5, "b0")))
    bus.write(replace(started(), at=lit(3, "b1")))
    bus.write(replace(started(), at=dark(7, "b1")))
    bus.write(anchor(10))
    bus.write(replace(started(), at=dark(5, "b2")))
    send(office.database, bus)
    walls, _ = times(office)
    assert walls == {1: BUILT, 2: NOW + 3, 3: NOW + 7, 4: NOW + 10, 5: BUILT}


def test_a_record_that_cannot_be_read_hides_nothing_before_it(office: Office, bus: Bus) -> None:
    bus.write(replace(started(), at=dark(5)))
    bus.write_bytes(b"{}")
    bus.write(anchor(10))
    send(office.database, bus)
    walls, _ = times(office)
    assert walls[1] == NOW + 5


def test_an_anchor_from_before_all_time_dates_nothing(office: Office, bus: Bus) -> None:
    bus.write(replace(started(), at=dark(5)))
    bus.write(anchor(10_000, wall=3))
    send(office.database, bus)
    assert times(office)[0][1] == BUILT


def test_a_ride_that_ends_in_the_next_journal_is_dated_there(office: Office, bus: Bus) -> None:
    mine = card(office, "m", 1000)
    on = bus.write(board(mine, at=lit(5, "b0")))
    send(office.database, bus)
    later = Bus(epoch="fedcba9876543210")
    later.write(alight(mine, on, 600, at=dark(660)))
    later.write(anchor(1000))
    send(office.database, later)
    assert times(office)[1] == {1: (NOW + 5, NOW + 660)}
    assert on == RecordRef(bus.epoch, 1)


@settings(max_examples=30)
@given(data=st.data())
def test_however_the_records_are_cut_into_batches_the_times_are_the_same(
    data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seconds = sorted(data.draw(st.lists(st.integers(1, 5_000), min_size=1, max_size=12, unique=True)))
    kind_of_each = st.lists(st.sampled_from(["dark", "lit", "anchor"]), min_size=12, max_size=12)
    kinds = data.draw(kind_of_each)[: len(seconds)]
    bus = Bus()
    for second, kind in zip(seconds, kinds, strict=True):
        at = dark(second) if kind == "dark" else lit(second)
        bus.write(anchor(second) if kind == "anchor" else replace(started(), at=at))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(seconds)), max_size=3)))
    # What the rule says, read off the list: known times stand, and an anchor dates the dark right before it.
    expected = {}
    for number, (second, kind) in enumerate(zip(seconds, kinds, strict=True), start=1):
        after = next((each for each in kinds[number - 1 :] if each != "dark"), "dark")
        expected[number] = BUILT if kind == "dark" and after != "anchor" else NOW + second
    with new_office(tmp_path_factory.mktemp("office")) as office:
        with office.database.write() as connection:
            bus.register(connection)
        for last in (*cuts, len(seconds)):
            send(office.database, bus, 1, last)
        assert times(office)[0] == expected


def test_a_long_darkness_is_dated_to_its_beginning(
    office: Office, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 3)
    for second in range(1, 51):
        bus.write(replace(started(), at=dark(second)))
    send(office.database, bus)
    bus.write(anchor(60))
    send(office.database, bus)
    assert times(office)[0] == {number: NOW + number for number in range(1, 51)} | {51: NOW + 60}
