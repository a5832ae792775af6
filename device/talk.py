"""A machine's talk with central: records go up, the pages of central's log come down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.office_lists import PageRefused, PageTooFar
from device.sync import Sync
from rules.messages.codec import encode
from rules.messages.link import Ack, Cursor, DownPage
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.ports import Machine
    from device.room import Room
    from rules.messages.link import Word

ASK_AGAIN_S = 120.0
"""How often central is asked for news of its log while the link is up: it tells by itself, unless a page was lost."""

UNANSWERED_S = 30.0
"""How often while no answer to our hello is believed: the key to believe it by comes as news, too."""


class Talk:
    """From one connection to the next. Times are real monotonic seconds.

    `ask_again_s` is how often central is asked for news of its log: more often where somebody waits for some.
    `ended_because` says why there is no link, `page_problem` why a page could not be taken; "" means all is well.
    """

    def __init__(self, machine: Machine, room: Room) -> None:
        self._machine = machine
        self._room = room
        self._sync = Sync(machine.identity, machine.journal, machine.link.publish, self._is_centrals)
        self._asked_at = 0.0
        self.ask_again_s = ASK_AGAIN_S
        self.is_up = False
        self.ended_because = ""
        self.page_problem = ""

    def begin(self, now: float) -> None:
        """There is a link."""
        self.is_up = True
        self.ended_because = ""
        clock = self._machine.clock
        self._sync.connected(clock.boot, self._machine.version, clock.now().quality, now)
        self._ask_for_news(now)

    def end(self, reason: str) -> None:
        """The link is gone."""
        self.is_up = False
        self.ended_because = reason
        self._sync.disconnected()

    def start_over(self, now: float) -> None:
        """The journal has moved otherwise than by the link."""
        self._sync.start_over(now)

    def hear(self, message: Word | DownPage, now: float) -> None:
        """Central has said something. Raises JournalBroken."""
        match message:
            case Cursor():
                self._sync.cursor(message, now)
            case Ack():
                self._sync.acknowledged(message, now)
            case DownPage():
                self._read_page(message, now)

    def pump(self, now: float) -> None:
        """Say what is due."""
        self._sync.pump(now)
        every = self.ask_again_s if self._sync.is_answered else min(self.ask_again_s, UNANSWERED_S)
        if self.is_up and now - self._asked_at > every:
            self._ask_for_news(now)

    def _read_page(self, page: DownPage, now: float) -> None:
        keys = self._machine.lists.keys
        if self._room.is_there:
            self._take_page(page, now)
        else:
            # What empties the journal is central's word, and it may be signed by a key that is news too.
            self._machine.lists.learn_keys(page)
        if self._machine.lists.keys != keys:
            self._sync.start_over(now)

    def _take_page(self, page: DownPage, now: float) -> None:
        at = self._machine.clock.now()
        try:
            keeps = self._machine.lists.apply(page, at.wall if at.wall_known else 0)
        except PageTooFar:
            # What is missing is asked for soon anyway; at once, two pages could chase each other for ever.
            return
        except PageRefused as refusal:
            self.page_problem = str(refusal)
            return
        self.page_problem = ""
        if keeps:
            self._machine.journal.write([], keeps)
            self._ask_for_news(now)

    def _ask_for_news(self, now: float) -> None:
        self._asked_at = now
        self._machine.link.publish(Channel.SEEN, encode(self._machine.lists.seen))

    def _is_centrals(self, word: Word) -> bool:
        at = self._machine.clock.now()
        return self._machine.lists.has_said(word, at.wall if at.wall_known else None)
