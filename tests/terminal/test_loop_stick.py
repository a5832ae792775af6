"""The loop answers for its journal while it serves riders: a question is a fact like any other."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from device.fact_queue import MAX_FACTS
from device.facts import Asked, LinkUp
from device.reading_out import ReadQuestion
from device.stick.carry import Exported, Imported, Machine, export_lines, hand_in
from device.stick.commands import EXPORT, handlers
from device.stick.desk import Question
from rules.messages.codec import decode, encode
from rules.messages.link import Ack, Hello
from rules.messages.stick import Header, StickRefused, StickWriter
from rules.messages.topics import Channel
from rules.passes.key_set import Key, KeySet
from rules.passes.seal import Use, public_bytes, sign
from terminal.facts import TripDone
from tests.device.office_desk import DOWN, FOR_EVER, KID
from tests.terminal.loop_bench import UNIT, Table, World, bus_on

VILLAGE = "ohkura"


@pytest.fixture
def table(world: World) -> Iterator[Table]:
    with bus_on(world) as bus:
        bus.lists.keys = KeySet(
            1, (*bus.lists.keys.keys[:2], Key(KID, Use.DOWN, public_bytes(DOWN), 0, FOR_EVER))
        )
        yield bus


def machine(table: Table) -> Machine:
    return Machine(table.loop._bus.identity, VILLAGE)


def asking(table: Table, question: Question | ReadQuestion) -> object:
    replies: queue.Queue[object] = queue.Queue(1)
    table.do(Asked(question, replies.put_nowait))
    return replies.get_nowait()


def answer_of(table: Table, number: int, session: str) -> bytes:
    """The office's word that it holds records up to `number`."""
    found, epoch = table.journal.hash_at(number), table.journal.epoch
    assert found is not None
    header = Header(sender="central", to=UNIT, village=VILLAGE, epoch=epoch, session=session, kid=KID)
    writer = StickWriter()
    lines = [
        writer.header(header),
        writer.message(Channel.ACK, encode(Ack(epoch, number, found.hex()))),
    ]
    return b"".join(lines) + writer.end(sign(Use.STICK, writer.digest, DOWN))


def test_riders_are_served_between_two_batches(table: Table, world: World) -> None:
    table.set_out()
    for _ in range(70):
        table.drive_to(0, 1.0)
        table.show(world.office.phone().code(world.moment))
    before = table.journal.last.number
    lines = export_lines(machine(table), lambda question: asking(table, question), "s1")
    for _ in range(4):  # the header, the two greetings, the first records
        next(lines)
    assert table.show(world.office.phone().code(world.moment)) is not None
    assert table.journal.last.number == before + 1
    *_, exported = lines
    assert isinstance(exported, Exported)
    assert (exported.first, exported.last, exported.left) == (1, before, 0)


def test_the_answer_moves_the_cursor_and_the_link_says_hello_again(table: Table) -> None:
    table.set_out()
    table.do(LinkUp())
    number = table.journal.last.number
    answer = answer_of(table, number, "s1")
    imported = hand_in(machine(table), lambda question: asking(table, question), answer)
    assert isinstance(imported, Imported)
    assert (imported.acknowledged, table.journal.waiting) == (number, 0)
    hellos = [decode(payload, Hello).acknowledged for payload in table.link.sent(Channel.HELLO)]
    assert hellos == [0, number]


def test_without_a_link_nothing_is_said(table: Table) -> None:
    table.set_out()
    answer = answer_of(table, table.journal.last.number, "s1")
    hand_in(machine(table), lambda question: asking(table, question), answer)
    assert table.link.sent(Channel.HELLO) == []


def test_a_loop_that_is_drowned_is_said_to_be_busy(table: Table) -> None:
    for _ in range(MAX_FACTS):
        assert table.loop.report(TripDone())
    with pytest.raises(StickRefused, match="busy"):
        next(iter(handlers(machine(table), table.loop.report)[EXPORT](b"")))
