"""The line as a strip: its stops in order, as far apart as they are on the ground, and the buses on it.

Geometry only, in SVG user units; the template draws it. Every gap has a least width, as wide as an upright label, so
labels cannot collide; what is left over is shared out by distance. A longer line goes on in a further row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from math import ceil, floor, pi, sin

from central.today.labels import cut, label, len_ems
from rules.network.stops import Stop, distance_m
from rules.network.trips import Pattern

WIDTH = 1280.0
MARGIN = 40.0
GAPS_A_ROW = 44
LEAST_GAP = 21.0
WAVE = 9.0
EM = 14.0
CALLOUT = 46.0
CALLOUT_EMS = 20.0
"""The longest line of a callout; the whole stands in the list of machines."""
CALLOUT_EM = 13.0
BUS = 34.0
LABEL_DROP = 14.0
"""From a stop's middle down to its label."""


class Look(StrEnum):
    """How far a bus's place may be believed."""

    LIVE = "live"
    STALE = "stale"
    """It has not spoken for a while."""
    OFFLINE = "offline"
    """It is disconnected; this is where its last record was made."""


@dataclass(frozen=True, slots=True)
class BusPlace:
    """A bus on a strip. `progress` is the index of the last stop passed, plus the share of the way to the next.

    Its course leads from stop `begins` to stop `ends`; against the order of the strip if that is the lower index.
    """

    device: str
    begins: int
    ends: int
    progress: float
    look: Look
    where: str
    note: str
    door_open: bool

    @property
    def words(self) -> tuple[str, str, str]:
        """What its callout says: who, a note on it, and where."""
        note = self.note or ("扉が開いています" if self.door_open else "")
        return cut(self.device, CALLOUT_EMS - len_ems(note)), note, cut(self.where, CALLOUT_EMS)

    @property
    def half_width(self) -> float:
        """Half of what its callout needs."""
        who, note, where = self.words
        # The name is set bold, which takes a tenth more.
        return max(len_ems(who) * 1.1 + len_ems(note) + 1, len_ems(where), 7.0) * CALLOUT_EM / 2 + 12.0

    @property
    def back(self) -> bool:
        """Whether it runs from right to left."""
        return self.ends < self.begins

    @property
    def coming(self) -> int | None:
        """The index of the stop it comes to next, None at the end."""
        index = ceil(self.progress) - 1 if self.back else floor(self.progress) + 1
        return index if min(self.begins, self.ends) <= index <= max(self.begins, self.ends) else None

    def has_passed(self, index: int) -> bool:
        """Whether it has come by stop `index` on its course."""
        return min(self.begins, self.progress) <= index <= max(self.begins, self.progress)


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
    """A bus at (x, y) on the strip; its callout reaches `half` to both sides of `label_x`, and down to `label_y`."""

    bus: BusPlace
    x: float
    y: float
    label_x: float
    label_y: float
    half: float


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch of the line. `path` is its whole course, `passed` the part behind the only bus, "" without one.

    `arrows` stand where there is room for them, if all buses run the same way; leftward if `back`.
    """

    path: str
    passed: str
    back: bool
    arrows: tuple[tuple[float, float], ...]
    dots: tuple[Dot, ...]
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole drawing."""

    width: float
    height: float
    rows: tuple[Row, ...]


def draw_strip(stops: Sequence[Stop], buses: Sequence[BusPlace]) -> Strip:
    """The strip of `stops`, at least two, from left to right. A bus beyond either end is drawn at that end."""
    last = len(stops) - 1
    rows: list[Row] = []
    top = 0.0
    for start in range(0, last, GAPS_A_ROW):
        stretch = _Stretch(stops[start : start + GAPS_A_ROW + 1], start, last)
        row, height = stretch.draw([bus for bus in buses if stretch.holds(bus.progress)], buses, top)
        rows.append(row)
        top += height
    return Strip(WIDTH, top, tuple(rows))


def place_on(line: Sequence[str], course: Sequence[str]) -> list[int] | None:
    """Where the stops of `course` stand on `line`, in its order or against it; None if they do not.

    Both are names, because the poles of the two directions have ids of their own.
    """
    return _in_order(line, course) or (_in_order(line, course[::-1]) or [])[::-1] or None


def main_pattern(patterns: Iterable[Pattern]) -> Pattern | None:
    """The pattern that stands for a whole line: the first with most stops."""
    usable = (pattern for pattern in patterns if len(pattern.stop_ids) > 1)
    return max(usable, key=lambda pattern: len(pattern.stop_ids), default=None)


def _in_order(line: Sequence[str], course: Sequence[str]) -> list[int] | None:
    found: list[int] = []
    for name in course:
        index = next((at for at in range(found[-1] + 1 if found else 0, len(line)) if line[at] == name), None)
        if index is None:
            return None
        found.append(index)
    return found


