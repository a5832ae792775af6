"""The bus's own code, for riders whose phone reads the bus: which opening of which bus's door it is, signed by the bus.

As an address it is `https://<host>/ride#<bus>.<opening>.<signature>`; the fragment keeps it out of web logs. `opening`
and `signature` are base64url without padding. The opening, numbers big-endian:

| offset | bytes | field |
|---|---|---|
| 0 | 1 | version 1 (high 4 bits), kind 6 (low 4) |
| 1 | 1 | turn: raised where the opening's word would be that of the one before |
| 2 | 8 | epoch of the bus's journal |
| 10 | 5 | number of the record that says that the door opened |

What is signed (Ed25519, use "ride") is the opening followed by the bus's name. Where the bus was and when, the record
says, and only the record: the code needs no clock.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from rules.passes import seal
from rules.passes.base64url import from_base64url, to_base64url
from rules.passes.limits import has_length, within
from rules.passes.seal import SIGNATURE_BYTES, SigningKey, Use

VERSION = 1
KIND = 6
LONGEST_NUMBER = 2**40 - 1
PATH = "/ride#"

_FIRST = VERSION << 4 | KIND
_EPOCH_BYTES = 8
_OPENING = struct.Struct(f">BB{_EPOCH_BYTES}s5s")
_TEXT = re.compile(r"([a-z0-9][a-z0-9-]{0,31})\.([\w-]{20})\.([\w-]{86})", re.ASCII)


@dataclass(frozen=True, slots=True)
class BusCode:
    """One opening of one bus's door. `epoch` (16 hexadecimal digits) and `number` name the record of it.

    Raises ValueError for what does not fit into its field.
    """

    bus: str
    epoch: str
    number: int
    turn: int
    signature: bytes

    def __post_init__(self) -> None:
        within("number", self.number, 1, LONGEST_NUMBER)
        within("turn", self.turn, 0, 0xFF)
        has_length("epoch", bytes.fromhex(self.epoch), _EPOCH_BYTES)
        has_length("signature", self.signature, SIGNATURE_BYTES)

    @property
    def whole(self) -> bytes:
        """All of it, signature included: what the opening's word is made of."""
        return _body(self.bus, _opening(self.epoch, self.number, self.turn)) + self.signature


def sign(bus: str, epoch: str, number: int, turn: int, private: SigningKey) -> BusCode:
    """The code of an opening, by the bus's own key. The same call gives the same bytes."""
    body = _body(bus, _opening(epoch, number, turn))
    return BusCode(bus, epoch, number, turn, seal.sign(Use.RIDE, body, private))


def is_genuine(code: BusCode, public: bytes) -> bool:
    """Whether the machine whose key is `public` (32 raw bytes) made it."""
    body = _body(code.bus, _opening(code.epoch, code.number, code.turn))
    return seal.check(Use.RIDE, body, code.signature, public)


def to_text(code: BusCode) -> str:
    """What stands behind the address's #."""
    opening = _opening(code.epoch, code.number, code.turn)
    return f"{code.bus}.{to_base64url(opening)}.{to_base64url(code.signature)}"


def to_address(code: BusCode, host: str) -> str:
    """The address for a QR code; `host` is such as `https://village.example`."""
    return host + PATH + to_text(code)


def read_text(text: str) -> BusCode | None:
    """The code whose `to_text` is exactly `text`, unchecked; None for all other texts, a bare bus's name among them."""
    parts = _TEXT.fullmatch(text)
    if parts is None:
        return None
    opening, signature = from_base64url(parts[2]), from_base64url(parts[3])
    if opening is None or signature is None:
        return None
    first, turn, epoch, number = _OPENING.unpack(opening)
    if first != _FIRST or not any(number):
        return None
    return BusCode(parts[1], epoch.hex(), int.from_bytes(number, "big"), turn, signature)


def _opening(epoch: str, number: int, turn: int) -> bytes:
    return _OPENING.pack(_FIRST, turn, bytes.fromhex(epoch), number.to_bytes(5, "big"))


def _body(bus: str, opening: bytes) -> bytes:
    return opening + bus.encode("ascii")
