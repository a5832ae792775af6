"""What central tells a machine: taken only from central, in order, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec
import pytest

from device.journal import Journal
from device.office_lists import OfficeLists, PageRefused, PageTooFar
from rules.messages.link import DownPage, EditionPart, PassDenied, Seen
from rules.passes.seal import Use
from tests.device.office_desk import (
    DEVICE,
    DOWN,
    KID,
    LOG,
    NEXT_DOWN,
    NEXT_KID,
    ROOT_PUBLIC,
    STRANGER,
    card,
    card_id,
    edition_parts,
    keys,
    page,
    unsigned,
)
from tests.ride.builders import edition

NOW = 1_790_000_000


@dataclass
class Machine:
    """A machine's lists and the journal they are kept in."""

    journal: Journal
    lists: OfficeLists

    def apply(self, given: DownPage, wall: int = NOW) -> None:
        self.journal.write([], self.lists.apply(given, wall))

    def restart(self) -> None:
        self.lists = OfficeLists(DEVICE, ROOT_PUBLIC)
        self.lists.load(self.journal)

    def state(self) -> tuple[object, ...]:
        lists = self.lists
        editions = {number: known.feed_version for number, known in lists.editions.items()}
        cards, denied = frozenset(lists.cards), frozenset(lists.denied)
        return lists.keys.number, editions, cards, denied, place(lists.seen), lists.read_until


def place(seen: Seen) -> tuple[str, int]:
    """Where in which log."""
    return seen.log, seen.number


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        yield Machine(journal, OfficeLists(DEVICE, ROOT_PUBLIC))


def refuses(machine: Machine, given: DownPage, error: type[PageRefused] = PageRefused) -> str:
    """The sentence; nothing has changed."""
    before = machine.state()
    with pytest.raises(error) as refusal:
        machine.apply(given)
    assert machine.state() == before
    machine.restart()
    assert machine.state() == before
    return str(refusal.value)


def test_pages_add_up_and_are_there_after_a_restart(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), *edition_parts(edition(1))[:2]]), NOW)
    machine.apply(page(4, [edition_parts(edition(1))[2], card(1), card(2)]), NOW + 60)
    machine.apply(page(7, [PassDenied(card_id(2), "lost")]), NOW + 120)
    expected = (1, {1: "1"}, {card_id(1), card_id(2)}, {card_id(2)}, (LOG, 7), NOW + 120)
    assert machine.state() == expected
    machine.restart()
    assert machine.state() == expected
    assert machine.lists.editions[1] == edition(1)


def test_an_edition_whose_parts_came_before_and_after_a_restart_is_whole(machine: Machine) -> None:
    first, *rest = edition_parts(edition(1))
    machine.apply(page(1, [keys(1), first]))
    machine.restart()
    machine.apply(page(3, rest))
    assert list(machine.lists.editions) == [1]


@pytest.mark.parametrize("signature", ["", "no hex", "00" * 64, "é"])
def test_an_unsigned_page_is_refused(machine: Machine, signature: str) -> None:
    machine.apply(page(1, [keys(1)]))
    sentence = refuses(machine, unsigned(page(2, [card(1)]), signature))
    assert sentence.count(" / ") == 1
    assert "call the office" in sentence


@pytest.mark.parametrize(
    "given",
    [
        page(2, [card(1)], signed_by=STRANGER),
        page(2, [card(1)], kid=9),
        page(2, [keys(2, (KID, STRANGER), root=STRANGER), card(1)], signed_by=STRANGER),
        page(2, [card(1)], device="bus-002"),
        unsigned(page(2, [card(1)]), page(2, [card(2)]).signature),
        unsigned(page(2, [card(1)]), page(3, [card(1)]).signature),
        unsigned(page(2, [card(1)]), page(2, [card(1)], log="log-2").signature),
    ],
    ids=[
        "unknown key",
        "unknown kid",
        "own root",
        "other machine",
        "other entry",
        "other number",
        "other log",
    ],
)
def test_a_page_that_is_not_centrals_for_this_machine_is_refused(machine: Machine, given: DownPage) -> None:
    machine.apply(page(1, [keys(1)]))
    refuses(machine, given)


def test_a_fresh_machine_takes_no_page_without_the_keys(machine: Machine) -> None:
    refuses(machine, page(1, [card(1)]))


def test_a_page_that_is_no_entry_of_ours_is_refused(machine: Machine) -> None:
    machine.apply(page(1, [keys(1)]))
    for body in (b'{"entry":"unheard-of"}', b'"\xff"', b"{"):
        refuses(machine, msgspec.structs.replace(page(2, [card(1)]), entries=[msgspec.Raw(body)]))


def test_a_page_too_far_ahead_waits_for_the_one_before_it(machine: Machine) -> None:
    machine.apply(page(1, [keys(1)]))
    refuses(machine, page(3, [card(2)]), PageTooFar)
    machine.apply(page(2, [card(1)]))
    machine.apply(page(3, [card(2)]))
    assert machine.lists.cards == {card_id(1), card_id(2)}


