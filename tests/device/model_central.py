"""A central small enough to read: it keeps each journal in a list and answers as the design page says."""

from __future__ import annotations

import hashlib

from rules.messages.codec import batch_body, decode
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Ack, Batch, Cursor, Hello
from rules.messages.topics import Channel
from rules.passes.seal import Use, check


class ModelCentral:
    """`records` are the bodies of the machine's journal, in order, each once; `former` are its journals before."""

    def __init__(self, device: str, public: bytes) -> None:
        self._device = device
        self._public = public
        self.records: list[bytes] = []
        self.former: dict[str, list[bytes]] = {}
        self._epoch = ""
        self._session = ""

    def answer(self, channel: Channel, payload: bytes) -> Cursor | Ack:
        """What central says to a hello or a batch."""
        if channel is Channel.HELLO:
            hello = decode(payload, Hello)
            self._session = hello.session
            self._turn_to(hello.epoch)
            return self._cursor(hello.epoch)
        batch = decode(payload, Batch)
        self._turn_to(batch.epoch)
        bodies = [bytes(record) for record in batch.records]
        assert 0 < len(bodies) <= MAX_BATCH_RECORDS
        assert len(payload) <= MAX_BATCH_BYTES
        if batch.first > len(self.records) + 1:
            return self._cursor(batch.epoch)
        before = self.records[: batch.first - 1]
        assert self.hash_after(batch.epoch, [*before, *bodies]) == batch.last_hash
        signed = batch_body(self._device, batch.epoch, batch.first, len(bodies), batch.last_hash)
        assert check(Use.BATCH, signed, bytes.fromhex(batch.signature), self._public)
        known = self.records[batch.first - 1 :]
        assert bodies[: len(known)] == known[: len(bodies)], "another record under a number already taken"
        self.records += bodies[len(known) :]
        held = self.hash_after(batch.epoch, self.records)
        return Ack(batch.epoch, len(self.records), held, session=self._session)

    def hash_after(self, epoch: str, bodies: list[bytes]) -> str:
        """The chain's hash after `bodies`."""
        link = hashlib.sha256(b"yukemuri/journal/v1" + self._device.encode() + epoch.encode()).digest()
        for body in bodies:
            link = hashlib.sha256(link + body).digest()
        return link.hex()

    def _cursor(self, epoch: str) -> Cursor:
        return Cursor(epoch, len(self.records), self.hash_after(epoch, self.records), session=self._session)

    def _turn_to(self, epoch: str) -> None:
        if epoch != self._epoch:
            self.former[self._epoch] = self.records
            self.records = self.former.pop(epoch, [])
            self._epoch = epoch
