"""The line as a strip: its stops in order, as far apart as they are on the ground, and the buses on it.

Geometry only, in SVG user units; the template draws it. Every gap has a least width, as wide as an upright label, so
labels cannot collide; what is left over is shared out by distance. A longer line goes on in a further row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import pi, sin
from unicodedata import east_asian_width

from rules.network.edition import Edition
from rules.network.stops import Stop, distance_m
from rules.network.trips import Pattern

WIDTH = 1280.0
MARGIN = 40.0
GAPS_A_ROW = 44
LEAST_GAP = 21.0
WAVE = 9.0
EM = 13.0
LABEL_EMS = 11.0
"""The longest column of a label. What does not fit is cut, and stands whole in the tooltip."""
LABEL_COLUMNS = 3
COLUMN = 15.0
CALLOUT = 46.0
CALLOUT_HALF = 112.0
CALLOUT_EMS = 16.0
BUS = 34.0


class Look(StrEnum):
    """How far a bus's place may be believed."""

    LIVE = "live"
    STALE = "stale"
    """It has not spoken for a while."""
    OFFLINE = "offline"
    """It is disconnected; this is where its last record was made."""


@dataclass(frozen=True, slots=True)
class BusPlace:
    """A bus on a pattern. `progress` is the index of the last stop passed, plus the share of the way to the next."""

    device: str
    progress: float
    look: Look
    where: str
    note: str
    door_open: bool

    @property
    def short_where(self) -> str:
        """`where` as far as a callout is wide."""
        return cut(self.where, CALLOUT_EMS)


@dataclass(frozen=True, slots=True)
class Dot:
    """A stop: its place on the strip, its name, and the label's columns with their middle at `x`."""

    x: float
    y: float
    name: str
    name_en: str
    columns: tuple[tuple[float, str], ...]
    is_end: bool
    is_next: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Marker:
    """A bus standing on the strip at (x, y), its callout centred at `label_x`, with its foot at `label_y`."""

    bus: BusPlace
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch of the line. `path` is its whole course, `passed` the part behind the only bus, "" without one."""

    y: float
    path: str
    passed: str
    arrows: tuple[tuple[float, float], ...]
    dots: tuple[Dot, ...]
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole drawing. `leftward` says that the bus runs from right to left."""

    width: float
    height: float
    leftward: bool
    rows: tuple[Row, ...]


def draw_strip(stops: Sequence[Stop], buses: Sequence[BusPlace], *, leftward: bool = False) -> Strip:
    """The strip of a trip's `stops` in order, at least two. A bus beyond either end is drawn at that end."""
    gaps = [distance_m(one.lat, one.lon, other.lat, other.lon) for one, other in pairwise(stops)]
    last = len(gaps)
    starts = range(0, last, GAPS_A_ROW)
    rows: list[Row] = []
    top = 0.0
    for start in starts:
        end = min(start + GAPS_A_ROW, last)
        here = [bus for bus in buses if start <= _clamp(bus.progress, last) < end or (bus.progress >= end == last)]
        row, height = _draw_row(stops[start : end + 1], gaps[start:end], here, start, last, top, leftward)
        rows.append(row)
        top += height
    return Strip(WIDTH, top, leftward, tuple(rows))


def main_pattern(edition: Edition) -> Pattern | None:
    """The pattern that stands for the whole line: the one with most stops."""
    usable = (pattern for pattern in edition.patterns if len(pattern.stop_ids) > 1)
    return max(usable, key=lambda pattern: len(pattern.stop_ids), default=None)


def runs_back(edition: Edition, pattern: Pattern) -> bool:
    """Whether a pattern runs against the main one: drawn from right to left, every place stays on its own side.

    By position, because feeds leave `direction_id` out.
    """
    main = main_pattern(edition)
    if main is None:
        return False
    first, far = edition.stops[main.stop_ids[0]], edition.stops[main.stop_ids[-1]]
    begin, end = edition.stops[pattern.stop_ids[0]], edition.stops[pattern.stop_ids[-1]]
    forward = _between(begin, first) + _between(end, far)
    return _between(begin, far) + _between(end, first) < forward


def _between(one: Stop, other: Stop) -> float:
    return distance_m(one.lat, one.lon, other.lat, other.lon)


def _clamp(progress: float, last: int) -> float:
    return min(max(progress, 0.0), float(last))


