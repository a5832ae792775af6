"""The number of a member: eight digits, of which the last finds a slip of the pen."""

from __future__ import annotations

from collections.abc import Callable

DIGITS = 8
_SMALLEST, _MANY = 10 ** (DIGITS - 2), 9 * 10 ** (DIGITS - 2)

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
"""H. Michael Damm's quasigroup of order 10 (2004): one wrong digit or two neighbours exchanged is always found."""


def draw_number(draw: Callable[[int], int]) -> str:
    """A new number; `draw` gives a whole number from 0 to below its argument, as `secrets.randbelow` does."""
    # It never begins with 0, which a spreadsheet would drop.
    digits = str(_SMALLEST + draw(_MANY))
    return digits + _check_digit(digits)


def is_number(text: str) -> bool:
    """Whether it may be a member's number: eight ASCII digits that agree with the last one."""
    return len(text) == DIGITS and text.isascii() and text.isdigit() and _check_digit(text) == "0"


def _check_digit(digits: str) -> str:
    row = "0"
    for digit in digits:
        row = _DAMM[int(row)][int(digit)]
    return row
