"""What is believed of the bus: a share for each cell of the path and each of five speeds, and how it drives on.

Beside the belief run rows of marked mass: the part of it by which an earlier door opening was at a certain stop. All
that moves and weighs the belief does the same to them, so what is seen later settles what was unsure then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.ride.locator.path import CELL_M, FASTEST_MPS, Floats, TripPath

SPEEDS_MPS = np.array([0.0, 4.0, 8.0, 12.0, 16.0])
"""A bus at SPEEDS_MPS[k] passes k cells a second: hence the cells of 4 m."""
CHANGE = 0.3
"""The share of buses that changes to a speed as likely, in a second: 4 m/s more or less at about 1 m/s²."""
NEAR_STOP_CELLS = 6
SLOW_AT_STOP = 0.5
NOWHERE = 1e-9
"""Cells with less are emptied, and the arithmetic keeps to those between the first and the last that are not."""


class Grid:
    """Shares (rows, 5 speeds, cells); row 0 is the belief and sums to 1, the others are marked parts of it.

    Of the cells only the window is held: those that are not empty, and a few at its ends.
    """

    def __init__(self, path: TripPath) -> None:
        mean = _mean_speeds(path)
        self._up, self._down = _changes(mean)
        self._stay = 1.0 - self._up - self._down
        self.due_s = np.cumsum(CELL_M / mean)
        """(cells,) seconds from the path's beginning, as it is usually driven."""
        self.cells = len(path.xy)
        self._low = 0
        self._mass = np.zeros((1, len(SPEEDS_MPS), self.cells))
        self._mass[0, 0] = 1.0 / self.cells

    @property
    def window(self) -> slice:
        """The cells that hold anything."""
        return slice(self._low, self._low + self._mass.shape[2])

    def belief(self) -> Floats:
        """The share of each cell of the window."""
        return np.asarray(self._mass[0].sum(axis=0))

    def middle(self) -> int:
        """The cell at which half of the belief is passed."""
        return self._low + int(np.searchsorted(np.cumsum(self.belief()), 0.5))

    def row_shares(self) -> Floats:
        """What each row holds of the belief; 1 for row 0."""
        return np.asarray(self._mass.sum(axis=(1, 2)))

    def seed(self, share: float, cells: Floats, parts: Floats | None = None) -> None:
        """Give `share` of all the belief to `cells` (cells,), standing or driving as their link is driven.

        `parts` (rows - 1, cells) says how much of it is marked in each cell; without it, as much as is now.
        """
        spread = np.outer(np.full(len(SPEEDS_MPS), 1 / len(SPEEDS_MPS)), cells / cells.sum())
        rows = self.row_shares()[:, None, None] * spread
        if parts is not None and len(parts):
            rows[1:] = parts[:, None, :] * spread
        rows *= share
        rows[:, :, self.window] += (1.0 - share) * self._mass
        self._low, self._mass = 0, rows
        self._trim()

    def drive(self) -> None:
        """One second by the link's usual speeds."""
        rows, speeds, width = self._mass.shape
        top, window = speeds - 1, self.window
        # Lines of the buffer written so far apart, and read one cell nearer, have moved on by a cell more each: at
        # speed k by k cells.
        buffer = np.zeros((rows, speeds * (width + top + 1)))
        moved = buffer[:, : speeds * (width + top)].reshape(rows, speeds, width + top)
        mass = buffer.reshape(rows, speeds, width + top + 1)[:, :, :width]
        np.multiply(self._mass, self._stay[:, window], out=mass)
        mass[:, 1:] += self._mass[:, :-1] * self._up[:-1, window]
        mass[:, :-1] += self._mass[:, 1:] * self._down[1:, window]
        self._mass = self._within_path(moved)

    def stand(self) -> None:
        """The bus does not move."""
        self._mass[:, 0] = self._mass.sum(axis=1)
        self._mass[:, 1:] = 0.0

    def roll(self, cells: int, blur: float, mps: float) -> None:
        """The wheels turned by so many cells, `blur` (0 to 1) of it unsure by one; the speed is known to be `mps`."""
        rolled = self._mass.sum(axis=1)
        self._low += cells
        rolled = self._within_path(rolled)
        back, on = min(1, self._low), min(1, self.cells - self._low - rolled.shape[1])
        self._low -= back
        rolled = np.pad(rolled, ((0, 0), (back, on)))
        aside = rolled * (blur / 2)
        rolled -= 2 * aside
        rolled[:, 1:] += aside[:, :-1]
        rolled[:, :-1] += aside[:, 1:]
        # Beyond the path's ends there is nothing.
        rolled[:, 0] += aside[:, 0]
        rolled[:, -1] += aside[:, -1]
        self._mass = np.zeros((len(rolled), len(SPEEDS_MPS), rolled.shape[1]))
        self._mass[:, int(np.argmin(np.abs(SPEEDS_MPS - mps)))] = rolled

    def weigh(self, factors: Floats) -> None:
        """Multiply by the likelihood of what was seen: (window,) by cell or (5, window) by speed and cell, above 0."""
        self._mass *= factors
        self._trim()

    def mark(self, sets: list[NDArray[np.bool_]]) -> None:
        """Add a row for each set of cells (cells,): the part of the belief that is there now."""
        parts = (self._mass[:1] * cells[self.window] for cells in sets)
        self._mass = np.concatenate([self._mass, *parts])

    def unmark(self, first: int, count: int) -> None:
        """Drop `count` rows from `first` on."""
        self._mass = np.delete(self._mass, np.s_[first : first + count], axis=0)

    def keep_row(self, row: int) -> None:
        """Believe the marked part alone: somebody said it is so. A part that holds nothing changes nothing."""
        part = self._mass[row]
        total = float(part.sum())
        if total > NOWHERE:
            whole = np.maximum(self._mass[0], np.finfo(float).tiny)
            self._mass = self._mass * (part / whole) / total
            self._trim()

    def _within_path(self, mass: Floats) -> Floats:
        """At the end of the path the bus stays: what of `mass` (..., from the window's first cell on) lies beyond."""
        width = self.cells - self._low
        if mass.shape[-1] <= width:
            return mass
        if width < 1:
            self._low = self.cells - 1
            return np.asarray(mass.sum(axis=-1, keepdims=True))
        mass[..., width - 1] += mass[..., width:].sum(axis=-1)
        return mass[..., :width]

    def _trim(self) -> None:
        belief = self.belief()
        held = np.flatnonzero(belief > NOWHERE * belief.sum())
        low, high = int(held[0]), int(held[-1]) + 1
        self._low += low
        self._mass = self._mass[:, :, low:high]
        self._mass /= self._mass[0].sum()