class _Stretch:
    """The stops of one row, from stop `start` of a line whose last stop is `last`."""

    def __init__(self, stops: Sequence[Stop], start: int, last: int) -> None:
        self._stops = stops
        self._start = start
        self._end = start + len(stops) - 1
        self._last = last
        self._xs = _along(
            [distance_m(one.lat, one.lon, other.lat, other.lon) for one, other in pairwise(stops)]
        )

    def holds(self, progress: float) -> bool:
        """Whether a bus there is drawn on this row; where two rows meet, on the second."""
        clamped = min(max(progress, 0.0), float(self._last))
        return self._start <= clamped < self._end or clamped == self._end == self._last

    def draw(self, here: Sequence[BusPlace], buses: Sequence[BusPlace], top: float) -> tuple[Row, float]:
        """The row with the buses `here` of all `buses`, and its height."""
        levels, label_xs = _callouts(
            [self._x(bus.progress) for bus in here], [bus.half_width for bus in here]
        )
        # Without a bus there is nothing above the line to make room for.
        y = top + (BUS + WAVE + 8.0 + CALLOUT * (max(levels) + 1) if here else 26.0)
        alone = buses[0] if len(buses) == 1 else None
        dots = tuple(self._dot(place, y, alone) for place in range(len(self._stops)))
        longest = max(len_ems(text) for dot in dots for _, text in dot.columns)
        row = Row(
            path=_curve(self._xs[0], self._xs[-1], y),
            passed=self._passed(alone, y),
            back=bool(buses) and buses[0].back,
            arrows=self._arrows(y) if len({bus.back for bus in buses}) == 1 else (),
            dots=dots,
            markers=tuple(
                self._marker(bus, y, level, x) for bus, level, x in zip(here, levels, label_xs, strict=True)
            ),
        )
        return row, y - top + WAVE + LABEL_DROP + longest * EM + 6.0

    def _x(self, progress: float) -> float:
        inside = min(max(progress - self._start, 0.0), len(self._xs) - 1.0)
        index = min(int(inside), len(self._xs) - 2)
        return self._xs[index] + (inside - index) * (self._xs[index + 1] - self._xs[index])

    def _marker(self, bus: BusPlace, y: float, level: int, label_x: float) -> Marker:
        x = self._x(bus.progress)
        return Marker(bus, x, _wave(x, y), label_x, y - WAVE - BUS - 6.0 - CALLOUT * level, bus.half_width)

    def _passed(self, bus: BusPlace | None, y: float) -> str:
        if bus is None:
            return ""
        one, other = sorted((self._x(bus.begins), self._x(bus.progress)))
        return _curve(one, other, y) if other > one else ""

    def _arrows(self, y: float) -> tuple[tuple[float, float], ...]:
        wide = ((one + other) / 2 for one, other in pairwise(self._xs) if other - one > 2 * LEAST_GAP)
        return tuple((x, _wave(x, y)) for x in wide)

    def _dot(self, place: int, y: float, bus: BusPlace | None) -> Dot:
        stop, x, index = self._stops[place], self._xs[place], self._start + place
        beside = (*self._xs[max(place - 1, 0) : place], *self._xs[place + 1 : place + 2])
        return Dot(
            x=x,
            y=_wave(x, y),
            name=stop.name,
            name_en=stop.name_en,
            columns=label(stop.name, x, min(abs(other - x) for other in beside)),
            is_end=index in (0, self._last),
            is_next=bus is not None and index == bus.coming,
            passed=bus is not None and bus.has_passed(index),
        )


def _along(gaps: Sequence[float]) -> list[float]:
    """Where the stops stand, from left to right."""
    room = WIDTH - 2 * MARGIN
    least = min(LEAST_GAP, room / len(gaps))
    spare, total = room - least * len(gaps), sum(gaps)
    shares = [gap / total if total > 0 else 1 / len(gaps) for gap in gaps]
    return list(accumulate((least + spare * share for share in shares), initial=MARGIN))


def _wave(x: float, y: float) -> float:
    return y + WAVE * sin(2 * pi * x / WIDTH * 1.4 + 0.6)


def _curve(left: float, right: float, y: float) -> str:
    steps = max(int((right - left) / 8), 1)
    xs = [left + (right - left) * step / steps for step in range(steps + 1)]
    return "M" + " L".join(f"{x:.1f} {_wave(x, y):.1f}" for x in xs)


def _callouts(xs: Sequence[float], halves: Sequence[float]) -> tuple[list[int], list[float]]:
    """A level for each callout so that none covers another, and its middle so that it stays inside the drawing."""
    middles = [min(max(x, half + 2), WIDTH - half - 2) for x, half in zip(xs, halves, strict=True)]
    levels = [0] * len(xs)
    placed: list[int] = []
    for index in sorted(range(len(xs)), key=lambda index: middles[index]):
        near = {
            levels[other]
            for other in placed
            if abs(middles[other] - middles[index]) < halves[other] + halves[index] + 6
        }
        levels[index] = next(level for level in range(len(xs)) if level not in near)
        placed.append(index)
    return levels, middles
