"""Base64url without padding (RFC 4648, 5): how the bytes of a code stand in a web address."""

from __future__ import annotations

import base64
import binascii


def to_base64url(data: bytes) -> str:
    """The one writing of `data`."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_base64url(text: str) -> bytes | None:
    """The bytes whose writing is exactly `text`: the last character's idle bits are zero. None for all other texts."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return data if to_base64url(data) == text else None
