"""A file that carries the messages of the link by hand, for a machine without a connection.

Lines of JSON, so that people can read it:

| line | content |
|---|---|
| first | `Header`: whose it is, for whom, about which journal |
| then | `Message`: one as it would travel on the link, its payload byte for byte |
| last | `End`: Ed25519, use "stick", over the SHA-256 of every byte before this line |

A machine writes `hello`, `seen` and its records (`up`), signed by its own key; the office answers with `ack` (or
`cursor`, where something is missing) and pages (`down`), signed by its key for pages. Nothing of a file counts before
the signature is checked, and then all of it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from rules.messages.bounds import Whole
from rules.messages.codec import Malformed, decode, encode
from rules.messages.topics import Channel

FORMAT = "stick/1"
CENTRAL = "central"
"""Who speaks for the office. What a file is, its first message says: a machine may have this name."""
MAX_STICK_BYTES = 64 * 1024 * 1024
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Of the office's file: a bus reads it beside its work. What has no room comes with the next."""
MAX_LINE_BYTES = 64 * 1024
MAX_LINES = 50_000
MAX_NAME = 64
MAX_DETAIL = 80

FROM_MACHINE = (Channel.HELLO, Channel.SEEN, Channel.UP)
"""A machine's messages: the first two once, in this order, then any number of the third."""
FROM_OFFICE = (Channel.CURSOR, Channel.ACK, Channel.DOWN)
"""The office's: one of the first two, then any number of the third."""


class StickRefused(Exception):
    """A file that is not taken, as a whole. The text is one sentence with the remedy."""

    def __init__(self, japanese: str, english: str, detail: str = "") -> None:
        # Out of a stranger's file, onto somebody's terminal.
        plain = "".join(each if each.isprintable() else "?" for each in detail[:MAX_DETAIL])
        tail = f" ({plain})" if plain else ""
        super().__init__(f"{japanese} / {english}{tail}")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """`session` names the machine's greeting that is in the file, or that the office answers.

    `epoch` is the machine's journal, `at` the writer's Unix second, `kid` the office's key.
    """

    yukemuri: str = FORMAT
    sender: str = msgspec.field(name="from")
    to: str
    village: str
    epoch: str
    session: str
    at: Whole = 0
    kid: Whole = 0


class Message(msgspec.Struct, frozen=True):
    """One message of the link."""

    channel: Channel
    payload: msgspec.Raw


class End(msgspec.Struct, frozen=True):
    """The signature, in hex."""

    signature: str


class _Format(msgspec.Struct):
    """What the first line of any file of ours says, whichever version wrote it."""

    yukemuri: str


@dataclass(frozen=True, slots=True)
class Stick:
    """A file taken apart. `digest` is what `signature` is of, and nobody has checked it yet."""

    header: Header
    messages: tuple[tuple[Channel, bytes], ...]
    digest: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def of(self, channel: Channel) -> Iterator[bytes]:
        """The payloads on one channel, in order."""
        return (payload for each, payload in self.messages if each is channel)


class StickWriter:
    """Makes the lines of one file, each with its newline. What was made is covered by the signature."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.size = 0

    def header(self, header: Header) -> bytes:
        """The first line."""
        return self._line(encode(header))

    def message(self, channel: Channel, payload: bytes) -> bytes:
        """A line. Raises ValueError for a payload that no reader would take."""
        return self._line(encode(Message(channel, msgspec.Raw(payload))))

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return self._digest.digest()

    def end(self, signature: bytes) -> bytes:
        """The last line."""
        return _end(signature)

    def _line(self, text: bytes) -> bytes:
        line = text + b"\n"
        if b"\n" in text or len(line) > MAX_LINE_BYTES:
            raise ValueError(f"a line of {len(line)} bytes has no place in a file")
        self._digest.update(line)
        self.size += len(line)
        return line


def read_stick(data: bytes, most: int = MAX_STICK_BYTES) -> Stick:
    """The parts of a file of at most `most` bytes, from a stranger's hand. Raises StickRefused."""
    if len(data) > most:
        raise damaged(f"{len(data)} bytes")
    _check_format(data)
    if not data.endswith(b"\n") or data.count(b"\n", 0, -1) >= MAX_LINES:
        raise damaged("not whole")
    lines = data.split(b"\n")[:-1]
    if len(lines) < 3 or max(map(len, lines)) >= MAX_LINE_BYTES:
        raise damaged(f"{len(lines)} lines")
    before = data[: len(data) - len(lines[-1]) - 1]
    try:
        header = decode(lines[0], Header)
        messages = tuple(_message(line) for line in lines[1:-1])
        signature = bytes.fromhex(decode(lines[-1], End).signature)
    except ValueError as error:
        raise damaged(str(error)) from error
    # One signature, one text: nothing can be changed in a file that stays good.
    if _end(signature) != lines[-1] + b"\n" or max(map(len, (header.epoch, header.session))) > MAX_NAME:
        raise damaged("end")
    return Stick(header, messages, hashlib.sha256(before).digest(), signature)


def expect_machine(stick: Stick) -> None:
    """Raises StickRefused for a file that no machine would write."""
    if stick.messages[0][0] in FROM_OFFICE:
        raise StickRefused(
            "これは役場からの返事です。バスの端末で import してください",
            "This is the office's answer: import it on the machine",
        )
    channels = [channel for channel, _ in stick.messages]
    if channels[:2] != [Channel.HELLO, Channel.SEEN] or any(each is not Channel.UP for each in channels[2:]):
        raise damaged("order")


def expect_office(stick: Stick) -> None:
    """Raises StickRefused for a file that no office would write."""
    if stick.messages[0][0] in FROM_MACHINE:
        raise StickRefused(
            "これは端末の記録です。役場で import し、返事のファイルを持ち帰ってください",
            "These are a machine's records: import them at the office, and bring back its answer",
        )
    channels = [channel for channel, _ in stick.messages]
    if channels[0] not in FROM_OFFICE[:2] or any(each is not Channel.DOWN for each in channels[1:]):
        raise damaged("order")


def damaged(detail: str) -> StickRefused:
    """For a file that is not what it was when it was written."""
    return StickRefused(
        "ファイルが途中で切れているか壊れています。何も取り込んでいません。書き出しからやり直してください",
        "The file is cut short or damaged, and nothing of it was taken: export it again",
        detail,
    )


def forged(detail: str) -> StickRefused:
    """For a file whose signature is not the one it should have."""
    return StickRefused(
        "ファイルの署名が合いません。何も取り込んでいません。書き出しからやり直してください",
        "The file's signature is wrong, and nothing of it was taken: export it again",
        detail,
    )


def _message(line: bytes) -> tuple[Channel, bytes]:
    message = decode(line, Message)
    if message.channel not in (*FROM_MACHINE, *FROM_OFFICE):
        raise Malformed(message.channel)
    return message.channel, bytes(message.payload)


def _check_format(data: bytes) -> None:
    first = data[:MAX_LINE_BYTES].partition(b"\n")[0]
    try:
        found = decode(first, _Format).yukemuri
    except Malformed as error:
        raise StickRefused(
            "ゆけむりのファイルではありません。ファイルを選び直してください",
            "This is no file of Yukemuri: choose another",
        ) from error
    if found != FORMAT:
        raise StickRefused(
            "このプログラムより新しい形式のファイルです。こちらを更新してください",
            "The file is of a newer kind than this program knows: update this side",
            found[:MAX_NAME],
        )


def _end(signature: bytes) -> bytes:
    return encode(End(signature.hex())) + b"\n"
