"""What central has told this machine: keys, editions, allowed cards, denials. Kept in the journal file, so a machine
that wakes without a network knows what it knew.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import Malformed, decode, decode_entry, down_body, encode
from rules.messages.edition_file import join_edition, open_edition
from rules.messages.link import CardAllowed, DownPage, EditionPart, KeysHeld, PassDenied, Seen
from rules.passes.key_set import KeySet, open_key_set
from rules.passes.seal import Use, check

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.messages.link import AnyEntry
    from rules.network.edition import Edition

NO_KEYS = KeySet(0, ())


class PageRefused(Exception):
    """A page that central's keys did not sign, or that does not follow on what was read. The text says which."""


class OfficeLists:
    """The state that the pages of central's log add up to."""

    def __init__(self, device: str, root_public: bytes) -> None:
        self._device = device
        self._root_public = root_public
        self._parts: dict[int, dict[int, EditionPart]] = defaultdict(dict)
        self.keys = NO_KEYS
        self.editions: dict[int, Edition] = {}
        self.cards: set[str] = set()
        self.denied: set[str] = set()
        self.seen = Seen("", 0)
        self.read_until = 0

    def load(self, journal: Journal) -> None:
        """Take up what the journal file remembers."""
        for body in journal.recall_all("down").values():
            self._take(decode_entry(body))
        if seen := journal.recall("down-seen", ""):
            self.seen = decode(seen, Seen)
        if read_until := journal.recall("down-read-until", ""):
            self.read_until = decode(read_until, int)

    def apply(self, page: DownPage, wall: int) -> list[Keep]:
        """Read a page; what is to be remembered of it. Raises PageRefused, and nothing has changed then.

        `wall` is the machine's wall time, 0 while it does not know it.
        """
        entries = [bytes(entry) for entry in page.entries]
        fresh = page.log != self.seen.log
        known = 0 if fresh else self.seen.number
        if page.first > known + 1:
            raise PageRefused(f"entry {known + 1} is wanted, the page begins with {page.first}")
        try:
            decoded = [decode_entry(entry) for entry in entries]
        except Malformed as error:
            raise PageRefused(str(error)) from error
        self._check_signature(page, entries, decoded)
        keeps = self._forget_all() if fresh else []
        for number, (entry, body) in enumerate(zip(decoded, entries, strict=True), page.first):
            if number > known:
                self._take(entry)
                keeps.append(Keep("down", f"{number:09}", body))
        self.seen = Seen(page.log, max(known, page.first + len(entries) - 1))
        self.read_until = max(self.read_until, wall)
        keeps.append(Keep("down-seen", "", encode(self.seen)))
        keeps.append(Keep("down-read-until", "", encode(self.read_until)))
        return keeps

    def edition_for(self, day: date | None) -> Edition | None:
        """The newest edition valid on `day`; with no known day, the newest of all. None before the first came."""
        valid = [edition for edition in self.editions.values() if day is None or edition.valid_from <= day]
        return max(valid, key=lambda edition: edition.number, default=None)

    def _check_signature(self, page: DownPage, entries: list[bytes], decoded: list[AnyEntry]) -> None:
        # A new key set may stand in the very page it signs: the root's signature on the set is what counts.
        keys = self.keys
        for entry in decoded:
            if isinstance(entry, KeysHeld):
                keys = self._open_keys(entry) or keys
        key = keys.find(Use.DOWN, page.kid, None)
        body = down_body(self._device, page.log, page.first, entries)
        if key is None or not check(Use.DOWN, body, bytes.fromhex(page.signature), key.public):
            raise PageRefused(f"the page is not signed by a key we know (kid {page.kid})")

    def _open_keys(self, entry: KeysHeld) -> KeySet | None:
        try:
            return open_key_set(bytes.fromhex(entry.packed), self._root_public)
        except ValueError:
            return None

    def _forget_all(self) -> list[Keep]:
        gone = [Keep("down", f"{number:09}", None) for number in range(1, self.seen.number + 1)]
        self._parts.clear()
        self.cards.clear()
        self.denied.clear()
        return gone

    def _take(self, entry: AnyEntry) -> None:
        match entry:
            case KeysHeld():
                keys = self._open_keys(entry)
                if keys is not None and keys.number >= self.keys.number:
                    self.keys = keys
            case CardAllowed(pass_id):
                self.cards.add(pass_id)
            case PassDenied(pass_id):
                self.denied.add(pass_id)
            case EditionPart():
                self._take_part(entry)

    def _take_part(self, entry: EditionPart) -> None:
        parts = self._parts[entry.number]
        parts[entry.part] = entry
        if len(parts) < entry.parts:
            return
        del self._parts[entry.number]
        try:
            edition = open_edition(join_edition(list(parts.values())), self._check_edition)
        except Malformed:
            # An edition that is damaged or not the office's is no edition; the one before it stays in force.
            return
        self.editions[edition.number] = edition

    def _check_edition(self, kid: int, body: bytes, signature: bytes) -> bool:
        key = self.keys.find(Use.DOWN, kid, None)
        return key is not None and check(Use.DOWN, body, signature, key.public)
