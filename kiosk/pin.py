"""The staff's PIN (暗証番号, anshō bangō), of which the settings hold only a hash.

Whoever has the file can still try all PINs of few digits: the hash makes that minutes or hours instead of a glance.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SALT_BYTES = 16
_KIND = "scrypt"
_N, _R, _P = 2**14, 8, 1
"""16 MB and some tenths of a second on a Raspberry Pi."""
_HASH_BYTES = 32
_KEPT = re.compile(rf"{_KIND}:([0-9a-f]{{{2 * SALT_BYTES}}}):([0-9a-f]{{{2 * _HASH_BYTES}}})")


def why_not(pin: str) -> str | None:
    """Why staff should not have that PIN; None for a good one."""
    if not re.fullmatch(r"[0-9]{4,8}", pin):
        return "暗証番号は数字4桁から8桁にしてください / a PIN has 4 to 8 digits"
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        return "同じ数字や並んだ数字の暗証番号は使えません / a PIN of one digit, or of digits in a row, is too easy"
    return None


def hash_pin(pin: str, salt: bytes) -> str:
    """What stands in the settings. `salt` is `SALT_BYTES` by chance."""
    return f"{_KIND}:{salt.hex()}:{_hash(pin, salt).hex()}"


def is_hash(kept: str) -> bool:
    """Whether `hash_pin` has made it."""
    return _KEPT.fullmatch(kept) is not None


def is_pin(pin: str, kept: str) -> bool:
    """Whether `kept` is that PIN's hash; of what is no hash, never."""
    parts = _KEPT.fullmatch(kept)
    if parts is None:
        return False
    return hmac.compare_digest(_hash(pin, bytes.fromhex(parts[1])), bytes.fromhex(parts[2]))


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_HASH_BYTES)
