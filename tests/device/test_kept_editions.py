"""Editions on a machine: whole on the disk, unpacked only where they are needed, and let go of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from device.journal import Journal, Keep
from device.office_lists import KEPT_DAYS, OfficeLists
from rules.messages.codec import encode
from rules.messages.edition_file import pack_edition, seal_edition, split_edition
from rules.messages.link import DownPage, EditionWithdrawn
from rules.network.edition import Edition
from rules.passes.seal import Use, sign
from tests.device.office_desk import DEVICE, DOWN, KID, ROOT_PUBLIC, edition_parts, keys, page
from tests.ride.builders import edition

NOW = 1_790_000_000
OCTOBER = date(2026, 10, 1)
START_S = 0.5


@dataclass
class Machine:
    """A machine's lists and the journal they are kept in."""

    journal: Journal
    lists: OfficeLists

    def apply(self, given: DownPage) -> None:
        self.journal.write([], self.lists.apply(given, NOW))

    def release(self, day: date | None, *needed: int) -> None:
        self.journal.write([], self.lists.release(day, set(needed)))

    def restart(self) -> None:
        self.lists = OfficeLists(DEVICE, ROOT_PUBLIC)
        self.lists.load(self.journal)

    @property
    def in_memory(self) -> set[int]:
        return set(self.lists.editions._held)

    @property
    def on_disk(self) -> list[int]:
        return [int(key) for key in self.journal.recall_all("edition")]

    def holds(self, day: date | None) -> int:
        found = self.lists.edition_for(day)
        return found.number if found else 0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        lists = OfficeLists(DEVICE, ROOT_PUBLIC)
        lists.load(journal)
        yield Machine(journal, lists)


def numbered(number: int, valid_from: date = date(2026, 1, 1)) -> Edition:
    return replace(edition(number), valid_from=valid_from)


def all_parts(*editions: Edition) -> DownPage:
    return page(1, [keys(1), *(part for each in editions for part in edition_parts(each))])


def test_parts_give_way_to_the_edition_and_the_log_goes_on_behind_them(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1)))
    assert list(machine.journal.recall_all("down")) == ["000000001"]
    machine.restart()
    assert machine.lists.seen.number == 4
    assert machine.lists.editions[1] == numbered(1)
    machine.apply(page(5, edition_parts(numbered(2))))
    assert machine.on_disk == [1, 2]


def test_nothing_is_unpacked_before_it_is_asked_for(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2, OCTOBER)))
    machine.restart()
    assert machine.in_memory == set()
    assert machine.holds(OCTOBER - timedelta(days=1)) == 1
    assert machine.in_memory == {1}


def test_in_memory_stays_what_is_in_force_or_needed(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2), numbered(3), numbered(4, OCTOBER)))
    machine.release(date(2026, 9, 1), 1)
    assert (machine.in_memory, machine.on_disk) == ({1, 3}, [1, 3, 4])


def test_a_replaced_edition_goes_after_its_days_and_never_while_it_is_needed(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2, OCTOBER)))
    last = OCTOBER + timedelta(days=KEPT_DAYS - 2)
    machine.release(last)
    assert machine.on_disk == [1, 2]
    machine.release(last + timedelta(days=1), 1)
    assert machine.on_disk == [1, 2]
    machine.release(last + timedelta(days=1))
    assert machine.on_disk == [2]
    machine.restart()
    assert list(machine.lists.editions) == [2]


def test_while_the_day_is_unknown_only_what_is_withdrawn_goes(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2), numbered(3)))
    machine.apply(page(11, [EditionWithdrawn(2)]))
    machine.release(None)
    assert machine.on_disk == [1, 3]


def test_a_withdrawn_edition_holds_on_no_day_and_stays_for_those_who_need_it(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2)))
    machine.apply(page(8, [EditionWithdrawn(2)]))
    machine.release(OCTOBER, 2)
    for _ in range(2):
        assert (machine.holds(OCTOBER), machine.holds(None)) == (1, 1)
        assert machine.lists.editions[2] == numbered(2)
        machine.restart()


def test_an_edition_sent_again_changes_nothing_where_it_still_is(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1)))
    held = machine.lists.editions[1]
    machine.apply(page(5, edition_parts(numbered(1))))
    assert machine.lists.editions[1] is held
    assert list(machine.journal.recall_all("down")) == ["000000001"]


def test_an_edition_let_go_of_comes_back_when_it_is_sent_again(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2)))
    machine.release(OCTOBER)
    assert machine.on_disk == [2]
    machine.apply(page(8, [EditionWithdrawn(2), *edition_parts(numbered(1))]))
    assert machine.holds(OCTOBER) == 1


def test_editions_of_another_log_hold_until_the_new_one_brings_its_first(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(7)))
    machine.apply(page(1, [keys(1), *edition_parts(numbered(1))[:2]], log="log-2"))
    for _ in range(2):
        machine.release(OCTOBER)
        assert machine.holds(OCTOBER) == 7
        machine.restart()
    machine.apply(page(4, edition_parts(numbered(1))[2:], log="log-2"))
    machine.release(OCTOBER, 7)
    for _ in range(2):
        assert machine.holds(OCTOBER) == 1
        assert machine.on_disk == [1, 7]
        machine.restart()
    machine.release(OCTOBER)
    assert machine.on_disk == [1]
    assert machine.journal.recall("editions-inherited", "") is None


def test_a_damaged_file_is_no_edition_and_the_one_before_holds(machine: Machine) -> None:
    machine.apply(all_parts(numbered(1), numbered(2)))
    machine.journal.write([], [Keep("edition", "000000002", b"\x00" * 200)])
    machine.restart()
    machine.lists.edition_for(OCTOBER)
    assert machine.holds(OCTOBER) == 1


def test_parts_that_lie_whole_in_the_journal_become_an_edition_at_the_start(machine: Machine) -> None:
    bodies = [encode(each) for each in (keys(1), *edition_parts(numbered(1)))]
    machine.journal.write([], [Keep("down", f"{at:09}", body) for at, body in enumerate(bodies, start=1)])
    machine.restart()
    assert machine.holds(OCTOBER) == 1
    assert (machine.on_disk, list(machine.journal.recall_all("down"))) == ([1], ["000000001"])


def test_a_start_with_the_largest_feed_in_many_editions_is_quick(machine: Machine, shared_data: Path) -> None:
    from central.network.feeds.open_feed import read_feed

    draft = read_feed(shared_data / "gtfs" / "donanbus_2020").draft
    first = 2
    machine.apply(page(1, [keys(1)]))
    for number in range(1, 6):
        packed = pack_edition(replace(draft, number=number, valid_from=date(2020, number, 1)))
        sealed = seal_edition(packed, KID, lambda body: sign(Use.DOWN, body, DOWN))
        parts = split_edition(number, sealed)
        machine.apply(page(first, parts))
        first += len(parts)
    # Computing alone is counted: how long others had the processor says nothing of it.
    start = time.process_time()
    machine.restart()
    assert machine.holds(date(2020, 4, 2)) == 4
    assert time.process_time() - start < START_S
    assert machine.in_memory == {4}
