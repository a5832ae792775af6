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
    """Shares (rows, 5 speeds, cells); row 0 is the belief and sums to 1, the others are marked parts of it."""

    def __init__(self, path: TripPath) -> None:
        mean = _mean_speeds(path)
        self._up, self._down = _changes(mean)
        self.due_s = np.cumsum(CELL_M / mean)
        """(cells,) seconds from the path's beginning, as it is usually driven."""
        self.cells = len(path.xy)
        self._mass = np.zeros((1, len(SPEEDS_MPS), self.cells))
        self._low, self._high = 0, self.cells
        self._mass[0, 0] = 1.0 / self.cells

    @property
    def window(self) -> slice:
        """The cells that hold anything."""
        return slice(self._low, self._high)

    def belief(self) -> Floats:
        """The share of each cell of the window."""
        return np.asarray(self._mass[0, :, self.window].sum(axis=0))

    def middle(self) -> int:
        """The cell at which half of the belief is passed."""
        return self._low + int(np.searchsorted(np.cumsum(self.belief()), 0.5))

    def row_shares(self) -> Floats:
        """What each row holds of the belief; 1 for row 0."""
        return np.asarray(self._mass[:, :, self.window].sum(axis=(1, 2)))

    def seed(self, share: float, cells: Floats, parts: Floats | None = None) -> None:
        """Give `share` of all the belief to `cells` (cells,), standing or driving as their link is driven.

        `parts` (rows - 1, cells) says how much of it is marked in each cell; without it, as much as is now.
        """
        spread = np.outer(np.full(len(SPEEDS_MPS), 1 / len(SPEEDS_MPS)), cells / cells.sum())
        rows = self._mass.sum(axis=(1, 2))[:, None, None] * spread
        if parts is not None and len(parts):
            rows[1:] = parts[:, None, :] * spread
        self._mass = (1.0 - share) * self._mass + share * rows
        self._low, self._high = 0, self.cells
        self._trim()

    def drive(self) -> None:
        """One second by the link's usual speeds."""
        top = len(SPEEDS_MPS) - 1
        self._high = min(self.cells, self._high + top)
        mass = self._mass[:, :, self.window]
        faster, slower = mass * self._up[:, self.window], mass * self._down[:, self.window]
        mass -= faster + slower
        mass[:, 1:] += faster[:, :-1]
        mass[:, :-1] += slower[:, 1:]
        for speed in range(1, top + 1):
            self._shift(mass[:, speed], speed)

    def stand(self) -> None:
        """The bus does not move."""
        mass = self._mass[:, :, self.window]
        mass[:, 0] = mass.sum(axis=1)
        mass[:, 1:] = 0.0

    def roll(self, cells: int, blur: float, mps: float) -> None:
        """The wheels turned by so many cells, `blur` (0 to 1) of it unsure by one; the speed is known to be `mps`."""
        self._low = max(0, self._low - 1)
        self._high = min(self.cells, self._high + cells + 1)
        mass = self._mass[:, :, self.window]
        all_speeds = mass.sum(axis=1)
        if cells:
            self._shift(all_speeds, cells)
        aside = all_speeds * (blur / 2)
        all_speeds -= 2 * aside
        all_speeds[:, 1:] += aside[:, :-1]
        all_speeds[:, :-1] += aside[:, 1:]
        all_speeds[:, 0] += aside[:, 0]
        all_speeds[:, -1] += aside[:, -1]
        mass[:] = 0.0
        mass[:, int(np.argmin(np.abs(SPEEDS_MPS - mps)))] = all_speeds

    def weigh(self, factors: Floats) -> None:
        """Multiply by the likelihood of what was seen: (window,) by cell or (5, window) by speed and cell, above 0."""
        self._mass[:, :, self.window] *= factors
        self._trim()

    def mark(self, sets: list[NDArray[np.bool_]]) -> None:
        """Add a row for each set of cells (cells,): the part of the belief that is there now."""
        self._mass = np.concatenate([self._mass, *(self._mass[:1] * cells for cells in sets)])

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

    def _shift(self, mass: Floats, cells: int) -> None:
        """Move (rows, window) on by `cells`; at the end of the path the bus stays."""
        if cells >= mass.shape[1]:
            mass[:, -1], mass[:, :-1] = mass.sum(axis=1), 0.0
            return
        over = mass[:, -cells:].sum(axis=1)
        mass[:, cells:] = mass[:, :-cells].copy()
        mass[:, :cells] = 0.0
        mass[:, -1] += over

    def _trim(self) -> None:
        belief = self.belief()
        held = np.flatnonzero(belief > NOWHERE * belief.sum())
        low, high = self._low + int(held[0]), self._low + int(held[-1]) + 1
        self._mass[:, :, self._low : low] = 0.0
        self._mass[:, :, high : self._high] = 0.0
        self._low, self._high = low, high
        mass = self._mass[:, :, self.window]
        mass /= mass[0].sum()


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
    low, high = np.full(len(mean), -3.0), np.full(len(mean), 3.0)
    for _ in range(40):
        tilt = (low + high) / 2
        law = np.exp(np.outer(SPEEDS_MPS - SPEEDS_MPS[-1] / 2, tilt))
        slow = (law * SPEEDS_MPS[:, None]).sum(axis=0) / law.sum(axis=0) < mean
        low, high = np.where(slow, tilt, low), np.where(slow, high, tilt)
    step = np.exp(CELL_M * tilt)
    up, down = np.zeros((5, len(mean))), np.zeros((5, len(mean)))
    up[:-1], down[1:] = CHANGE * np.minimum(1.0, step), CHANGE * np.minimum(1.0, 1.0 / step)
    return up, down
