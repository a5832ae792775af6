"""From the journal to central: hello, send, acknowledge. The loop owns it, so it needs no lock.

Nothing on disk says "sent". What central has acknowledged is the only state; everything after it is sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from device.journal import Agreement
from device.outgoing import batch_after, go_on_from, hello_of
from rules.instant import ClockQuality
from rules.messages.codec import encode
from rules.messages.link import MAX_BATCH_RECORDS, MAX_IN_FLIGHT, Ack, Cursor, Word
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.identity import Identity
    from device.journal import Journal

AGAIN_S = 10.0
"""Without an answer for this long, hello is said again; everything behind the cursor that answers it is sent again.

For a batch it begins when the broker has taken it: on a thin link one batch takes longer than this, and a second copy
behind it would only make it worse.
"""
QUICK_S = 5.0
"""A batch acknowledged so soon: the link carries more, and twice as much may be under way."""
LEAST_WINDOW = 16
"""Records under way on a link of which nothing is known yet, and on one that has shown itself slow."""
MOST_WINDOW = MAX_IN_FLIGHT * MAX_BATCH_RECORDS
SESSION_BYTES = 8

Taken = Callable[[], bool]
"""Whether the broker has taken a message by now."""
Send = Callable[[Channel, bytes], Taken | None]
"""Hands a message to the link; None where there is no connection or no room, and it is dropped."""

IsCentrals = Callable[[Word], bool]
"""Whether central has signed this word: the broker between could have made it up."""


class _Stage(Enum):
    AWAY = auto()
    GREETING = auto()
    TALKING = auto()


@dataclass(slots=True)
class _InFlight:
    """A batch on its way, up to record `last`; `taken_at` is when the broker was first found to have it."""

    last: int
    taken: Taken
    sent_at: float
    taken_at: float | None = None


class Sync:
    """The sending side of one machine. Times are real monotonic seconds: sockets know no virtual ones."""

    def __init__(self, identity: Identity, journal: Journal, send: Send, is_centrals: IsCentrals) -> None:
        self._identity = identity
        self._journal = journal
        self._send = send
        self._is_centrals = is_centrals
        self._stage = _Stage.AWAY
        self._hello = ("", "", ClockQuality.FLOOR)
        self._held = 0
        self._window = LEAST_WINDOW
        self._in_flight: list[_InFlight] = []
        self._heard_at = 0.0
        self._session = ""

    @property
    def is_answered(self) -> bool:
        """Whether central has answered our hello by a word that we believe."""
        return self._stage is _Stage.TALKING

    def connected(self, boot: str, version: str, clock: ClockQuality, now: float) -> None:
        """Say hello; records follow once central has answered with its cursor."""
        self._hello = (boot, version, clock)
        self._greet(now)

    def disconnected(self) -> None:
        """The link is gone; what was under way is forgotten."""
        self._stage = _Stage.AWAY
        self._in_flight.clear()

    def cursor(self, message: Cursor, now: float) -> None:
        """Central's word on how far it has got: it wins, also where it has fallen back behind what it once held.

        Where the journal cannot go on from there, a new one begins at once and hands on what central may lack.
        Raises JournalBroken.
        """
        if not self._answers_us(message):
            return
        if go_on_from(self._journal, message) is not Agreement.AGREED:
            self._greet(now)
            return
        if self._stage is _Stage.TALKING and message.number == self._held:
            # Something was lost or not taken. Time brings it again; at once, it could go round as fast as the link.
            return
        self._stage = _Stage.TALKING
        self._held = message.number
        self._in_flight.clear()
        self._heard_at = now

    def acknowledged(self, message: Ack, now: float) -> None:
        """Central holds everything up to here."""
        if not self._answers_us(message) or not self._journal.acknowledge(
            message.number, message.hash, message.at
        ):
            return
        self._held = max(self._held, message.number)
        self._pace(message.number, now)
        self._in_flight = [batch for batch in self._in_flight if batch.last > message.number]
        self._heard_at = now

    def start_over(self, now: float) -> None:
        """The journal has moved otherwise than by the link: say hello again."""
        if self._stage is not _Stage.AWAY:
            self._greet(now)

    def pump(self, now: float) -> None:
        """Send what may be sent now."""
        match self._stage:
            case _Stage.GREETING if now - self._heard_at > AGAIN_S:
                self._greet(now)
            case _Stage.TALKING:
                if self._is_overdue(now):
                    self._greet(now)
                else:
                    self._send_batches(now)

    def _answers_us(self, word: Word) -> bool:
        """Whether it is central's, about this journal, and came after our last hello.

        An older one may speak of another central. With a name nobody can guess in every hello, none can be repeated.
        """
        ours = (self._journal.epoch, self._session)
        is_ours = self._stage is not _Stage.AWAY and (word.epoch, word.session) == ours
        return is_ours and self._is_centrals(word)

    def _pace(self, number: int, now: float) -> None:
        """See by the batches acknowledged up to `number` how much the link carries.

        On a thin one, a ping waits behind all that was handed over: too much, and the connection is given up for dead
        before a single batch has come through, again and again.
        """
        took = [now - batch.sent_at for batch in self._in_flight if batch.last <= number]
        if took and took[-1] <= QUICK_S:
            self._window = min(2 * self._window, MOST_WINDOW)
        elif took and took[-1] > AGAIN_S:
            self._window = max(self._window // 2, LEAST_WINDOW)

    def _greet(self, now: float) -> None:
        self._stage = _Stage.GREETING
        self._heard_at = now
        self._in_flight.clear()
        self._window = LEAST_WINDOW
        self._session = secrets.token_hex(SESSION_BYTES)
        boot, version, clock = self._hello
        hello = hello_of(self._journal, boot, version, clock, self._session)
        self._send(Channel.HELLO, encode(hello))

    def _is_overdue(self, now: float) -> bool:
        """Whether the oldest batch has waited too long for its acknowledgement, counted from the last one."""
        for batch in self._in_flight:
            if batch.taken_at is None and batch.taken():
                batch.taken_at = now
        oldest = self._in_flight[0].taken_at if self._in_flight else None
        return oldest is not None and now - max(oldest, self._heard_at) > AGAIN_S

    def _send_batches(self, now: float) -> None:
        while len(self._in_flight) < MAX_IN_FLIGHT:
            after = self._in_flight[-1].last if self._in_flight else self._held
            room = self._window - (after - self._held)
            if after >= self._journal.last.number or room <= 0:
                return
            packed = batch_after(self._identity, self._journal, after, room)
            if packed is None:
                return
            taken = self._send(Channel.UP, packed.payload)
            if taken is None:
                return
            self._in_flight.append(_InFlight(packed.last, taken, now))
