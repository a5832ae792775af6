"""What central has told this machine: keys, editions, allowed cards, denials, what passes' holds keep.

Kept in the journal file, so a machine that wakes without a network knows what it knew. Entries of the log stay there
one by one, except an edition's parts, which give way to the edition once it is whole, and the figures of holds, of
which each pass's last one stays; of claimed codes and kiosks' settings only this
machine's own are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from device.journal import Keep
from device.kept_editions import KeptEditions
from rules.messages.codec import Malformed, decode, decode_entry, down_body, encode, next_digest, word_body
from rules.messages.edition_file import join_edition, open_edition
from rules.messages.link import (
    CardAllowed,
    CodeClaimed,
    DownPage,
    EditionPart,
    EditionWithdrawn,
    HoldFigure,
    KeysHeld,
    KioskSet,
    KioskTerm,
    PassDenied,
    Seen,
)
from rules.network.in_force import Standing, in_force, standing
from rules.passes.key_set import KeySet, open_key_set
from rules.passes.seal import Use, check
from rules.ride.memory import KeptHold, heard

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.messages.link import AnyEntry, Word
    from rules.network.edition import Edition

NO_KEYS = KeySet(0, ())
KEPT_DAYS = 7
"""A replaced edition stays on the disk so long: withdrawing its successor soon brings it back at once."""


class PageRefused(Exception):
    """A page that is not central's, or not for this machine. The text is a sentence for who stands in front of it."""


class PageTooFar(PageRefused):
    """A page that does not follow on what was read: one before it was lost, and asking again brings it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an edition that is not whole yet, and the log's number of it."""

    number: int
    entry: EditionPart


