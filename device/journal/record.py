"""What the journal holds: records that prove themselves, and what is remembered beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rules.messages.codec import next_hash

SUM_BYTES = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One record as stored: its number, its exact bytes, and the chain's hash before it and at it.

    With the hash before it in the same row, a row found anywhere in a damaged file says by itself whether it is whole.
    """

    number: int
    previous: bytes
    body: bytes
    hash: bytes

    @property
    def proves_itself(self) -> bool:
        """Whether the bytes are those that were written."""
        return next_hash(self.previous, self.body) == self.hash


@dataclass(frozen=True, slots=True)
class Keep:
    """Something to remember under (kind, key), apart from the records; `body` None forgets it."""

    kind: str
    key: str
    body: bytes | None

    @property
    def sum(self) -> bytes:
        """What tells a whole row from a damaged one, 8 bytes."""
        named = f"{self.kind}\n{self.key}\n".encode() + (self.body or b"")
        return hashlib.sha256(named).digest()[:SUM_BYTES]


def head_sum(epoch: object, acknowledged: object) -> bytes:
    """The same for what stands at the head of the file: whose it is, and how far central has got."""
    return hashlib.sha256(f"{epoch}\n{acknowledged}".encode()).digest()[:SUM_BYTES]
