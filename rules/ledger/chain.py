"""The chain over all groups of the ledger: whoever changes an old one changes the head that was printed."""

from __future__ import annotations

import hashlib

START = hashlib.sha256(b"yukemuri/ledger/v1").hexdigest()
"""The head of an empty ledger."""


def fingerprint(content: bytes) -> str:
    """What stands for a group as it was asked for (`EntryGroup.content`), in hex."""
    return hashlib.sha256(content).hexdigest()


def next_head(head: str, content: bytes, asked: str, posted_at: int) -> str:
    """The head after a group: its entries as posted, its fingerprint as asked for, its Unix second of posting."""
    return hashlib.sha256(f"{head}\n{asked}\n{posted_at}\n".encode() + content).hexdigest()
