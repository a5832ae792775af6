"""The journals of invented buses and kiosks: written and signed as real ones are, and taken in as theirs are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from central.database.transaction import Connection
from central.devices.register_device import DeviceKind
from central.devices.store import Device
from central.inbox.take_batch import take, take_run
from rules.instant import ClockQuality, Instant
from rules.messages.codec import batch_body, encode, first_hash, next_hash
from rules.messages.events import AnyEvent, RecordRef
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Ack, Batch
from rules.passes.seal import SigningKey, Use, private_from_bytes, public_bytes, sign


@dataclass(slots=True)
class Machine:
    """A machine that has told the office all but `waiting`. `secret` are the 32 bytes of its key."""

    device: str
    kind: DeviceKind
    epoch: str
    secret: bytes = field(repr=False)
    number: int = 0
    boot: str = ""
    waiting: list[bytes] = field(default_factory=list)
    chain: bytes = b""

    @property
    def key(self) -> SigningKey:
        """What its batches and codes are signed with."""
        return private_from_bytes(self.secret)

    @property
    def public(self) -> bytes:
        """What the office believes it by."""
        return public_bytes(self.key)

    def at(self, moment: int) -> Instant:
        """That Unix second by its clocks."""
        return Instant(self.boot, moment % 86_400 * 1000, moment, ClockQuality.GPS)

    def write(self, event: AnyEvent) -> RecordRef:
        """The next record of its journal."""
        return self.write_bytes(encode(event))

    def write_bytes(self, body: bytes) -> RecordRef:
        """A record with these very bytes."""
        self.waiting.append(body)
        return RecordRef(self.epoch, self.number + len(self.waiting))

    def tell(self, connection: Connection, now: int) -> int:
        """The office takes in what waits; how many records that were."""
        row = Device(self.device, self.kind, self.public, revoked=False)
        batches = list(self._batches())
        if len(batches) == 1:
            assert isinstance(take(connection, row, batches[0], now), Ack), "it follows on what is there"
        elif batches:
            assert take_run(connection, row, batches, now) is not None, "they follow on what is there"
        told = len(self.waiting)
        self.number += told
        self.waiting.clear()
        return told

    def _batches(self) -> Iterator[Batch]:
        first = self.number + 1
        chain = self.chain or first_hash(self.device, self.epoch)
        for some in _packed(self.waiting):
            for body in some:
                chain = next_hash(chain, body)
            signed = batch_body(self.device, self.epoch, first, len(some), chain.hex())
            bodies = [msgspec.Raw(body) for body in some]
            yield Batch(self.epoch, first, bodies, chain.hex(), sign(Use.BATCH, signed, self.key).hex())
            first += len(some)
        self.chain = chain


def _packed(bodies: list[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for body in bodies:
        if some and (len(some) == MAX_BATCH_RECORDS or size + len(body) > MAX_BATCH_BYTES):
            yield some
            some, size = [], 0
        some.append(body)
        size += len(body)
    if some:
        yield some
