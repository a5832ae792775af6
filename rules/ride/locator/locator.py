"""Where on its trip the bus is: a filter on the cells of the path that takes what GPS, door, wheels and driver say.

The sources of the rules and their figures: the project's comparison of methods, repeated by `./dev bench locate`.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from rules.network.stops import distance_m
from rules.ride.locate import FRESH_S, Fix, Place
from rules.ride.locator.grid import SPEEDS_MPS, Grid
from rules.ride.locator.openings import SURE, Opening
from rules.ride.locator.path import CELL_M, Floats, TripPath
from rules.ride.locator.pulses import Pulses
from rules.ride.locator.settling import MARKS, OLD_FIX_S, Settling
from rules.ride.locator.words import why, why_opening

TEMPER = 0.15
"""Errors of one second to the next are the same ones: a second of fixes counts for about a seventh of one."""
FREEDOM = 3.0
SIGMA_M, LEAST_SIGMA_M, MOST_SIGMA_M = 12.0, 5.0, 80.0
LEARN = 0.02
ROAD_SIGMAS = 5.0
SPEED_SIGMA_MPS = 3.0
MOVING_MPS, STANDING_MPS, SWAY_M = 3.0, 1.0, 25.0
BEGINS_THERE = 0.98
"""Anywhere else the first fix finds the bus; until then the rest may not outweigh it."""
DOOR_SIGMA_M, DOOR_ELSEWHERE, DOOR_ARRIVED = 15.0, 0.01, 0.2
"""Of what is on the way, about a fifth is near a stop when the door opens; so what has arrived keeps no more."""
LOST_M, LOST_SIGMAS, LOST_S, LOST_FIXES = 80.0, 4.0, 20.0, 3
SEEN = 0.02
RESEED, RESEED_M, RESEED_ELSEWHERE = 0.2, 1000.0, 0.02
"""A bus found again has more likely gone on than back, and not far from where it was expected."""
DETOUR_M, DETOUR_S, DETOUR_ERROR_M = 200.0, 60.0, 30.0
WRONG_WAY_FIXES = 10
LONGEST_GAP_S = 900
TAPS_TOGETHER_S = 30.0
STOP_M = 50.0
AT_STOP = 0.02
"""Of the way from stop to stop: so near it counts as there."""
KEPT_OPENINGS = 64


class GridLocator:
    """The filter for one trip. `reached` is the index of the last stop reached, where to go on after a restart.

    `wrong_way` says that the bus drives against its trip: another one was meant, or this one has not begun yet.
    """

    def __init__(self, path: TripPath, reached: int = 0) -> None:
        self._path, self._grid = path, Grid(path)
        cells, stops = np.arange(len(path.xy)), path.stop_cells
        between = (stops[1:] + stops[:-1]) / 2
        self._nearest_stop = np.searchsorted(between, cells, side="right")
        # What lies beyond the last stop has arrived there.
        self._stop_m = np.abs(np.minimum(cells, stops[-1]) - stops[self._nearest_stop]) * CELL_M
        self._door = DOOR_ELSEWHERE + np.exp(-np.square(self._stop_m / DOOR_SIGMA_M) / 2)
        self._door[stops[-1] + int(DOOR_SIGMA_M / CELL_M) :] = DOOR_ARRIVED
        after = np.maximum(0.0, cells - stops[reached]) * CELL_M
        before = np.maximum(0.0, stops[reached] - cells) * CELL_M
        self._grid.seed(BEGINS_THERE, np.exp(-after / (300.0 if reached else 40.0)) * np.exp(-before / 40.0))
        self.reached = reached
        self._pulses = Pulses()
        self._at: float | None = None
        self._fix: Fix | None = None
        self._tapped_at: Fix | None = None
        self._counted = 1.0
        self._stands_at: int | None = None
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
        self._settling = Settling(self._grid, self._nearest_stop)

    @property
    def off_line(self) -> bool:
        """Whether the bus has been off its line for so long that it must be a detour."""
        since = self._off_since
        return since is not None and self._fix is not None and self._fix.mono - since >= DETOUR_S

    @property
    def last(self) -> int:
        """The index of the trip's last stop."""
        return len(self._path.stop_cells) - 1

    def see(self, fix: Fix) -> None:
        """Take a new fix."""
        self._advance(fix.mono)
        since_s = np.inf if self._fix is None else fix.mono - self._fix.mono
        if since_s <= 0:
            return
        self._fix, self._counted = fix, min(1.0, TEMPER * since_s)
        self._pulses.compare(fix)
        metres = self._metres(fix)
        if self._is_detour(fix.mono, metres) or self._is_wrong_way(fix, metres):
            return
        if self._is_far(metres):
            self._relocalise(fix.mono, since_s)
        else:
            self._learn(metres)
        window = self._grid.window
        weights = self._nearness(metres, self._counted)
        moving = fix.speed_mps is not None and fix.speed_mps >= MOVING_MPS
        if moving and fix.course_deg is not None:
            course = np.radians(fix.course_deg)
            along = self._path.heading[window] @ np.array([np.sin(course), np.cos(course)])
            weights = weights * (0.55 + 0.45 * along) ** (2 * self._counted)
        if fix.speed_mps is not None and not self._open:
            speeds = np.exp(-np.square((SPEEDS_MPS - fix.speed_mps) / SPEED_SIGMA_MPS) / 2)
            weights = weights * (0.02 + speeds)[:, None]
        self._grid.weigh(weights)
        self._located = True
        self._settling.weigh()
        self._note_reached()
        self._note_standing(fix)

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

    def tapped(self, mono: float) -> Opening | None:
        """A tap on a bus without a door contact: taps at one place within half a minute count as one opening.

        None while the bus is seen moving: no door is open then.
        """
        if self._is_moving(mono):
            return None
        before, now, self._tapped_at = self._tapped_at, self._fix, self._fix
        drove = before and now and distance_m(before.lat, before.lon, now.lat, now.lon) > STOP_M
        last = self.openings[-1] if self.openings else None
        if last is not None and not drove and mono - (last.closed or last.opened) <= TAPS_TOGETHER_S:
            last.closed = mono
            return last
        self._advance(mono)
        opening = self._begin(mono)
        opening.closed = mono
        return opening

    def landmark(self, opening: Opening, stop_index: int) -> None:
        """The driver said that `opening` was at that stop."""
        self._settling.believe(opening, stop_index)
        if opening is self.openings[-1] and self._open:
            self._grid.seed(0.99, self._around(stop_index))
        self._located = True
        opening.shares, opening.ask, opening.by_driver = ((stop_index, 1.0),), False, True
        self._settling.finish(opening)
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

    def is_estimated(self, mono: float) -> bool:
        """Whether neither a fresh fix nor the wheels say where the bus is at `mono`."""
        fresh = self._fix is not None and mono - self._fix.mono <= FRESH_S
        return not (fresh or self._pulses.is_driving(mono))

    def place_of(self, opening: Opening) -> Place:
        """Where the bus was at that opening, by all that is known now."""
        return Place(
            opening.stop_index,
            float(opening.stop_index),
            opening.confidence,
            why_opening(opening),
            unsure=opening.flagged,
            asked=opening.ask,
        )

    def guess(self, mono: float, *, coming: bool) -> Place:
        """For a tap with no opening of the door near it: the stop passed last, or the one `coming`, under reserve."""
        index = self.guessed_stop(mono, coming=coming)
        words = "扉が開く前のタップ。次の停留所" if coming else "扉の記録のないタップ。前の停留所"
        english = "before the door opened: the next stop" if coming else "with no door opening: the last stop"
        share = float(self._near_stops()[index])
        middle = self._grid.middle()
        return Place(index, self._progress(middle), share, f"{words} / {english}", unsure=True)

    def guessed_stop(self, mono: float, *, coming: bool) -> int:
        """The index of that stop alone."""
        self._advance(mono)
        middle, stops, slack = self._grid.middle(), self._path.stop_cells, int(STOP_M / CELL_M)
        if coming:
            return min(int(np.searchsorted(stops, middle - slack)), self.last)
        return max(int(np.searchsorted(stops, middle + slack, "right")) - 1, 0)

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
                index, float(index), min(share, 1.0), why(age, self._pulses.trusted, "停留所 / at the stop")
            )
        words = why(age, self._pulses.trusted, "停留所の間 / between stops")
        return Place(None, self._progress(self._steady()), min(1.0, 1.0 - share), words)

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
            aside_m = self._metres(self._fix)
            self._grid.seed(SURE, np.exp((aside_m.min() - aside_m) / DETOUR_ERROR_M))
        self._grid.stand()
        if self._fix is not None and age <= FRESH_S:
            # The door tells when the bus is at a stop: what the fix of this very moment says counts in whole.
            self._grid.weigh(self._nearness(self._metres(self._fix), 1.0 - self._counted))
            self._counted = 1.0
        self._grid.weigh(self._door[self._grid.window])
        shares = self._stop_shares()
        # With healthy wheels a trip's beginning is enough to go by; without, something must have been seen.
        unseen = not (self._located or self._pulses.trusted)
        unsure = shares[0][1] < SURE or unseen or self._off_since is not None or self.wrong_way
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
        self._settling.begin(opening)
        self._note_reached()
        return opening

    def _nearness(self, metres: Floats, counts: float) -> Floats:
        """The likelihood (window,) of a fix so many `metres` (cells,) away, as much of it as `counts` (0 to 1)."""
        window = self._grid.window
        sigmas = np.hypot(self._sigma, self._path.road_m[window])
        likely = (1 + np.square(metres[window] / sigmas) / FREEDOM) ** (-(FREEDOM + 2) / 2)
        return np.asarray((likely * self._sigma / sigmas) ** counts)

    def _is_moving(self, mono: float) -> bool:
        """Whether the wheels or the last fresh fix say that the bus drives."""
        if self._pulses.is_driving(mono):
            return self._pulses.mps >= MOVING_MPS
        fix = self._fix
        return fix is not None and mono - fix.mono <= FRESH_S and (fix.speed_mps or 0.0) >= MOVING_MPS

    def _metres(self, fix: Fix) -> Floats:
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
        return tuple((int(index), min(1.0, float(shares[index]))) for index in order)

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

    def _is_detour(self, mono: float, metres: Floats) -> bool:
        """Whether the bus is off the line; back on it, it may be anywhere ahead."""
        if float((metres - ROAD_SIGMAS * self._path.road_m).min()) > DETOUR_M:
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

    def _is_far(self, metres: Floats) -> bool:
        """Whether a fix lies nowhere near the belief."""
        limit_m = float(metres.min()) + max(LOST_M, LOST_SIGMAS * self._sigma)
        return float(self._grid.belief()[metres[self._grid.window] <= limit_m].sum()) < SEEN

    def _learn(self, metres: Floats) -> None:
        """Learn how far fixes lie aside: of one of two directions, and of a normal law."""
        self._lost_since = None
        self._lost.clear()
        window = self._grid.window
        held = np.flatnonzero(self._grid.belief() > 1e-4)
        nearest = held[metres[window][held].argmin()]
        if self._path.road_m[window][nearest] <= LEAST_SIGMA_M:
            aside_m = min(metres[window][nearest], MOST_SIGMA_M)
            learnt = (1 - LEARN) * self._sigma**2 + LEARN * aside_m**2
            self._sigma = float(np.clip(np.sqrt(learnt), LEAST_SIGMA_M, MOST_SIGMA_M))

    def _relocalise(self, mono: float, since_s: float) -> None:
        """After a gap, or where fixes lie nowhere near the belief for long, look on the whole line."""
        self._lost.append(mono)
        self._lost_since = mono if self._lost_since is None else self._lost_since
        long = len(self._lost) == LOST_FIXES and mono - self._lost_since >= LOST_S
        if long or since_s >= LOST_S:
            away_m = (np.arange(self._grid.cells) - self._grid.middle()) * CELL_M
            likely = np.exp(-np.abs(away_m) / RESEED_M)
            likely[: max(0, self._path.stop_cells[self.reached] - int(STOP_M / CELL_M))] = 0.0
            parts = self._settling.found_again(mono, self._path.stop_cells)
            self._grid.seed(RESEED, likely + RESEED_ELSEWHERE, parts)
            self._lost_since = None

    def _note_reached(self) -> None:
        self.reached = max(0, int(np.floor(self._progress(self._grid.middle()) + AT_STOP)))

    def _note_standing(self, fix: Fix) -> None:
        """Note where a bus stands: fixes sway, and the middle of the belief with them."""
        standing = fix.speed_mps is not None and fix.speed_mps < STANDING_MPS
        self._stands_at = self._steady() if standing else None

    def _steady(self) -> int:
        """The cell at the middle of the belief, held fast where it only sways about a standing bus."""
        middle, stands = self._grid.middle(), self._stands_at
        return middle if stands is None or abs(middle - stands) * CELL_M > SWAY_M else stands

    def _progress(self, cell: int) -> float:
        """The index of the last stop passed and the share of the way to the next."""
        stops = self._path.stop_cells
        return float(np.interp(cell, stops, np.arange(len(stops))))
