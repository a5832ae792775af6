"""Messages to bytes and back. JSON, so that people can read the wire; bytes that came in are never made again."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from rules.messages.bounds import MAX_WHOLE
from rules.messages.events import AnyEvent
from rules.messages.link import AnyEntry, Word

T = TypeVar("T")

_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_entry: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


class Malformed(ValueError):
    """Bytes that are not the message they were taken for. The text says where."""


def encode(message: object) -> bytes:
    """A message, event or value of ours as JSON."""
    return msgspec.json.encode(message)


def decode(data: bytes, kind: type[T]) -> T:
    """JSON back into a `kind`. Raises Malformed."""
    # ValueError: msgspec's own errors, and Python's for bytes that are no UTF-8.
    try:
        return msgspec.json.decode(data, type=kind)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error


def decode_event(data: bytes) -> AnyEvent:
    """One journal record. Raises Malformed."""
    try:
        event = _event.decode(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    # An Instant also stands where nothing is decoded, so it does not bound its numbers itself.
    if max(abs(event.at.wall), abs(event.at.mono_ms)) > MAX_WHOLE:
        raise Malformed("at")
    return event


def decode_entry(data: bytes) -> AnyEntry:
    """One entry of central's log for machines. Raises Malformed."""
    try:
        return _entry.decode(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error


def first_hash(device: str, epoch: str) -> bytes:
    """hash_0 of a journal."""
    return hashlib.sha256(f"yukemuri/journal/v1{device}{epoch}".encode()).digest()


def next_hash(previous: bytes, record: bytes) -> bytes:
    """hash_n from hash_{n-1} and the exact bytes of record n."""
    return hashlib.sha256(previous + record).digest()


def batch_body(device: str, epoch: str, first: int, count: int, last_hash: str) -> bytes:
    """What a batch's signature covers. The chain's hash covers the records."""
    return f"{device}\n{epoch}\n{first}\n{count}\n{last_hash}".encode()


def word_body(device: str, word: Word) -> bytes:
    """What the signature of central's word covers: everything, and the machine it is said to."""
    kind = type(word).__name__.lower()
    return f"{kind}\n{device}\n{word.epoch}\n{word.number}\n{word.hash}\n{word.at}\n{word.session}".encode()


def down_body(device: str, log: str, first: int, entries: list[bytes]) -> bytes:
    """What a down page's signature covers: the machine it is for, the numbers and the exact entries."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(len(entry).to_bytes(4, "big") + entry)
    return f"{device}\n{log}\n{first}\n{len(entries)}\n{digest.hexdigest()}".encode()


def next_digest(digest: str, entry: bytes) -> str:
    """What stands for central's log up to an entry, in hex; "" before the first."""
    return hashlib.sha256(digest.encode() + b"\n" + entry).hexdigest()
