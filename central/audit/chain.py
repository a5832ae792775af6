"""The chain over the audit log: whoever changes an old entry changes every head after it."""

from __future__ import annotations

import hashlib
import json

START = hashlib.sha256(b"yukemuri/audit/v1").hexdigest()
"""The head of an empty log."""


def next_head(head: str, number: int, at: int, who: str, what: str, about: str, detail: str) -> str:
    """The head after an entry. Every field is in it, so that no two entries read the same when put together."""
    content = json.dumps([head, number, at, who, what, about, detail], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