class OfficeLists:
    """The state that the pages of central's log add up to.

    `seen` is how far the log is read. `read_until` is the wall time of the newest page, 0 before any: a card issued
    later than that may be unknown here and good. `inherited` are editions of an earlier log, in force only until
    this one has brought its first. `holds`, by pass, outlive their log: what a bus takes must never be counted from an
    older figure again. `claims` are this kiosk's own codes that somebody has claimed, by number and moment: how many
    more may; they too outlive their log, until `forget_claims`. `terms` are what the office has set for this kiosk, by
    the log's newest word of it.
    """

    def __init__(self, device: str, root_public: bytes) -> None:
        self._device = device
        self._root_public = root_public
        self._parts: dict[int, dict[int, _Part]] = defaultdict(dict)
        self.keys = NO_KEYS
        self.editions = KeptEditions()
        self.inherited: set[int] = set()
        self.withdrawn: set[int] = set()
        self.cards: set[str] = set()
        self.denied: set[str] = set()
        self.holds: dict[str, KeptHold] = {}
        self.claims: dict[tuple[int, int], int] = {}
        self.terms: list[KioskTerm] = []
        self.seen = Seen("", 0)
        self.read_until = 0

    def load(self, journal: Journal) -> None:
        """Take up what the journal file remembers."""
        self.editions.load(journal)
        if inherited := journal.recall("editions-inherited", ""):
            self.inherited = decode(inherited, set[int])
        self.holds = {key: decode(body, KeptHold) for key, body in journal.recall_all("hold").items()}
        for body in journal.recall_all("claimed").values():
            self._note_claim(decode(body, CodeClaimed))
        if terms := journal.recall("terms", ""):
            self.terms = decode(terms, list[KioskTerm])
        keeps: list[Keep] = []
        for key, body in journal.recall_all("down").items():
            keeps += self._take(decode_entry(body), int(key))
        if keeps:
            journal.write([], keeps)
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
        digest = "" if fresh else self.seen.digest
        for number, (entry, body) in enumerate(zip(decoded, entries, strict=True), page.first):
            if number > known:
                digest = next_digest(digest, body)
                keeps.append(Keep("down", f"{number:09}", body))
                keeps += self._take(entry, number)
        keeps += self._let_go_of_holds(wall)
        self.seen = Seen(page.log, page.first + len(entries) - 1, digest)
        self.read_until = max(self.read_until, wall)
        keeps.append(Keep("down-seen", "", encode(self.seen)))
        keeps.append(Keep("down-read-until", "", encode(self.read_until)))
        return keeps

    def has_signed(
        self, kid: int, digest: bytes, signature: bytes, news: Sequence[KeysHeld], at: int | None
    ) -> bool:
        """Whether a file carried by hand is the office's; `news` are key sets in that very file, oldest first."""
        keys = self.keys
        for entry in news:
            keys = self._newer(keys, entry)
        key = keys.find(Use.DOWN, kid, at)
        return key is not None and check(Use.STICK, digest, signature, key.public)

    def has_said(self, word: Word, at: int | None) -> bool:
        """Whether central's word about the journal is central's; `at` is the wall time, None while it is unknown."""
        key = self.keys.find(Use.DOWN, word.kid, at)
        body = word_body(self._device, word)
        return key is not None and check(Use.WORD, body, _unhex(word.signature), key.public)

    def learn_keys(self, page: DownPage) -> None:
        """Learn, for as long as the program runs, what key sets stand in a page that there is no room to take."""
        for body in page.entries:
            try:
                entry = decode_entry(bytes(body))
            except Malformed:
                continue
            if isinstance(entry, KeysHeld):
                self.keys = self._newer(self.keys, entry)

    def edition_for(self, day: date | None) -> Edition | None:
        """The edition in force on service day `day`; with no known day, the newest of all. None without one."""
        number = in_force(self._offered, self.withdrawn, day)
        return None if number is None else self.editions.get(number)

    def release(self, day: date | None, needed: AbstractSet[int]) -> list[Keep]:
        """Let go of the editions that no trip will begin by; what is to be forgotten on the disk.

        `day` is the service day, None while it is unknown: then only what is withdrawn goes. `needed` are the editions
        of the trip under way and of open rides. In memory stay only those and the one in force.
        """
        offered = self._offered
        over = [
            number for number in self.editions if number not in needed and self._is_over(offered, number, day)
        ]
        lately = self._lately_in_force(offered, day) if over else set()
        gone = [number for number in over if number not in lately]
        keeps = self.editions.forget(gone)
        if not self.inherited.isdisjoint(gone):
            self.inherited.difference_update(gone)
            keeps.append(self._keep_inherited())
        self.editions.put_down({*needed, in_force(self._offered, self.withdrawn, day) or 0})
        return keeps

    def forget_claims(self, codes: AbstractSet[tuple[int, int]]) -> list[Keep]:
        """Let go of what was claimed of these codes, which have ended; what is to be forgotten on the disk."""
        gone = sorted(self.claims.keys() & codes)
        for code in gone:
            del self.claims[code]
        return [Keep("claimed", _claim_key(*code), None) for code in gone]

    @property
    def _offered(self) -> dict[int, date]:
        """The first days of the editions of this log; of the earlier one's until it has brought one."""
        own = {
            number: first
            for number, first in self.editions.valid_from.items()
            if number not in self.inherited
        }
        return own or self.editions.valid_from

    def _lately_in_force(self, offered: dict[int, date], day: date | None) -> set[int | None]:
        days = [day - timedelta(days=back) for back in range(KEPT_DAYS)] if day else []
        return {in_force(offered, self.withdrawn, each) for each in days}

    def _is_over(self, offered: dict[int, date], number: int, day: date | None) -> bool:
        if number not in offered or number in self.withdrawn:
            return True
        return day is not None and standing(offered, self.withdrawn, number, day) is Standing.REPLACED

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
        gone = [_forgotten(number) for number in range(1, self.seen.number + 1)]
        self._parts.clear()
        self.cards.clear()
        self.denied.clear()
        self.withdrawn.clear()
        self.terms = []
        self.inherited = set(self.editions.valid_from)
        return [*gone, Keep("terms", "", None), self._keep_inherited()]

    def _keep_inherited(self) -> Keep:
        return Keep("editions-inherited", "", encode(self.inherited) if self.inherited else None)

    def _take(self, entry: AnyEntry, number: int) -> list[Keep]:
        """Take entry `number` of the log; what is to be remembered beside it, or in its place."""
        match entry:
            case KeysHeld():
                self.keys = self._newer(self.keys, entry)
            case CardAllowed(pass_id):
                self.cards.add(pass_id)
            case PassDenied(pass_id):
                self.denied.add(pass_id)
            case EditionWithdrawn(withdrawn):
                self.withdrawn.add(withdrawn)
            case HoldFigure():
                return [_forgotten(number), self._take_figure(entry)]
            case CodeClaimed():
                return [_forgotten(number), *self._take_claim(entry)]
            case KioskSet():
                return [_forgotten(number), *self._take_terms(entry)]
            case EditionPart():
                return self._take_part(entry, number)
        return []

    def _take_figure(self, entry: HoldFigure) -> Keep:
        rides = ((entry.epoch, entry.number),) if entry.device == self._device else ()
        news = KeptHold(entry.hold, entry.kept, entry.until, rides)
        self.holds[entry.pass_id] = known = heard(self.holds.get(entry.pass_id), news)
        return Keep("hold", entry.pass_id, encode(known))

    def _take_claim(self, entry: CodeClaimed) -> list[Keep]:
        if entry.kiosk != self._device or not self._note_claim(entry):
            return []
        return [Keep("claimed", _claim_key(entry.number, entry.moment), encode(entry))]

    def _note_claim(self, entry: CodeClaimed) -> bool:
        """Whether it says more than was known: a code never gets places back."""
        code = (entry.number, entry.moment)
        if code in self.claims and self.claims[code] <= entry.places_left:
            return False
        self.claims[code] = entry.places_left
        return True

    def _take_terms(self, entry: KioskSet) -> list[Keep]:
        if entry.kiosk != self._device:
            return []
        self.terms = entry.terms
        return [Keep("terms", "", encode(entry.terms))]

    def _let_go_of_holds(self, wall: int) -> list[Keep]:
        """Forget the holds of passes that have ended by `wall`, none while that is 0: nobody rides on them any more."""
        gone = [pass_id for pass_id, hold in self.holds.items() if hold.until < wall]
        for pass_id in gone:
            del self.holds[pass_id]
        return [Keep("hold", pass_id, None) for pass_id in gone]

    def _take_part(self, entry: EditionPart, number: int) -> list[Keep]:
        if entry.number in self.editions.valid_from and entry.number not in self.inherited:
            # Sent again for those who had let go of it; an edition never changes once it has a number.
            return [_forgotten(number)]
        parts = self._parts[entry.number]
        parts[entry.part] = _Part(number, entry)
        if len(parts) < entry.parts:
            return []
        del self._parts[entry.number]
        keeps = [_forgotten(part.number) for part in parts.values()]
        try:
            sealed = join_edition([part.entry for part in parts.values()])
            edition = open_edition(sealed, self._check_edition)
        except Malformed:
            # An edition that is damaged or not the office's is no edition; the one before it stays in force.
            return keeps
        keeps += self.editions.file(edition, sealed)
        if edition.number in self.inherited:
            self.inherited.discard(edition.number)
            keeps.append(self._keep_inherited())
        return keeps

    def _check_edition(self, kid: int, body: bytes, signature: bytes) -> bool:
        key = self.keys.find(Use.DOWN, kid, None)
        return key is not None and check(Use.DOWN, body, signature, key.public)


def _claim_key(number: int, moment: int) -> str:
    return f"{number}-{moment}"


def _forgotten(number: int) -> Keep:
    """An entry of the log that has been dealt with for good."""
    return Keep("down", f"{number:09}", None)


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
