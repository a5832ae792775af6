"""The key set: which public keys count, for what and when, signed by the offline root.

All numbers are big-endian. The keys stand in ascending order of (use, kid), each pair once:

| offset | bytes | field |
|---|---|---|
| 0 | 1 | version 1 |
| 1 | 4 | number of the set, rising |
| 5 | 1 | how many keys, n |
| 6 | 42 × n | the keys |
| 6 + 42 × n | 64 | Ed25519 by the root over all before it, use "keys" |

and each key:

| offset | bytes | field |
|---|---|---|
| 0 | 1 | use: 1 pass, 2 point, 3 down |
| 1 | 1 | kid, 1-254, counted for each use apart |
| 2 | 32 | Ed25519 public key |
| 34 | 4 | valid from, Unix seconds |
| 38 | 4 | valid until, Unix seconds: the first at which the key is over |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from rules.passes.limits import U32, has_length, within
from rules.passes.seal import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, SigningKey, Use, check, sign

MAX_KEYS = 255

_VERSION = 1
_HEAD = struct.Struct(">BIB")
_KEY = struct.Struct(">BB32sII")
_MAX_KID = 254
_USES = {Use.PASS: 1, Use.POINT: 2, Use.DOWN: 3}
_USE_OF = {code: use for use, code in _USES.items()}


@dataclass(frozen=True, slots=True)
class Key:
    """One public key (Ed25519, 32 bytes) and the Unix seconds from which and before which it counts.

    For use pass, kids to 127 sign phones' passes and kids from 128 cards. Raises ValueError for what a set
    cannot hold.
    """

    kid: int
    use: Use
    public: bytes
    valid_from: int
    valid_until: int

    def __post_init__(self) -> None:
        if self.use not in _USES:
            raise ValueError(f"a key set holds keys for pass, point and down, not for {self.use}")
        within("kid", self.kid, 1, _MAX_KID)
        has_length("public", self.public, PUBLIC_KEY_BYTES)
        within("valid_from", self.valid_from, 0, U32)
        within("valid_until", self.valid_until, self.valid_from + 1, U32)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that count until a set of a higher `number` comes.

    Raises ValueError for two keys of one use and kid, for too many, and for a number that has no room.
    """

    number: int
    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        within("number", self.number, 0, U32)
        within("count of keys", len(self.keys), 0, MAX_KEYS)
        if len({_place(key) for key in self.keys}) < len(self.keys):
            raise ValueError("a key set holds one key for each use and kid")

    def find(self, use: Use, kid: int, at: int | None) -> Key | None:
        """The key, if it counts at Unix second `at`; None is for a machine without the time: any period."""
        for key in self.keys:
            if key.use is use and key.kid == kid:
                return key if at is None or key.valid_from <= at < key.valid_until else None
        return None


def pack_key_set(key_set: KeySet, root_private: SigningKey) -> bytes:
    """The set with the root's signature."""
    body = _pack(key_set)
    return body + sign(Use.KEYS, body, root_private)


def open_key_set(packed: bytes, root_public: bytes) -> KeySet | None:
    """The set, its keys in ascending order of (use, kid). None for bytes that the root did not sign.

    Whether an older set is wanted is for the caller to say: an old one, once signed, opens for ever.
    """
    body, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    if not check(Use.KEYS, body, signature, root_public):
        return None
    try:
        key_set = _unpack(body)
    except (struct.error, KeyError, ValueError):
        return None
    # One set, one text: an order or a version that `_pack` would not write is not ours, even if signed.
    return key_set if _pack(key_set) == body else None


def _place(key: Key) -> tuple[int, int]:
    return _USES[key.use], key.kid


def _pack(key_set: KeySet) -> bytes:
    keys = sorted(key_set.keys, key=_place)
    head = _HEAD.pack(_VERSION, key_set.number, len(keys))
    return head + b"".join(
        _KEY.pack(*_place(key), key.public, key.valid_from, key.valid_until) for key in keys
    )


def _unpack(body: bytes) -> KeySet:
    _, number, _ = _HEAD.unpack_from(body)
    return KeySet(
        number,
        tuple(
            Key(kid, _USE_OF[use], public, valid_from, valid_until)
            for use, kid, public, valid_from, valid_until in _KEY.iter_unpack(body[_HEAD.size :])
        ),
    )
