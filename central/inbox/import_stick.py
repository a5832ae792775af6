"""Taking in a machine's file as if its messages had come over the link, and the office's answer to carry back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from central.devices.down_log import pages_after
from central.devices.list_incident import Incident, What, list_incident
from central.devices.store import find_device, village_served
from central.inbox.answer import Desk, Message
from central.inbox.listener import AT_ONCE
from central.inbox.store import find_journal, hashes_between, newest_record, refusals_after
from central.inbox.take_batch import cursor_for
from central.rides.store import count_rides_after, newest_ride
from rules.messages.codec import Malformed, decode, encode, first_hash
from rules.messages.link import Ack, Batch, Cursor, Hello, Seen
from rules.messages.stick import (
    CENTRAL,
    MAX_ANSWER_BYTES,
    MAX_LINE_BYTES,
    MAX_LINES,
    Header,
    Stick,
    StickRefused,
    StickWriter,
    damaged,
    expect_machine,
    forged,
    read_stick,
)
from rules.messages.topics import Channel, Topic
from rules.passes.seal import Use, check

if TYPE_CHECKING:
    from central.database.transaction import Connection
    from central.devices.data_folder import Office


@dataclass(frozen=True, slots=True)
class Brought:
    """A file whose signature is right, with its messages read."""

    stick: Stick
    hello: Hello
    seen: Seen
    batches: tuple[Batch, ...]

    @property
    def device(self) -> str:
        """Whose it is."""
        return self.stick.header.sender

    @property
    def end(self) -> tuple[int, str]:
        """Number and hash of the last record in it; of the journal's, where there is none."""
        if not self.batches:
            return self.hello.last_number, self.hello.last_hash
        last = self.batches[-1]
        return last.first + len(last.records) - 1, last.last_hash


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of it: records that are new here and those that were here, new ones that could not be applied.

    `word` is what the office says to it: an Ack, or a Cursor where it could not take in all of it.
    """

    device: str
    records: int
    known: int
    refused: int
    rides: int
    word: Ack | Cursor


def bring(office: Office, data: bytes, now: int) -> Brought:
    """Read a file and make sure whose it is. Raises StickRefused, and at most an incident is listed then."""
    stick = read_stick(data)
    expect_machine(stick)
    header = stick.header
    name = header.sender
    with office.database.read() as connection:
        device, village = find_device(connection, header.sender), village_served(connection)
    if device is None or village not in (None, header.village):
        raise StickRefused(
            "ここに登録のない端末のファイルです。その端末の役場で import してください",
            "The file is of a machine that is not registered here: import it at its own office",
            f"{header.village}/{name}",
        )
    if not check(Use.STICK, stick.digest, stick.signature, device.signing_key):
        raise forged(name)
    if device.revoked:
        with office.database.write() as connection:
            list_incident(connection, Incident(device.device, What.REVOKED_DEVICE, "stick"), now)
        raise StickRefused(
            "使用を止めた端末のファイルです。何も取り込まず、記録に残しました",
            "The file is of a machine that was revoked; nothing of it was taken, and the incident is listed",
            name,
        )
    try:
        return _read(stick)
    except Malformed as error:
        raise damaged(str(error)) from error


def take_in(office: Office, brought: Brought, now: int) -> TakenIn:
    """Answer its messages as the listener does, some at a time; again, it changes nothing. Raises DataUnusable."""
    header = brought.stick.header
    desk = Desk(header.village, office.keys.down)
    records = known = refused = rides = 0
    for messages, batches in _portions(brought):
        with office.database.write() as connection:
            old_news = not batches and _is_old_news(connection, brought)
            last_record, last_ride = newest_record(connection), newest_ride(connection)
            before = _held(connection, brought, batches)
            desk.answer_all(connection, messages[1:] if old_news else messages, now)
            records += _held(connection, brought, batches) - before
            known += before
            refused += sum(1 for reason in refusals_after(connection, last_record) if reason)
            rides += count_rides_after(connection, last_ride)
    with office.database.read() as connection:
        word = _word(connection, brought, now)
    return TakenIn(brought.device, records, known, refused, rides, word)


def answer_lines(office: Office, brought: Brought, word: Ack | Cursor, now: int) -> Iterator[bytes]:
    """The answer's file: the office's word, and all that the machine has not read of its log."""
    header, key, writer = brought.stick.header, office.keys.down, StickWriter()
    yield writer.header(
        Header(
            sender=CENTRAL,
            to=brought.device,
            village=header.village,
            epoch=header.epoch,
            session=header.session,
            at=now,
            kid=key.kid,
        )
    )
    yield writer.message(Channel.ACK if isinstance(word, Ack) else Channel.CURSOR, encode(word))
    lines = 3
    with office.database.read() as connection:
        for page in pages_after(connection, key, brought.device, brought.seen):
            lines += 1
            if writer.size > MAX_ANSWER_BYTES - 2 * MAX_LINE_BYTES or lines > MAX_LINES:
                # The machine says in its next file how far it has read.
                break
            yield writer.message(Channel.DOWN, encode(page))
    yield writer.end(key.sign_stick(writer.digest))


def _read(stick: Stick) -> Brought:
    (_, hello), (_, seen), *_ = stick.messages
    batches = tuple(decode(payload, Batch) for payload in stick.of(Channel.UP))
    brought = Brought(stick, decode(hello, Hello), decode(seen, Seen), batches)
    if any(each.epoch != stick.header.epoch or not each.records for each in batches):
        raise Malformed("epoch")
    if brought.hello.epoch != stick.header.epoch:
        raise Malformed("epoch")
    return brought


def _portions(brought: Brought) -> Iterator[tuple[Sequence[Message], Sequence[Batch]]]:
    """Messages for one transaction each: the two greetings, then records."""
    header = brought.stick.header

    def message(channel: Channel, payload: bytes) -> Message:
        return Message(str(Topic(header.village, header.sender, channel)), payload)

    messages = [message(*each) for each in brought.stick.messages]
    yield messages[:2], ()
    ups = messages[2:]
    for start in range(0, len(ups), AT_ONCE):
        yield ups[start : start + AT_ONCE], brought.batches[start : start + AT_ONCE]


def _is_old_news(connection: Connection, brought: Brought) -> bool:
    """Whether the journal is here as far as the machine told, and further: an old file is no journal set back."""
    hello = brought.hello
    ours = find_journal(connection, brought.device, hello.epoch)
    return (
        ours is not None
        and ours.number >= hello.last_number
        and _hash_at(connection, brought, hello.last_number) == hello.last_hash
    )


def _held(connection: Connection, brought: Brought, batches: Sequence[Batch]) -> int:
    """How many of these records are here."""
    if not batches:
        return 0
    last = batches[-1].first + len(batches[-1].records) - 1
    return len(hashes_between(connection, brought.device, brought.hello.epoch, batches[0].first, last))


def _hash_at(connection: Connection, brought: Brought, number: int) -> str | None:
    epoch = brought.hello.epoch
    if number == 0:
        return first_hash(brought.device, epoch).hex()
    return hashes_between(connection, brought.device, epoch, number, number).get(number)


def _word(connection: Connection, brought: Brought, now: int) -> Ack | Cursor:
    number, last_hash = brought.end
    cursor = cursor_for(connection, brought.device, brought.hello.epoch, now)
    has_all = cursor.number >= number and _hash_at(connection, brought, number) == last_hash
    return Ack(cursor.epoch, cursor.number, cursor.hash, now) if has_all else cursor
