"""The numbered log of what machines must know: each says how far it has read and gets the rest, a page at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from central.database.transaction import Connection
from central.devices import store
from rules.messages.codec import down_body, encode, next_digest, word_body
from rules.messages.link import AnyEntry, DownPage, Seen, Word
from rules.passes.seal import SigningKey, Use, sign

AnyWord = TypeVar("AnyWord", bound=Word)

MAX_PAGE_BYTES = 48 * 1024
"""Of a page as it is sent."""
MAX_ENTRY_BYTES = 40 * 1024
MAX_PAGE_ENTRIES = 256
ANEW_S = 3_600
_NAME_BYTES = 8
_AROUND_BYTES = 1024
"""Room for what stands around a page's entries: log, numbers, signature."""


@dataclass(frozen=True, slots=True)
class DownKey:
    """The office's key for what goes to machines."""

    kid: int
    private: SigningKey

    def sign(self, body: bytes) -> bytes:
        """64 bytes, use "down"."""
        return sign(Use.DOWN, body, self.private)

    def sign_word(self, device: str, word: AnyWord) -> AnyWord:
        """The word as it is said to `device`."""
        signature = sign(Use.WORD, word_body(device, word), self.private)
        return msgspec.structs.replace(word, kid=self.kid, signature=signature.hex())

    def sign_stick(self, digest: bytes) -> bytes:
        """64 bytes, for a file that is carried by hand."""
        return sign(Use.STICK, digest, self.private)


def append(connection: Connection, entry: AnyEntry) -> int:
    """The entry's number. Raises ValueError for one that has no room in a page."""
    return append_all(connection, [entry])


def append_all(connection: Connection, entries: Iterable[AnyEntry]) -> int:
    """The number of the log's last entry then. Raises ValueError for an entry that has no room in a page."""
    number, digest = store.end_of_log(connection)
    rows: list[tuple[int, bytes, str]] = []
    for entry in entries:
        number, body = number + 1, encode(entry)
        if len(body) > MAX_ENTRY_BYTES:
            message = f"an entry of {len(body)} bytes is longer than {MAX_ENTRY_BYTES}"
            raise ValueError(message)
        digest = next_digest(digest, body)
        rows.append((number, body, digest))
    store.add_entries(connection, rows)
    return number


def follows_log(connection: Connection, seen: Seen) -> bool:
    """Whether what a machine has read is this log's beginning: not so where the log was set back to a backup."""
    if seen.log != store.log_epoch(connection):
        return True
    return store.digest_at(connection, seen.number) == seen.digest


def begin_log(connection: Connection) -> None:
    """Name the log."""
    store.put_log_epoch(connection, secrets.token_hex(_NAME_BYTES))


def begin_log_anew(connection: Connection, now: int) -> None:
    """Give the log another name: every machine forgets what it has read, and gets all of it.

    At most once in ANEW_S, since one machine's word is enough for it.
    """
    last = store.log_begun_at(connection)
    if last is not None and abs(now - last) < ANEW_S:
        return
    store.put_log_begun_at(connection, now)
    begin_log(connection)


def page_after(connection: Connection, key: DownKey, device: str, seen: Seen) -> DownPage | None:
    """What follows on what `device` has seen, as much as a page holds, signed for it. None if it has seen all.

    A machine that has read another log gets everything again.
    """
    log = store.log_epoch(connection)
    if log is None:
        return None
    last = store.last_entry(connection)
    known = seen.number if seen.log == log and 0 <= seen.number <= last else 0
    entries = _fitting(store.entries_after(connection, known, MAX_PAGE_ENTRIES))
    if not entries:
        return None
    signature = key.sign(down_body(device, log, known + 1, entries)).hex()
    return DownPage(log, known + 1, [msgspec.Raw(entry) for entry in entries], key.kid, signature)


def pages_after(connection: Connection, key: DownKey, device: str, seen: Seen) -> Iterator[DownPage]:
    """All that follows on what `device` has seen, page by page."""
    page = page_after(connection, key, device, seen)
    while page is not None:
        yield page
        seen = Seen(page.log, page.first + len(page.entries) - 1)
        page = page_after(connection, key, device, seen)


def _fitting(entries: list[bytes]) -> list[bytes]:
    size = _AROUND_BYTES
    for count, entry in enumerate(entries):
        size += len(entry) + 1
        if size > MAX_PAGE_BYTES:
            return entries[:count]
    return entries
