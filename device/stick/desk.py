"""What whoever owns the journal does for a file carried by hand: one small question at a time.

In a running machine that is the loop, and riders' codes come in between two questions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from device.journal import Agreement, Keep
from device.office_lists import PageRefused
from device.outgoing import Packed, batch_after, go_on_from, hello_of
from rules.messages.codec import encode
from rules.messages.link import Cursor
from rules.messages.stick import StickRefused, forged

if TYPE_CHECKING:
    from device.identity import Identity
    from device.journal import Journal
    from device.office_lists import OfficeLists
    from rules.instant import Instant
    from rules.messages.link import Ack, DownPage, KeysHeld
    from rules.messages.stick import Stick

KIND = "stick"
"""Of what is remembered in the journal: the name of the newest greeting that left in a file."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A new file begins; `session` names its greeting."""

    session: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What stands at its beginning. Records after `after`, up to `last`, of journal `epoch` belong into it."""

    hello: bytes
    seen: bytes
    epoch: str
    after: int
    last: int
    at: int


@dataclass(frozen=True, slots=True)
class BatchAfter:
    """The next records of journal `epoch`, none beyond `last`."""

    epoch: str
    number: int
    last: int


@dataclass(frozen=True, slots=True)
class HandIn:
    """The office's answer: its word on how far it has got, and the key sets among its pages."""

    stick: Stick
    word: Cursor | Ack
    news: tuple[KeysHeld, ...]


@dataclass(frozen=True, slots=True)
class WordTaken:
    """What the office has now, and had before as far as this machine knew; how many records it still lacks.

    With `other_journal` the word was about an earlier journal of this machine, and moves nothing.
    """

    before: int
    acknowledged: int
    waiting: int
    began_anew: bool = False
    other_journal: bool = False
    is_newest: bool = False


@dataclass(frozen=True, slots=True)
class PageIn:
    """A page of the office's log as of Unix second `at`; whether it answers the newest file that left."""

    page: DownPage
    at: int
    is_newest: bool


@dataclass(frozen=True, slots=True)
class PageTaken:
    """Whether anything in it was new."""

    was_new: bool


Question: TypeAlias = Begin | BatchAfter | HandIn | PageIn
Reply: TypeAlias = Begun | Packed | WordTaken | PageTaken | StickRefused
Ask: TypeAlias = Callable[[Question], object]
"""Puts a question to whoever owns the journal; gives the reply. Raises StickRefused where nobody answers."""


class StickDesk:
    """Answers the questions. `now` is the machine's clock, `version` its program's."""

    def __init__(
        self,
        identity: Identity,
        journal: Journal,
        lists: OfficeLists,
        now: Callable[[], Instant],
        version: str,
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._lists = lists
        self._now = now
        self._version = version

    def answer(self, question: Question) -> Reply:
        """Every refusal is a reply too. Raises JournalBroken."""
        try:
            match question:
                case Begin(session):
                    return self._begin(session)
                case BatchAfter():
                    return self._batch(question)
                case HandIn():
                    return self._hand_in(question)
                case PageIn():
                    return self._page(question)
        except (StickRefused, PageRefused) as refusal:
            return refusal if isinstance(refusal, StickRefused) else _page_refused(refusal)

    def _begin(self, session: str) -> Begun:
        journal, at = self._journal, self._now()
        if journal.has_room:
            # Without room, the answer moves the cursor only forwards; it is room that it brings.
            journal.write([], [Keep(KIND, "session", session.encode())])
        hello = hello_of(journal, at.boot, self._version, at.quality, session)
        seen = encode(self._lists.seen)
        return Begun(encode(hello), seen, journal.epoch, journal.acknowledged, journal.last.number, at.wall)

    def _batch(self, question: BatchAfter) -> Packed:
        packed = None
        if question.epoch == self._journal.epoch:
            most = question.last - question.number
            packed = batch_after(self._identity, self._journal, question.number, most)
        if packed is None or packed.first != question.number + 1:
            raise StickRefused(
                "書き出しのあいだに新しい記録に切り替わりました。もう一度書き出してください",
                "A new journal began meanwhile: export again",
            )
        return packed

    def _hand_in(self, question: HandIn) -> WordTaken:
        journal, header, word, at = self._journal, question.stick.header, question.word, self._now()
        wall = at.wall if at.wall_known else None
        digest, signature = question.stick.digest, question.stick.signature
        if not self._lists.has_signed(header.kid, digest, signature, question.news, wall):
            raise forged(f"kid {header.kid}")
        is_newest = (journal.recall(KIND, "session") or b"") == header.session.encode()
        before = journal.acknowledged
        if word.epoch != journal.epoch:
            return WordTaken(before, before, journal.waiting, other_journal=True, is_newest=is_newest)
        goes_back = word.number < before
        agreement = Agreement.AGREED
        # An old file may lie about for weeks: only the answer to the newest one brings the cursor back.
        if not goes_back or (isinstance(word, Cursor) and is_newest):
            agreement = go_on_from(journal, Cursor(word.epoch, word.number, word.hash, word.at))
        return WordTaken(
            before,
            journal.acknowledged,
            journal.waiting,
            began_anew=agreement is not Agreement.AGREED,
            is_newest=is_newest,
        )

    def _page(self, question: PageIn) -> PageTaken:
        page, lists, at = question.page, self._lists, self._now()
        if not self._journal.has_room:
            raise StickRefused(
                "端末の記録がいっぱいで、役場からの知らせが入りません。数分待って、もう一度 import してください",
                "The journal is full and has no room for the office's news: wait some minutes and import again",
            )
        if not question.is_newest and lists.seen.log not in ("", page.log):
            # Of a log that has another name by now. It would take the place of what is newer.
            return PageTaken(was_new=False)
        # What the office entered after it wrote this, it does not say: cards issued since may be good.
        keeps = lists.apply(page, min(at.wall, question.at) if at.wall_known else 0)
        if keeps:
            self._journal.write([], keeps)
        return PageTaken(was_new=bool(keeps))


def _page_refused(refusal: PageRefused) -> StickRefused:
    japanese, _, english = str(refusal).partition(" / ")
    return StickRefused(japanese, english)
