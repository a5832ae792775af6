"""Where on its trip the bus is: a filter on the cells of the path that takes what GPS, door, wheels and driver say.

The sources of the rules and their figures: the project's comparison of methods, repeated by `./dev bench locate`.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from rules.ride.locate import FRESH_S, Fix, Place
from rules.ride.locator.grid import SPEEDS_MPS, Grid
from rules.ride.locator.openings import SURE, Opening
from rules.ride.locator.path import CELL_M, Floats, TripPath
from rules.ride.locator.pulses import Pulses

TEMPER = 0.15
"""Errors of one second to the next are the same ones: each fix counts for about a seventh of one."""
FREEDOM = 3.0
SIGMA_M, LEAST_SIGMA_M, MOST_SIGMA_M = 12.0, 5.0, 80.0
LEARN = 0.02
SPEED_SIGMA_MPS = 3.0
MOVING_MPS = 3.0
DOOR_SIGMA_M, DOOR_ELSEWHERE = 15.0, 0.01
LOST_M, LOST_SIGMAS, LOST_S, LOST_FIXES = 80.0, 4.0, 20.0, 3
RESEED = 0.2
DETOUR_M, DETOUR_S, DETOUR_ERROR_M = 200.0, 60.0, 30.0
WRONG_WAY_FIXES = 10
OLD_FIX_S = 60.0
"""After a gap of OLD_FIX_S the filter's own confidence was right in 58 to 69 of 100: there the driver is asked."""
LONGEST_GAP_S = 900
TAPS_TOGETHER_S = 30.0
STOP_M = 50.0
AT_STOP = 0.02
"""Of the way from stop to stop: so near it counts as there."""
KEPT_OPENINGS, UNSETTLED, MARKS = 64, 4, 4
SETTLING_FIXES = 30