def _draw_row(
    stops: Sequence[Stop],
    gaps: Sequence[float],
    buses: Sequence[BusPlace],
    start: int,
    last: int,
    top: float,
    leftward: bool,  # noqa: FBT001
) -> tuple[Row, float]:
    xs = _along(gaps)
    levels, label_xs = _callouts([_at(xs, _clamp(bus.progress, last) - start, leftward=leftward) for bus in buses])
    y = top + BUS + 22.0 + CALLOUT * (max(levels, default=0) + 1)
    # Without a bus there is nothing above the line to make room for.
    y = y if buses else top + 30.0
    markers = tuple(
        Marker(bus, x := _at(xs, _clamp(bus.progress, last) - start, leftward=leftward), _wave(x, y), label_x,
               _wave(x, y) - BUS - 10.0 - CALLOUT * level)
        for bus, level, label_x in zip(buses, levels, label_xs, strict=True)
    )  # fmt: skip
    progress = buses[0].progress if len(buses) == 1 else None
    dots = _dots(stops, xs, y, start, last, progress, leftward=leftward)
    longest = max(len_ems(text) for dot in dots for _, text in dot.columns)
    behind = (_at(xs, 0.0, leftward=leftward), markers[0].x) if len(markers) == 1 else None
    row = Row(
        y=y,
        path=_curve(MARGIN, WIDTH - MARGIN, y),
        passed=_curve(min(behind), max(behind), y) if behind else "",
        arrows=_arrows(xs, y, leftward=leftward),
        dots=dots,
        markers=markers,
    )
    return row, y - top + WAVE + 22.0 + longest * EM + 8.0


def _along(gaps: Sequence[float]) -> list[float]:
    """Where the stops stand, from left to right."""
    room = WIDTH - 2 * MARGIN
    least = min(LEAST_GAP, room / len(gaps))
    spare, total = room - least * len(gaps), sum(gaps)
    shares = [gap / total if total > 0 else 1 / len(gaps) for gap in gaps]
    xs = [MARGIN]
    for share in shares:
        xs.append(xs[-1] + least + spare * share)
    return xs


def _at(xs: Sequence[float], progress: float, *, leftward: bool) -> float:
    index = min(int(progress), len(xs) - 2)
    x = xs[index] + (progress - index) * (xs[index + 1] - xs[index])
    return WIDTH - x if leftward else x


def _wave(x: float, y: float) -> float:
    return y + WAVE * sin(2 * pi * x / WIDTH * 1.4 + 0.6)


def _curve(left: float, right: float, y: float) -> str:
    steps = max(int((right - left) / 8), 1)
    xs = [left + (right - left) * step / steps for step in range(steps + 1)]
    return "M" + " L".join(f"{x:.1f} {_wave(x, y):.1f}" for x in xs)


def _arrows(xs: Sequence[float], y: float, *, leftward: bool) -> tuple[tuple[float, float], ...]:
    """Middles of the wide gaps, where an arrow shows the direction without touching a stop."""
    middles = [(one + other) / 2 for one, other in pairwise(xs) if other - one > 2 * LEAST_GAP]
    return tuple((x, _wave(x, y)) for x in (WIDTH - middle if leftward else middle for middle in middles))


def _callouts(xs: Sequence[float]) -> tuple[list[int], list[float]]:
    """A level for each callout so that none covers another, and its middle so that it stays inside the drawing."""
    middles = [min(max(x, CALLOUT_HALF), WIDTH - CALLOUT_HALF) for x in xs]
    levels = [0] * len(xs)
    placed: list[int] = []
    for index in sorted(range(len(xs)), key=lambda index: middles[index]):
        near = {levels[other] for other in placed if abs(middles[other] - middles[index]) < 2 * CALLOUT_HALF}
        levels[index] = next(level for level in range(len(xs)) if level not in near)
        placed.append(index)
    return levels, middles


def _dots(
    stops: Sequence[Stop], xs: Sequence[float], y: float, start: int, last: int, progress: float | None, *, leftward: bool
) -> tuple[Dot, ...]:
    coming = None if progress is None or progress >= last else int(_clamp(progress, last)) + 1
    dots = []
    for place, (stop, x) in enumerate(zip(stops, xs, strict=True)):
        index = start + place
        room = min([abs(other - x) for other in (*xs[max(place - 1, 0) : place], *xs[place + 1 : place + 2])])
        drawn = WIDTH - x if leftward else x
        dots.append(
            Dot(
                x=drawn,
                y=_wave(drawn, y),
                name=stop.name,
                name_en=stop.name_en,
                columns=_label(stop.name, drawn, room),
                is_end=index in (0, last),
                is_next=index == coming,
                passed=progress is not None and index <= progress,
            )
        )
    return tuple(dots)


def len_ems(text: str) -> float:
    """How long a text is when set upright: Latin letters lie on their side and take about half."""
    return sum(1.0 if east_asian_width(letter) in "WFA" else 0.58 for letter in text)


def cut(text: str, ems: float) -> str:
    """The text, with an ellipsis where it is longer than `ems`."""
    return text if len_ems(text) <= ems else _take(text, ems - 1) + "…"


def _label(name: str, x: float, room: float) -> tuple[tuple[float, str], ...]:
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