def _mean_speeds(path: TripPath) -> Floats:
    """(cells,) metres a second: slower around stops, on the link so much faster that its time is kept.

    Nearly nothing beyond the last stop.
    """
    cells = np.arange(len(path.xy))
    slow_cells = 2 * NEAR_STOP_CELLS
    longer = 1 + slow_cells * (1 / SLOW_AT_STOP - 1) / np.maximum(np.diff(path.stop_cells), slow_cells)
    link_mps = np.minimum(path.link_mps * longer, FASTEST_MPS)
    mean = link_mps[np.clip(np.searchsorted(path.stop_cells, cells, side="right") - 1, 0, len(link_mps) - 1)]
    for stop in path.stop_cells:
        mean[np.abs(cells - stop) <= NEAR_STOP_CELLS] *= SLOW_AT_STOP
    mean[cells > path.stop_cells[-1]] = 0.5
    return np.asarray(mean)


def _changes(mean: Floats) -> tuple[Floats, Floats]:
    """The shares (5, cells) that go one speed up and down in a second, so that in the long run `mean` is driven.

    The long run is the flattest law of speeds with that mean, exp(tilt * speed); up and down balance by Metropolis.
    """
    # Links and stops have few speeds, cells are many.
    speeds, cell_speeds = np.unique(mean, return_inverse=True)
    low, high = np.full(len(speeds), -3.0), np.full(len(speeds), 3.0)
    for _ in range(40):
        tilt = (low + high) / 2
        law = np.exp(np.outer(SPEEDS_MPS - SPEEDS_MPS[-1] / 2, tilt))
        slow = (law * SPEEDS_MPS[:, None]).sum(axis=0) / law.sum(axis=0) < speeds
        low, high = np.where(slow, tilt, low), np.where(slow, high, tilt)
    step = np.exp(CELL_M * tilt)[cell_speeds]
    up, down = np.zeros((5, len(mean))), np.zeros((5, len(mean)))
    up[:-1], down[1:] = CHANGE * np.minimum(1.0, step), CHANGE * np.minimum(1.0, 1.0 / step)
    return up, down
