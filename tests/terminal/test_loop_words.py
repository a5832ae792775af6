"""What central says about the journal counts only with central's signature: a broker could make it up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Raw
from msgspec.structs import replace

from device import room as room_module
from device.facts import Heard, LinkUp
from rules.messages.codec import decode, encode
from rules.messages.link import Ack, Cursor, DownPage, Hello, KeysHeld, Word
from rules.messages.topics import Channel
from rules.passes.key_set import Key, KeySet, pack_key_set
from rules.passes.seal import Use, public_bytes
from tests.ride.builders import DOWN_KID, Office
from tests.terminal.loop_bench import UNIT, Table, World, bus_on


@pytest.fixture
def table(world: World) -> Iterator[Table]:
    with bus_on(world) as bus:
        bus.set_out()
        bus.do(LinkUp())
        yield bus


def word(table: Table, kind: type[Word], number: int) -> Word:
    """That central holds so many records of the journal, unsigned."""
    found = table.journal.hash_at(number)
    assert found is not None
    session = decode(table.link.sent(Channel.HELLO)[-1], Hello).session
    return kind(table.journal.epoch, number, found.hex(), at=int(table.world.wall), session=session)


def held_by_central(table: Table) -> None:
    """The office and the bus have spoken; two records are still on their way."""
    table.do(table.says(word(table, Cursor, 0)))
    table.do(table.says(word(table, Ack, table.journal.last.number - 2)))
    assert table.journal.waiting == 2


@pytest.mark.parametrize("kind", [Cursor, Ack])
@pytest.mark.parametrize("forge", ["unsigned", "stranger", "for another bus", "changed later", "another kid"])
def test_a_word_that_central_has_not_signed_for_this_bus_changes_nothing(
    table: Table, kind: type[Word], forge: str
) -> None:
    held_by_central(table)
    last, epoch = table.journal.last.number, table.journal.epoch
    office, real = table.world.office, word(table, kind, last)
    forged = {
        "unsigned": real,
        "stranger": Office().says(UNIT, real),
        "for another bus": office.says("bus-002", real),
        "changed later": replace(office.says(UNIT, real), at=real.at + 36 * 86_400),
        "another kid": replace(office.says(UNIT, real), kid=DOWN_KID + 1),
    }[forge]
    table.do(Heard(forged))
    assert (table.journal.epoch, table.journal.waiting) == (epoch, 2)
    table.do(Heard(office.says(UNIT, real)))
    assert table.journal.waiting == 0


def test_an_ack_does_not_pass_for_a_cursor(table: Table) -> None:
    ack = table.world.office.says(UNIT, word(table, Ack, 1))
    table.do(Heard(Cursor(ack.epoch, ack.number, ack.hash, ack.at, ack.session, ack.kid, ack.signature)))
    assert table.link.sent(Channel.UP) == []


def test_a_word_signed_for_an_earlier_greeting_is_not_heard_again(table: Table) -> None:
    old = table.says(word(table, Cursor, 0))
    table.do(LinkUp(), old)
    assert table.link.sent(Channel.UP) == []
    table.do(table.says(word(table, Cursor, 0)))
    assert len(table.link.sent(Channel.UP)) == 1


def changed_keys(table: Table) -> tuple[Office, DownPage]:
    """The office has a new key for what it says, and the page that tells so."""
    office = Office()
    key = Key(DOWN_KID, Use.DOWN, public_bytes(office.down_key), 0, 2**32 - 1)
    held = KeysHeld(pack_key_set(KeySet(2, (key,)), table.world.key).hex())
    return office, office.signed(UNIT, DownPage("log", 1, [Raw(encode(held))], DOWN_KID, ""))


def test_a_full_journal_empties_by_the_word_of_a_key_that_it_has_no_room_to_keep(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by_central(table)
    monkeypatch.setattr(room_module, "ALL_PERCENT", 0)
    table.wait(2)
    assert "full" in table.page.fault
    office, page = changed_keys(table)
    last = table.journal.last.number
    table.do(LinkUp(), Heard(office.says(UNIT, word(table, Cursor, last))))
    assert table.journal.waiting == 2
    table.do(Heard(page))
    table.do(Heard(office.says(UNIT, word(table, Cursor, last))))
    assert table.journal.waiting == 0


def test_a_bus_that_has_just_learnt_the_keys_greets_at_once(table: Table) -> None:
    _, page = changed_keys(table)
    table.do(Heard(page))
    table.do(Heard(page))
    assert len(table.link.sent(Channel.HELLO)) == 2