class GridLocator:
    """The filter for one trip. `reached` is the index of the last stop reached, where to go on after a restart.

    `wrong_way` says that the bus drives against its trip: another one was meant, or this one has not begun yet.
    """

    def __init__(self, path: TripPath, reached: int = 0) -> None:
        self._path, self._grid = path, Grid(path)
        cells, stops = np.arange(len(path.xy)), path.stop_cells
        between = (stops[1:] + stops[:-1]) / 2
        self._nearest_stop = np.searchsorted(between, cells, side="right")
        self._stop_m = np.abs(cells - stops[self._nearest_stop]) * CELL_M
        self._door = DOOR_ELSEWHERE + np.exp(-np.square(self._stop_m / DOOR_SIGMA_M) / 2)
        after = np.maximum(0.0, cells - stops[reached]) * CELL_M
        before = np.maximum(0.0, stops[reached] - cells) * CELL_M
        self._grid.seed(0.8, np.exp(-after / (300.0 if reached else 40.0)) * np.exp(-before / 40.0))
        self.reached = reached
        self._pulses = Pulses()
        self._at: float | None = None
        self._fix: Fix | None = None
        self._located = False
        self._sigma = SIGMA_M
        self._open = False
        self._opened = 0
        self._lost: deque[float] = deque(maxlen=LOST_FIXES)
        self._lost_since: float | None = None
        self._off_since: float | None = None
        self._against = 0
        self.wrong_way = False
        self.openings: deque[Opening] = deque(maxlen=KEPT_OPENINGS)
        self._marks: list[tuple[Opening, tuple[int, ...]]] = []
        self._fixes_since: dict[int, int] = {}

    @property
    def off_line(self) -> bool:
        """Whether the bus has been off its line for so long that it must be a detour."""
        since = self._off_since
        return since is not None and self._fix is not None and self._fix.mono - since >= DETOUR_S

    def see(self, fix: Fix) -> None:
        """Take a new fix."""
        self._advance(fix.mono)
        if self._fix is not None and fix.mono <= self._fix.mono:
            return
        self._fix = fix
        self._pulses.compare(fix)
        metres = self._aside_m(fix)
        if self._is_detour(fix.mono, float(metres.min())) or self._is_wrong_way(fix, metres):
            return
        self._relocalise(fix.mono, metres)
        window = self._grid.window
        near = metres[window]
        weights = (1 + np.square(near / self._sigma) / FREEDOM) ** (-TEMPER * (FREEDOM + 2) / 2)
        moving = fix.speed_mps is not None and fix.speed_mps >= MOVING_MPS
        if moving and fix.course_deg is not None:
            course = np.radians(fix.course_deg)
            along = self._path.heading[window] @ np.array([np.sin(course), np.cos(course)])
            weights = weights * (0.55 + 0.45 * along) ** (2 * TEMPER)
        if fix.speed_mps is not None and not self._open:
            speeds = np.exp(-np.square((SPEEDS_MPS - fix.speed_mps) / SPEED_SIGMA_MPS) / 2)
            weights = weights * (0.02 + speeds)[:, None]
        self._grid.weigh(weights)
        self._located = True
        self._settle()
        self._note_reached()

    def rolled(self, mono: float, odometer_m: float) -> None:
        """The wheels' pulses say `odometer_m` metres since some beginning, at `mono`; about once a second."""
        moved_m, mps = self._pulses.count(mono, odometer_m)
        if self._pulses.trusted and self._at is not None and not self._off_since:
            cells, blur = self._pulses.cells(moved_m)
            self._grid.roll(cells, blur, mps)
            self._at = mono

    def door_opened(self, mono: float) -> Opening:
        """The door opens; what is believed of that opening."""
        self._advance(mono)
        self._open = True
        return self._begin(mono)

    def door_closed(self, mono: float) -> None:
        """The door closes."""
        self._advance(mono)
        self._open = False
        if self.openings and self.openings[-1].closed is None:
            self.openings[-1].closed = mono

    def tapped(self, mono: float) -> Opening:
        """A tap on a bus without a door contact: taps within half a minute count as one opening."""
        last = self.openings[-1] if self.openings else None
        if last is not None and mono - (last.closed or last.opened) <= TAPS_TOGETHER_S:
            last.closed = mono
            return last
        self._advance(mono)
        opening = self._begin(mono)
        opening.closed = mono
        return opening

    def landmark(self, opening: Opening, stop_index: int) -> None:
        """The driver said that `opening` was at that stop."""
        row = 1
        for marked, stops in self._marks:
            if marked is opening and stop_index in stops:
                self._grid.keep_row(row + stops.index(stop_index))
            row += len(stops)
        if opening is self.openings[-1] and self._open:
            self._grid.seed(0.99, self._around(stop_index))
        self._located = True
        opening.shares, opening.ask, opening.by_driver = ((stop_index, 1.0),), False, True
        self._finish(opening)
        self._note_reached()

    def put(self, mono: float, stop_index: int) -> None:
        """The driver said, unasked, that the bus is at that stop at `mono`: so was the door if it is open."""
        self._advance(mono)
        if self._open:
            self.landmark(self.openings[-1], stop_index)
            return
        self._grid.seed(0.99, self._around(stop_index))
        self._located = True
        self._note_reached()

    def place_of(self, opening: Opening) -> Place:
        """Where the bus was at that opening, by all that is known now."""
        return Place(
            opening.stop_index,
            float(opening.stop_index),
            opening.confidence,
            _why_opening(opening),
            unsure=opening.flagged,
            asked=opening.ask,
        )

    def guess(self, mono: float, *, coming: bool) -> Place:
        """For a tap with no opening of the door near it: the stop passed last, or the one `coming`, under reserve."""
        self._advance(mono)
        progress = self._progress()
        index = int(np.ceil(progress - AT_STOP)) if coming else int(np.floor(progress + AT_STOP))
        index = min(max(index, 0), len(self._path.stop_cells) - 1)
        words = "扉が開く前のタップ。次の停留所" if coming else "扉の記録のないタップ。前の停留所"
        english = "before the door opened: the next stop" if coming else "with no door opening: the last stop"
        share = float(self._near_stops()[index])
        return Place(index, progress, share, f"{words} / {english}", unsure=True)

    def place(self, mono: float) -> Place:
        """The place at `mono` seconds on the clock that stamps the fixes."""
        self._advance(mono)
        if self._fix is None:
            return Place(None, float(self.reached), 0.0, "GPS待ち / waiting for GPS")
        if self.off_line:
            return Place(
                None, float(self.reached), 0.0, "路線から外れています（迂回？） / off the line, a detour?"
            )
        if self.wrong_way:
            return Place(
                None, float(self.reached), 0.0, "便と逆の向きです / driving against the trip's direction"
            )
        at_stop = self._near_stops()
        index = int(np.argmax(at_stop))
        share, age = float(at_stop[index]), mono - self._fix.mono
        if self._open and self.openings:
            index, share = self.openings[-1].stop_index, self.openings[-1].confidence
        if share >= 0.5:
            return Place(
                index, float(index), min(share, 1.0), _why(age, self._pulses.trusted, "停留所 / at the stop")
            )
        words = _why(age, self._pulses.trusted, "停留所の間 / between stops")
        return Place(None, self._progress(), min(1.0, 1.0 - share), words)

    def _near_stops(self) -> Floats:
        """How much of the belief lies within STOP_M of each stop (stops,)."""
        window = self._grid.window
        near = self._grid.belief() * (self._stop_m[window] <= STOP_M)
        return np.bincount(self._nearest_stop[window], near, minlength=len(self._path.stop_cells)).clip(
            max=1.0
        )

    def _begin(self, mono: float) -> Opening:
        age = np.inf if self._fix is None else mono - self._fix.mono
        if self.wrong_way and self._stop_shares()[0][1] < 0.5:
            # It came to where its trip begins, and nobody saw it arrive.
            self._grid.seed(SURE, self._around(0))
        if self._off_since is not None and self._fix is not None:
            # A stop beside the closed road: the nearest on the line is the best guess, and flagged.
            aside_m = self._aside_m(self._fix)
            self._grid.seed(SURE, np.exp((aside_m.min() - aside_m) / DETOUR_ERROR_M))
        self._grid.stand()
        window = self._grid.window
        self._grid.weigh(self._door[window])
        shares = self._stop_shares()
        unsure = shares[0][1] < SURE or not self._located or self._off_since is not None or self.wrong_way
        self._opened += 1
        opening = Opening(
            self._opened,
            mono,
            None,
            shares,
            float(age),
            unsure or (age > OLD_FIX_S and not self._pulses.trusted),
        )
        self.wrong_way, self._against = False, 0
        self.openings.append(opening)
        if len(self._marks) == UNSETTLED:
            self._finish(self._marks[0][0])
        stops = tuple(index for index, _ in shares[:MARKS])
        self._grid.mark([self._nearest_stop == index for index in stops])
        self._marks.append((opening, stops))
        self._fixes_since[id(opening)] = 0
        self._note_reached()
        return opening

    def _aside_m(self, fix: Fix) -> Floats:
        """Metres from a fix to each cell (cells,)."""
        return np.asarray(np.hypot(*(self._path.xy - self._path.metres(fix.lat, fix.lon)).T))

    def _around(self, stop_index: int) -> Floats:
        """Cells (cells,) by how near they are to a stop; nowhere quite nothing."""
        away_m = (np.arange(self._grid.cells) - self._path.stop_cells[stop_index]) * CELL_M
        return np.asarray(np.exp(-np.square(away_m / DOOR_SIGMA_M) / 2) + 1e-12)

    def _stop_shares(self) -> tuple[tuple[int, float], ...]:
        """The stops by their shares, likeliest first, at most MARKS of them."""
        window = self._grid.window
        shares = np.bincount(
            self._nearest_stop[window], self._grid.belief(), minlength=len(self._path.stop_cells)
        )
        order = np.argsort(-shares, kind="stable")[:MARKS]
        return tuple((int(index), float(shares[index])) for index in order)

    def _settle(self) -> None:
        """Weigh earlier openings anew by what is believed now."""
        shares, row = self._grid.row_shares(), 1
        done = []
        for opening, stops in self._marks:
            rows = shares[row : row + len(stops)]
            pairs = sorted(zip(stops, rows.tolist(), strict=True), key=lambda pair: -pair[1])
            opening.shares = tuple(pairs)
            row += len(stops)
            if opening.closed is not None:
                self._fixes_since[id(opening)] += 1
                if self._fixes_since[id(opening)] >= SETTLING_FIXES:
                    done.append(opening)
        for opening in done:
            self._finish(opening)

    def _finish(self, opening: Opening) -> None:
        opening.settled = True
        row = 1
        for place, (marked, stops) in enumerate(self._marks):
            if marked is opening:
                self._grid.unmark(row, len(stops))
                del self._marks[place], self._fixes_since[id(opening)]
                return
            row += len(stops)

    def _advance(self, mono: float) -> None:
        """Let the belief drive on, second by second, to `mono`."""
        if self._at is None:
            self._at = mono
        seconds = int(mono - self._at)
        if seconds <= 0 or self._pulses.is_driving(mono):
            return
        self._at += seconds
        if self._open or self._off_since is not None or self.wrong_way:
            return
        for _ in range(min(seconds, LONGEST_GAP_S)):
            self._grid.drive()

    def _is_detour(self, mono: float, nearest_m: float) -> bool:
        """Whether the bus is off the line; back on it, it may be anywhere ahead."""
        if nearest_m > DETOUR_M:
            self._off_since = mono if self._off_since is None else self._off_since
            return True
        if self._off_since is not None:
            self._off_since = None
            self._grid.seed(0.5, np.ones(self._grid.cells))
        return False

    def _is_wrong_way(self, fix: Fix, metres: Floats) -> bool:
        """Whether fixes in a row drive against the path wherever they lie near it."""
        if fix.speed_mps is None or fix.speed_mps < MOVING_MPS or fix.course_deg is None:
            return False
        course = np.radians(fix.course_deg)
        near = metres <= metres.min() + 2 * self._sigma
        along = self._path.heading[near] @ np.array([np.sin(course), np.cos(course)])
        # Two ahead undo one against: at a bend a single fix says little.
        step = 1 if float(along.max()) < -0.5 else -2
        self._against = min(WRONG_WAY_FIXES, max(0, self._against + step))
        self.wrong_way = self._against == WRONG_WAY_FIXES or (self.wrong_way and self._against > 0)
        if self.wrong_way:
            # Nothing is known of where it will turn round; where it stands then, fixes will say.
            self._grid.seed(1.0, np.ones(self._grid.cells))
        return self.wrong_way

    def _relocalise(self, mono: float, metres: Floats) -> None:
        """Learn how far fixes lie aside; where they lie nowhere near the belief for long, look on the whole line."""
        held = self._grid.belief() > 1e-4
        aside = float(metres[self._grid.window][held].min()) if held.any() else np.inf
        if aside <= float(metres.min()) + max(LOST_M, LOST_SIGMAS * self._sigma):
            self._lost_since = None
            self._lost.clear()
            # What is aside is one of two directions, and of a normal law.
            learnt = (1 - LEARN) * self._sigma**2 + LEARN * min(aside, MOST_SIGMA_M) ** 2
            self._sigma = float(np.clip(np.sqrt(learnt), LEAST_SIGMA_M, MOST_SIGMA_M))
            return
        self._lost.append(mono)
        self._lost_since = mono if self._lost_since is None else self._lost_since
        if len(self._lost) == LOST_FIXES and mono - self._lost_since >= LOST_S:
            self._grid.seed(RESEED, np.ones(self._grid.cells))
            self._lost_since = None

    def _note_reached(self) -> None:
        self.reached = max(0, int(np.floor(self._progress() + AT_STOP)))

    def _progress(self) -> float:
        """The index of the last stop passed and the share of the way to the next, at the middle of the belief."""
        window = self._grid.window
        middle = window.start + int(np.searchsorted(np.cumsum(self._grid.belief()), 0.5))
        stops = self._path.stop_cells
        return float(np.interp(middle, stops, np.arange(len(stops))))


def _why_opening(opening: Opening) -> str:
    if opening.by_driver:
        return "運転士の指定 / as the driver said"
    age = "" if opening.fix_age_s <= FRESH_S else f"（GPSなし{opening.fix_age_s:.0f}秒）"
    percent = f"{100 * opening.confidence:.0f}%"
    if opening.settled:
        return f"後の位置から確定 {percent} / settled by what was seen later, {percent}"
    return f"扉が開いた所{age} {percent} / where the door opened, {percent}"


def _why(age_s: float, pulses: bool, where: str) -> str:
    here, there = where.split(" / ")
    if age_s <= FRESH_S:
        return f"{here}（GPS） / {there}, by GPS"
    if pulses:
        return f"{here}（車速から。GPSなし{age_s:.0f}秒） / {there}, by the wheels; no GPS for {age_s:.0f} s"
    return f"{here}（推定。GPSなし{age_s:.0f}秒） / {there}, estimated; no GPS for {age_s:.0f} s"
