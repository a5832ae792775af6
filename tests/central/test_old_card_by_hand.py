"""A bus whose card was swapped for an older copy gives names anew: what is said by one is about the right record."""

from __future__ import annotations

import pytest

from central.devices.data_folder import Office
from tests.central.by_hand_bench import alights, boards, listed, undone, ways
from tests.central.office import Bus, card, refusals, send, started
from tests.central.settled_bench import off, on, settled, with_line
from tests.central.test_salvage import follower


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def second_life(bus: Bus) -> Bus:
    """The same journal from an image of its card that had the first record alone."""
    again = Bus(epoch=bus.epoch)
    again.records = bus.records[:1]
    return again


def test_who_alights_in_one_life_boarded_in_that_life(line: Office, bus: Bus) -> None:
    bus.write(started())
    again = second_life(bus)
    bus.write(alights(bus.write(boards(0)), 2))
    send(line.database, bus)
    boarded = again.write(boards(1, 2))
    later = follower(again, 2)
    later.write(alights(boarded, 3, 2, start=1))
    send(line.database, later)
    entered(line)
    assert ways(line) == {("A", "C", 1, "complete", 300), ("B", "D", 2, "complete", 600)}


def test_what_was_taken_back_in_one_life_still_counts_in_the_other(line: Office, bus: Bus) -> None:
    bus.write(started())
    again = second_life(bus)
    bus.write(undone(bus.write(boards(0))))
    send(line.database, bus)
    again.write(boards(1, 2))
    send(line.database, follower(again, 2))
    entered(line)
    assert ways(line) == {("B", None, 2, "open", 0)}


@pytest.mark.parametrize("is_by_hand", [True, False])
def test_a_stop_settled_in_one_life_moves_nobody_in_the_other(
    line: Office, bus: Bus, *, is_by_hand: bool
) -> None:
    mine, other = card(line, "m", 1_000), card(line, "n", 1_000)
    bus.write(started())
    again = second_life(bus)
    bus.write(settled(3, bus.write(boards(0) if is_by_hand else on(mine, 0))))
    send(line.database, bus)
    boarded = again.write(boards(1) if is_by_hand else on(other, 1))
    later = follower(again, 2)
    send(line.database, later)
    assert from_to(line) == {("D", None), ("B", None)}
    later.write(alights(boarded, 2, start=1) if is_by_hand else off(other, boarded, 2, 120, start=1))
    send(line.database, later)
    entered(line)
    assert from_to(line) == {("D", None), ("B", "C")}


def from_to(line: Office) -> set[tuple[str, str | None]]:
    return {(ride.board_stop_id, ride.alight_stop_id) for ride in listed(line)}


def entered(line: Office) -> None:
    with line.database.read() as connection:
        assert refusals(connection) == {}
