"""Base45 (RFC 9285): bytes as the characters a QR code's alphanumeric mode stores in 5.5 bits each."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_BASE = 45
_DIGITS = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Two bytes become three characters, a last single byte two."""
    return "".join(_characters(data[at : at + 2]) for at in range(0, len(data), 2))


def decode(text: str) -> bytes | None:
    """The bytes whose `encode` is exactly `text`; None for every other text."""
    data = bytearray()
    for at in range(0, len(text), 3):
        part = _bytes(text[at : at + 3])
        if part is None:
            return None
        data += part
    return bytes(data)


def _characters(part: bytes) -> str:
    rest = int.from_bytes(part, "big")
    characters = ""
    for _ in range(len(part) + 1):
        rest, digit = divmod(rest, _BASE)
        characters += ALPHABET[digit]
    return characters


def _bytes(group: str) -> bytes | None:
    length = len(group) - 1
    number = 0
    for character in reversed(group):
        digit = _DIGITS.get(character)
        if digit is None:
            return None
        number = number * _BASE + digit
    # A lone character stands for no byte, and so for no text that `encode` makes, not even "0".
    if length == 0 or number >= 1 << (8 * length):
        return None
    return number.to_bytes(length, "big")
