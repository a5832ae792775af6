"""What central says of a kiosk's codes that somebody has claimed: its own stay, until they have ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.journal import Journal
from device.office_lists import OfficeLists
from rules.messages.link import CodeClaimed
from tests.device.office_desk import DEVICE, ROOT_PUBLIC, keys, page

NOW = 1_790_000_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        yield journal


def lists_of(journal: Journal) -> OfficeLists:
    lists = OfficeLists(DEVICE, ROOT_PUBLIC)
    lists.load(journal)
    return lists


def claimed(number: int, left: int, kiosk: str = DEVICE) -> CodeClaimed:
    return CodeClaimed(kiosk, number, NOW, left)


def test_a_machine_keeps_the_claims_of_its_own_codes_and_no_entry_of_the_others(journal: Journal) -> None:
    lists = lists_of(journal)
    journal.write([], lists.apply(page(1, [keys(1), claimed(1, 0), claimed(2, 0, "bath-2")]), NOW))
    assert lists.claims == lists_of(journal).claims == {(1, NOW): 0}
    assert set(journal.recall_all("down")) == {"000000001"}


def test_a_code_never_gets_places_back_whatever_the_order(journal: Journal) -> None:
    lists = lists_of(journal)
    journal.write([], lists.apply(page(1, [keys(1), claimed(1, 1), claimed(1, 2)]), NOW))
    assert lists.claims == lists_of(journal).claims == {(1, NOW): 1}


def test_claims_outlive_their_log_and_go_with_their_codes(journal: Journal) -> None:
    lists = lists_of(journal)
    journal.write([], lists.apply(page(1, [keys(1), claimed(1, 0), claimed(2, 0)]), NOW))
    journal.write([], lists.apply(page(1, [keys(1)], log="log-2"), NOW))
    journal.write([], lists.forget_claims({(1, NOW), (9, NOW)}))
    assert lists.claims == lists_of(journal).claims == {(2, NOW): 0}
