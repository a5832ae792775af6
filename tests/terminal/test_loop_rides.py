"""The bus's own code: new at each opening of the door, after its record, and gone when nobody can have boarded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device.facts import LinkUp
from rules.messages.codec import decode_event
from rules.messages.events import DoorMoved
from rules.passes.bus_code import BusCode, is_genuine, read_text
from rules.passes.door_word import word_of
from rules.passes.seal import public_bytes
from terminal import ride_codes
from terminal.facts import DoorState, TripDone
from tests.terminal.loop_bench import T2, UNIT, Table, World, bus_on

HOST = "https://village.example"
OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)


@pytest.fixture
def table(world: World) -> Iterator[Table]:
    world.ride_address = HOST
    with bus_on(world) as table:
        table.set_out()
        yield table


def code(table: Table) -> BusCode:
    host, _, text = table.page.ride_code.partition("/ride#")
    read = read_text(text)
    assert host == HOST
    assert read is not None
    return read


def test_an_opening_shows_a_code_that_names_its_record_and_is_signed_by_the_bus(
    table: Table, world: World
) -> None:
    assert table.page.ride_code == table.page.ride_word == ""
    table.do(OPEN)
    shown = code(table)
    assert is_genuine(shown, public_bytes(world.key))
    assert (shown.bus, shown.epoch) == (UNIT, table.journal.epoch)
    (record,) = table.journal.records_after(shown.number - 1, 1)
    moved = decode_event(record.body)
    assert isinstance(moved, DoorMoved)
    assert (moved.is_open, moved.trip_id, moved.stop_id) == (True, "t1", "A")
    assert table.page.ride_word == word_of(shown.whole)


def test_each_opening_has_a_new_code_and_another_word(table: Table) -> None:
    codes, words = set[str](), [""]
    for _ in range(200):
        table.do(OPEN, CLOSED)
        codes.add(table.page.ride_code)
        assert table.page.ride_word != words[-1]
        words.append(table.page.ride_word)
    assert len(codes) == 200
    assert len(set(words)) > 40


def test_a_code_stands_a_minute_after_the_door_has_closed(table: Table) -> None:
    table.do(OPEN)
    table.wait(300, step=10)
    shown = table.page.ride_code
    table.do(CLOSED)
    table.wait(ride_codes.SHOWN_S, step=5)
    assert table.page.ride_code == shown != ""
    table.wait(1)
    assert table.page.ride_code == table.page.ride_word == ""


def test_a_code_ends_with_its_trip_and_is_not_that_of_the_next(table: Table) -> None:
    table.do(OPEN)
    assert table.page.ride_code
    table.do(TripDone())
    assert table.page.ride_code == table.page.ride_word == ""
    table.do(T2)
    assert table.page.ride_code == ""
    table.do(CLOSED, OPEN)
    assert code(table).number == table.journal.last.number


def test_a_door_that_opens_without_a_trip_has_no_code(table: Table) -> None:
    table.do(TripDone(), OPEN)
    assert table.page.ride_code == ""


def test_without_an_address_in_the_settings_there_is_no_code(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.do(OPEN)
        assert table.page.ride_code == table.page.ride_word == ""


def test_an_opening_that_cannot_be_recorded_has_no_code(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.do(OPEN, CLOSED)
    assert table.page.ride_code
    monkeypatch.setattr(type(table.loop._room), "is_there", False)
    table.do(OPEN)
    assert table.page.ride_code == ""


def test_the_code_comes_after_its_record_is_on_the_disk(table: Table) -> None:
    before = len(table.published)
    table.do(OPEN)
    assert [page.ride_code != "" for page in table.published[before:]] == [True]
    assert table.journal.last.number == code(table).number


def test_central_is_told_the_word_that_the_page_shows(table: Table) -> None:
    table.do(LinkUp())
    table.wait(2)
    assert table.healths()[-1].word == ""
    table.do(OPEN)
    table.wait(2)
    assert table.healths()[-1].word == table.page.ride_word != ""
    table.do(CLOSED)
    table.wait(ride_codes.SHOWN_S + 15, step=5)
    assert table.healths()[-1].word == ""
