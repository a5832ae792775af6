"""What central has told this machine: keys, editions, allowed cards, denials.

Kept in the journal file, so a machine that wakes without a network knows what it knew.
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
    """A page that is not central's, or not for this machine. The text is a sentence for who stands in front of it."""


class PageTooFar(PageRefused):
    """A page that does not follow on what was read: one before it was lost, and asking again brings it."""


class OfficeLists:
    """The state that the pages of central's log add up to.

    `seen` is how far the log is read. `read_until` is the wall time of the newest page, 0 before any: a card issued
    later than that may be unknown here and good.
    """

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
        """Read a page; what is to be remembered of it, nothing if all of it was known.

        `wall` is the machine's wall time, 0 while it does not know it. Raises PageRefused or PageTooFar, and nothing
        has changed then.
        """
        entries = [bytes(entry) for entry in page.entries]
        try:
            decoded = [decode_entry(entry) for entry in entries]
        except Malformed as error:
            raise PageRefused(_refusal(str(error))) from error
        self._check_signature(page, entries, decoded, wall or None)
        fresh = page.log != self.seen.log
        known = 0 if fresh else self.seen.number
        if page.first > known + 1:
            raise PageTooFar(_refusal(f"{known + 1} < {page.first}"))
        if page.first + len(entries) - 1 <= known:
            return []
        keeps = self._forget_all() if fresh else []
        for number, (entry, body) in enumerate(zip(decoded, entries, strict=True), page.first):
            if number > known:
                self._take(entry)
                keeps.append(Keep("down", f"{number:09}", body))
        self.seen = Seen(page.log, page.first + len(entries) - 1)
        self.read_until = max(self.read_until, wall)
        keeps.append(Keep("down-seen", "", encode(self.seen)))
        keeps.append(Keep("down-read-until", "", encode(self.read_until)))
        return keeps

    def edition_for(self, day: date | None) -> Edition | None:
        """The newest edition valid on `day`; with no known day, the newest of all. None before the first came."""
        valid = [edition for edition in self.editions.values() if day is None or edition.valid_from <= day]
        return max(valid, key=lambda edition: edition.number, default=None)

    def _check_signature(
        self, page: DownPage, entries: list[bytes], decoded: list[AnyEntry], at: int | None
    ) -> None:
        # A new key set may stand in the very page it signs: the root's signature on the set is what counts.
        keys = self.keys
        for entry in decoded:
            if isinstance(entry, KeysHeld):
                keys = self._newer(keys, entry)
        key = keys.find(Use.DOWN, page.kid, at)
        body = down_body(self._device, page.log, page.first, entries)
        if key is None or not check(Use.DOWN, body, _unhex(page.signature), key.public):
            raise PageRefused(_refusal(f"kid {page.kid}"))

    def _newer(self, keys: KeySet, entry: KeysHeld) -> KeySet:
        """The entry's set, unless it is older than `keys`: an old one, once signed, opens for ever."""
        opened = open_key_set(_unhex(entry.packed), self._root_public)
        return keys if opened is None or opened.number < keys.number else opened

    def _forget_all(self) -> list[Keep]:
        gone = [Keep("down", f"{number:09}", None) for number in range(1, self.seen.number + 1)]
        self._parts.clear()
        self.cards.clear()
        self.denied.clear()
        return gone

    def _take(self, entry: AnyEntry) -> None:
        match entry:
            case KeysHeld():
                self.keys = self._newer(self.keys, entry)
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


def _unhex(text: str) -> bytes:
    """The bytes; none for a text that is no hex, which no signature is."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _refusal(detail: str) -> str:
    return (
        f"役場からの知らせを受け取れません（{detail}）。続くときは事務所へ連絡してください。 / "
        f"News from the office cannot be taken ({detail}); if this goes on, call the office."
    )
