"""The openings still unsure: rows of the grid, weighed anew with all that is seen after them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.ride.locator.grid import Grid
from rules.ride.locator.openings import Opening
from rules.ride.locator.path import Floats

UNSETTLED, MARKS = 4, 4
"""So many openings, and stops of each, are kept open at once."""
LEAST_SHARE, LEAST_MARKS = 1e-4, 2
"""A stop with less is not carried along, unless the driver may be asked about it."""
SETTLING_FIXES = 30
OLD_FIX_S = 60.0
"""After a gap of OLD_FIX_S the filter's own confidence was right in 58 to 69 of 100: there the driver is asked."""
ESTIMATE = 0.3
FITS_S, FITS = 30.0, 0.3
"""A bus is off its usual time by half a minute, and by three in ten of the way."""


class Settling:
    """Which rows of the grid belong to which opening. `nearest_stop` (cells,) is the stop's index at each cell."""

    def __init__(self, grid: Grid, nearest_stop: NDArray[np.int64]) -> None:
        self._grid, self._nearest_stop = grid, nearest_stop
        self._marks: list[tuple[Opening, tuple[int, ...]]] = []
        self._fixes_since: list[int] = []

    def __len__(self) -> int:
        return len(self._marks)

    def begin(self, opening: Opening) -> None:
        """Mark what is believed now; of too many, the surest is left as it stands."""
        if len(self._marks) == UNSETTLED:
            self.finish(max((marked for marked, _ in self._marks), key=lambda each: each.confidence))
        least = len(opening.candidates) if opening.ask else LEAST_MARKS
        opening.shares = (
            *opening.shares[:least],
            *(e for e in opening.shares[least:] if e[1] >= LEAST_SHARE),
        )
        stops = tuple(index for index, _ in opening.shares)
        self._grid.mark([self._nearest_stop == index for index in stops])
        self._marks.append((opening, stops))
        self._fixes_since.append(0)

    def weigh(self) -> None:
        """Give each opening its shares by what is believed now; after SETTLING_FIXES on the way they are its last."""
        shares, row = self._grid.row_shares(), 1
        done = []
        for place, (opening, stops) in enumerate(self._marks):
            rows = shares[row : row + len(stops)].clip(max=1.0)
            opening.shares = tuple(sorted(zip(stops, rows.tolist(), strict=True), key=lambda pair: -pair[1]))
            row += len(stops)
            self._fixes_since[place] += opening.closed is not None
            if self._fixes_since[place] >= SETTLING_FIXES:
                done.append(opening)
        for opening in done:
            self.finish(opening)

    def found_again(self, mono: float, stop_cells: NDArray[np.int64]) -> Floats:
        """What is marked (rows - 1, cells) of a bus that turns out to be at a cell where it was not expected.

        Each opening's stops by how well the way from there fits the seconds since, and by what was believed of them:
        hardly at all where that was no more than an estimate.
        """
        rows: list[Floats] = []
        for opening, stops in self._marks:
            gone_s = 0.0 if opening.closed is None else mono - opening.closed
            way_s = self._grid.due_s[None, :] - self._grid.due_s[stop_cells[list(stops)]][:, None]
            fits = np.exp(-np.abs(way_s - gone_s) / (FITS_S + FITS * gone_s))
            believed = np.array([dict(opening.shares)[stop] for stop in stops]).clip(min=1e-9)
            weights = fits * (believed ** (ESTIMATE if opening.fix_age_s > OLD_FIX_S else 1.0))[:, None]
            rows.append(weights / weights.sum(axis=0))
        return np.concatenate(rows) if rows else np.zeros((0, self._grid.cells))

    def believe(self, opening: Opening, stop_index: int) -> None:
        """Somebody said that the opening was there: believe that part alone, if it was thought of."""
        row = 1
        for marked, stops in self._marks:
            if marked is opening and stop_index in stops:
                self._grid.keep_row(row + stops.index(stop_index))
            row += len(stops)

    def finish(self, opening: Opening) -> None:
        """What is seen from now on does not change this opening."""
        opening.settled = True
        row = 1
        for place, (marked, stops) in enumerate(self._marks):
            if marked is opening:
                self._grid.unmark(row, len(stops))
                del self._marks[place], self._fixes_since[place]
                return
            row += len(stops)
