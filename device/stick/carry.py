"""Making a file of what central lacks, and taking in its answer. Asks whoever owns the journal; opens no file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from device.outgoing import Packed
from device.stick.desk import BatchAfter, Begin, Begun, HandIn, PageIn, PageTaken, WordTaken
from rules.messages.codec import Malformed, decode, decode_entry
from rules.messages.link import Ack, Cursor, DownPage, KeysHeld
from rules.messages.stick import (
    CENTRAL,
    MAX_ANSWER_BYTES,
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_STICK_BYTES,
    Header,
    StickRefused,
    StickWriter,
    damaged,
    expect_office,
    read_stick,
)
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.identity import Identity
    from device.stick.desk import Ask, Question

R = TypeVar("R")

MAX_KEY_SETS = 16
"""Of one answer, the newest ones. More have never been needed, and each costs the loop a signature."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Whose file it is."""

    identity: Identity
    village: str


class Exported(msgspec.Struct, frozen=True):
    """What a file holds: `records`, from number `first` to `last` of journal `epoch`; `left` had no room in it."""

    epoch: str
    records: int
    first: int
    last: int
    left: int


class Imported(msgspec.Struct, frozen=True):
    """What an answer has changed: the office holds records up to `acknowledged`, `before` when it was imported.

    `waiting` are those it still lacks, `news` the entries of its log in pages that were new here. `problem` is a
    sentence where not all of it could be taken.
    """

    before: int
    acknowledged: int
    waiting: int
    news: int
    began_anew: bool
    other_journal: bool
    problem: str = ""


def export_lines(machine: Machine, ask: Ask, session: str) -> Iterator[bytes | Exported]:
    """The lines of a new file, and at last what is in it. Raises StickRefused."""
    begun = _asked(ask, Begin(session), Begun)
    device = machine.identity.device
    header = Header(
        sender=device,
        to=CENTRAL,
        village=machine.village,
        epoch=begun.epoch,
        session=session,
        at=begun.at,
    )
    writer = StickWriter()
    yield writer.header(header)
    yield writer.message(Channel.HELLO, begun.hello)
    yield writer.message(Channel.SEEN, begun.seen)
    number, lines = begun.after, 4
    while number < begun.last and writer.size <= MAX_STICK_BYTES - 2 * MAX_LINE_BYTES and lines < MAX_LINES:
        packed = _asked(ask, BatchAfter(begun.epoch, number, begun.last), Packed)
        yield writer.message(Channel.UP, packed.payload)
        number, lines = packed.last, lines + 1
    yield writer.end(machine.identity.sign_stick(writer.digest))
    yield Exported(begun.epoch, number - begun.after, begun.after + 1, number, begun.last - number)


def hand_in(machine: Machine, ask: Ask, data: bytes) -> Imported:
    """Take in the office's answer. Raises StickRefused, and nothing has changed then."""
    stick = read_stick(data, MAX_ANSWER_BYTES)
    expect_office(stick)
    header = stick.header
    if (header.to, header.village) != (machine.identity.device, machine.village):
        raise StickRefused(
            "ほかの端末あての返事です。この端末から書き出したファイルへの返事を選んでください",
            "This answer is for another machine: choose the one to this machine's own file",
            f"{header.village}/{header.to}",
        )
    try:
        channel, payload = stick.messages[0]
        word = decode(payload, Ack) if channel is Channel.ACK else decode(payload, Cursor)
        pages = [decode(each, DownPage) for each in stick.of(Channel.DOWN)]
        news = [key_set for page in pages for key_set in _key_sets(page)]
    except Malformed as error:
        raise damaged(str(error)) from error
    if word.epoch != header.epoch:
        raise damaged("epoch")
    taken = _asked(ask, HandIn(stick, word, tuple(news[-MAX_KEY_SETS:])), WordTaken)
    entries, problem = 0, ""
    try:
        for page in pages:
            if _asked(ask, PageIn(page, header.at, taken.is_newest), PageTaken).was_new:
                entries += len(page.entries)
    except StickRefused as refusal:
        problem = str(refusal)
    return Imported(
        taken.before,
        taken.acknowledged,
        taken.waiting,
        entries,
        taken.began_anew,
        taken.other_journal,
        problem,
    )


def _key_sets(page: DownPage) -> Iterator[KeysHeld]:
    for entry in page.entries:
        decoded = decode_entry(bytes(entry))
        if isinstance(decoded, KeysHeld):
            yield decoded


def _asked(ask: Ask, question: Question, kind: type[R]) -> R:
    """The reply, if it is of the kind that belongs to the question. Raises StickRefused for any other."""
    reply = ask(question)
    if isinstance(reply, StickRefused):
        raise reply
    if not isinstance(reply, kind):
        raise TypeError(f"{type(reply).__name__} instead of {kind.__name__}")
    return reply
