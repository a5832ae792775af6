"""Stop names set upright, as on signs along the road: how long they are, and how they are broken into columns."""

from __future__ import annotations

from unicodedata import east_asian_width

LABEL_EMS = 11.0
"""The longest column of a label. What does not fit is cut, and stands whole in the tooltip."""
LABEL_COLUMNS = 2
COLUMN = 15.0
"""How wide a column is, in the drawing's units."""


def len_ems(text: str) -> float:
    """How long a text is when set upright: Latin letters lie on their side and take about half."""
    return sum(1.0 if east_asian_width(letter) in "WFA" else 0.58 for letter in text)


def cut(text: str, ems: float) -> str:
    """The text, with an ellipsis where it is longer than `ems`."""
    return text if len_ems(text) <= ems else _take(text, ems - 1) + "…"


def label(name: str, x: float, room: float) -> tuple[tuple[float, str], ...]:
    """The name in as few columns as it needs and the room allows, the first on the right as Japanese is read."""
    allowed = min(max(int(room // COLUMN), 1), LABEL_COLUMNS)
    needed = min(-(-int(len_ems(name) * 10) // int(LABEL_EMS * 10)), allowed) or 1
    columns, rest = [], name
    for left in range(needed, 0, -1):
        column = _take(rest, min(len_ems(rest) / left + 0.5, LABEL_EMS) if left > 1 else LABEL_EMS)
        columns.append(column)
        rest = rest[len(column) :]
    if rest:
        columns[-1] = columns[-1][:-1] + "…"
    middle = (len(columns) - 1) / 2
    return tuple((x + (middle - index) * COLUMN, column) for index, column in enumerate(columns))


def _take(text: str, ems: float) -> str:
    length = 0
    while length < len(text) and len_ems(text[: length + 1]) <= ems + 1e-9:
        length += 1
    return text[: max(length, 1)]