def test_a_page_of_a_new_log_must_begin_at_its_beginning(machine: Machine) -> None:
    machine.apply(page(1, [keys(1)]))
    refuses(machine, page(2, [card(1)], log="log-2"), PageTooFar)


def test_a_page_read_before_changes_nothing_and_leaves_nothing_to_keep(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), card(1)]))
    before = machine.state()
    assert machine.lists.apply(page(1, [keys(1), card(1)]), NOW + 999) == []
    assert machine.lists.apply(page(2, [card(1)]), NOW + 999) == []
    assert machine.state() == before


def test_a_page_known_in_part_adds_the_rest(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), card(1)]))
    keeps = machine.lists.apply(page(2, [card(1), card(2)]), NOW)
    assert [keep.key for keep in keeps if keep.kind == "down"] == ["000000003"]
    assert (place(machine.lists.seen), machine.lists.cards) == ((LOG, 3), {card_id(1), card_id(2)})


def test_a_new_log_replaces_the_lists_of_the_old_one(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), card(1), PassDenied(card_id(1), ""), card(2)]))
    machine.apply(page(1, [keys(1), card(3)], log="log-2"))
    expected: tuple[object, ...] = (1, {}, {card_id(3)}, set(), ("log-2", 2), NOW)
    assert machine.state() == expected
    machine.restart()
    assert machine.state() == expected


def test_lists_are_not_believed_to_be_newer_while_the_time_is_unknown(machine: Machine) -> None:
    machine.apply(page(1, [keys(1)]), NOW)
    machine.apply(page(2, [card(1)]), 0)
    assert machine.lists.read_until == NOW


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_damaged_edition_is_none_and_the_one_before_stays_in_force(machine: Machine, part: int) -> None:
    machine.apply(page(1, [keys(1), *edition_parts(edition(1))]))
    parts = edition_parts(edition(2))
    data = parts[part].data
    parts[part] = msgspec.structs.replace(parts[part], data=("B" if data[0] == "A" else "A") + data[1:])
    machine.apply(page(5, parts))
    in_force = machine.lists.edition_for(None)
    assert in_force is not None
    assert in_force.number == 1
    machine.apply(page(8, edition_parts(edition(2))))
    assert sorted(machine.lists.editions) == [1, 2]
    machine.restart()
    assert sorted(machine.lists.editions) == [1, 2]


def test_an_edition_that_somebody_else_sealed_is_none(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), *edition_parts(edition(1), signed_by=STRANGER)]))
    assert machine.lists.editions == {}


def test_parts_of_nonsense_are_none(machine: Machine) -> None:
    machine.apply(page(1, [keys(1), EditionPart(1, 7, 1, ""), EditionPart(2, 0, 1, "no base64 é")]))
    assert machine.lists.editions == {}


def test_a_newer_key_set_takes_over_within_the_page_it_signs(machine: Machine) -> None:
    machine.apply(page(1, [keys(1)]))
    newer = keys(2, (NEXT_KID, NEXT_DOWN))
    machine.apply(page(2, [newer, card(1)], kid=NEXT_KID, signed_by=NEXT_DOWN))
    assert (machine.lists.keys.number, machine.lists.cards) == (2, {card_id(1)})
    refuses(machine, page(4, [card(2)], signed_by=DOWN))


def test_an_old_key_set_neither_comes_back_nor_signs_its_page(machine: Machine) -> None:
    machine.apply(page(1, [keys(2, (NEXT_KID, NEXT_DOWN))], kid=NEXT_KID, signed_by=NEXT_DOWN))
    refuses(machine, page(2, [keys(1), card(1)], kid=KID, signed_by=DOWN))
    machine.apply(page(2, [keys(1)], kid=NEXT_KID, signed_by=NEXT_DOWN))
    assert machine.lists.keys.number == 2
    machine.restart()
    assert machine.lists.keys.number == 2
    assert machine.lists.keys.find(Use.DOWN, KID, None) is None


def test_a_key_signs_pages_only_within_its_time_as_far_as_it_is_known(machine: Machine) -> None:
    machine.apply(page(1, [keys(1, until=NOW + 10)]), NOW)
    machine.apply(page(2, [card(1)]), NOW + 9)
    with pytest.raises(PageRefused):
        machine.apply(page(3, [card(2)]), NOW + 10)
    machine.apply(page(3, [card(2)]), 0)


def test_the_edition_of_a_day_is_the_newest_that_is_valid_then(machine: Machine) -> None:
    assert machine.lists.edition_for(date(2026, 6, 1)) is None
    for number, valid_from in ((1, date(2026, 1, 1)), (3, date(2026, 9, 1)), (2, date(2026, 5, 1))):
        machine.lists.editions[number] = replace(edition(number), valid_from=valid_from)
    days = (date(2025, 12, 31), date(2026, 4, 30), date(2026, 5, 1), date(2026, 9, 1), None)
    found = [machine.lists.edition_for(day) for day in days]
    assert [each.number if each else None for each in found] == [None, 1, 2, 3, 3]
