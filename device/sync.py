"""From the journal to central: hello, send, acknowledge. The loop owns it, so it needs no lock.

Nothing on disk says "sent". What central has acknowledged is the only state; everything after it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from rules.messages.codec import batch_body, encode
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_IN_FLIGHT, Ack, Batch, Cursor, Hello
from rules.messages.topics import Channel

if TYPE_CHECKING:
    from device.identity import Identity
    from device.journal import Journal, Record
    from rules.instant import ClockQuality

AGAIN_S = 10.0
"""Without an acknowledgement for this long, everything after the last one goes out again."""

Send = Callable[[Channel, bytes], None]


class Sync:
    """The sending side of one machine. Times are real monotonic seconds: sockets know no virtual ones."""

    def __init__(self, identity: Identity, journal: Journal, send: Send) -> None:
        self._identity = identity
        self._journal = journal
        self._send = send
        self._talking = False
        self._in_flight: list[int] = []
        self._moved_at = 0.0
        self.problem = ""

    def connected(self, boot: str, clock: ClockQuality, version: str) -> None:
        """Say hello; records follow once central has answered with its cursor."""
        self._talking = False
        last = self._journal.last
        hello = Hello(self._journal.epoch, last.number, last.hash.hex(), boot, version, clock)
        self._send(Channel.HELLO, encode(hello))

    def disconnected(self) -> None:
        """The link is gone; what was under way is forgotten."""
        self._talking = False
        self._in_flight.clear()

    def cursor(self, message: Cursor, now: float) -> None:
        """Central's word on how far it has got: it wins."""
        if message.epoch != self._journal.epoch:
            return
        if not self._journal.acknowledge(message.number, message.hash):
            self.problem = (
                "記録が役場と一致しません。事務所へ連絡してください / The journal disagrees with central: call the office"
            )
            return
        self.problem = ""
        self._talking = True
        self._in_flight.clear()
        self._moved_at = now

    def acknowledged(self, message: Ack, now: float) -> None:
        """Central holds everything up to here."""
        if message.epoch != self._journal.epoch or not self._journal.acknowledge(message.number, message.hash):
            return
        self._in_flight = [last for last in self._in_flight if last > message.number]
        self._moved_at = now

    def pump(self, now: float) -> None:
        """Send what may be sent now."""
        if not self._talking:
            return
        if self._in_flight and now - self._moved_at > AGAIN_S:
            self._in_flight.clear()
        while len(self._in_flight) < MAX_IN_FLIGHT:
            after = self._in_flight[-1] if self._in_flight else self._journal.acknowledged
            batch = _fitting(self._journal.records_after(after, MAX_BATCH_RECORDS))
            if not batch:
                return
            if not self._in_flight:
                self._moved_at = now
            self._in_flight.append(batch[-1].number)
            self._send(Channel.UP, self._pack(batch))

    def _pack(self, records: list[Record]) -> bytes:
        epoch, first, last_hash = self._journal.epoch, records[0].number, records[-1].hash.hex()
        signature = self._identity.sign_batch(
            batch_body(self._identity.device, epoch, first, len(records), last_hash)
        )
        return encode(Batch(epoch, first, [msgspec.Raw(record.body) for record in records], last_hash, signature))


def _fitting(records: list[Record]) -> list[Record]:
    """As many of the first records as fit one batch."""
    size = 0
    for count, record in enumerate(records):
        size += len(record.body) + 1
        if size > MAX_BATCH_BYTES and count:
            return records[:count]
    return records
