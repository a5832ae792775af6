"""What central says of passes' holds: the last figure of each stays on the machine, and nothing of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.journal import Journal
from device.office_lists import OfficeLists
from rules.messages.link import AnyEntry, HoldFigure
from rules.money import Yen
from rules.ride.memory import KeptHold
from tests.device.office_desk import DEVICE, ROOT_PUBLIC, card, card_id, keys, page

NOW = 1_790_000_000
UNTIL = NOW + 86_400
PASS, OTHER = card_id(1), card_id(2)


def figure(hold: int, kept: int, ride: int, *, pass_id: str = PASS, device: str = DEVICE) -> HoldFigure:
    return HoldFigure(pass_id, hold, Yen(kept), UNTIL, device, "epoch", ride)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        yield journal


def lists_of(journal: Journal) -> OfficeLists:
    lists = OfficeLists(DEVICE, ROOT_PUBLIC)
    lists.load(journal)
    return lists


def read(
    journal: Journal, lists: OfficeLists, first: int, *entries: AnyEntry, log: str = "log-1", wall: int = NOW
) -> None:
    journal.write([], lists.apply(page(first, entries, log=log), wall))


def test_of_each_pass_the_last_figure_stays_with_this_machines_own_rides(journal: Journal) -> None:
    lists = lists_of(journal)
    read(journal, lists, 1, keys(1), figure(3, 900, 7), figure(4, 800, 9, device="bus-002"))
    read(journal, lists, 4, figure(5, 700, 11), figure(6, 300, 1, pass_id=OTHER, device="bus-002"))
    expected = {
        PASS: KeptHold(5, Yen(700), UNTIL, (("epoch", 7), ("epoch", 11))),
        OTHER: KeptHold(6, Yen(300), UNTIL),
    }
    assert lists.holds == lists_of(journal).holds == expected
    assert set(journal.recall_all("down")) == {"000000001"}, "of figures no entry stays"


def test_a_page_that_comes_again_changes_nothing(journal: Journal) -> None:
    lists = lists_of(journal)
    read(journal, lists, 1, keys(1), figure(3, 900, 7))
    read(journal, lists, 3, figure(4, 500, 8))
    before = dict(lists.holds)
    read(journal, lists, 1, keys(1), figure(3, 900, 7))
    assert lists.holds == before


def test_a_log_read_from_the_start_again_brings_no_older_figure_back(journal: Journal) -> None:
    lists = lists_of(journal)
    read(journal, lists, 1, keys(1), figure(3, 900, 7), figure(9, 200, 8))
    before = dict(lists.holds)
    read(journal, lists, 1, keys(1), figure(3, 900, 7), log="log-2")
    assert lists.holds == lists_of(journal).holds == before
    read(journal, lists, 3, figure(10, 600, 9), log="log-2")
    assert lists.holds[PASS] == KeptHold(10, Yen(600), UNTIL, (*before[PASS].rides, ("epoch", 9)))


def test_the_hold_of_a_pass_that_has_ended_is_forgotten_once_the_time_is_known(journal: Journal) -> None:
    lists = lists_of(journal)
    read(journal, lists, 1, keys(1), figure(3, 900, 7))
    read(journal, lists, 3, card(5), wall=0)
    assert PASS in lists.holds
    read(journal, lists, 4, card(6), wall=UNTIL + 1)
    assert lists.holds == lists_of(journal).holds == {}
