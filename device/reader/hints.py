"""What would help to read a code that stands in view and is not read."""

from __future__ import annotations

import math
from collections import Counter

import cv2
import numpy as np

from device.reader.decode import Look
from device.reader.finder import Corner, corners_in
from device.reader.gray import Gray, smoothed
from device.reader.messages import Hint
from device.reader.regions import Region
from device.reader.treatments import smear_of

UNREAD_SECONDS = 0.6
AGAIN_SECONDS = 0.6
_LOOK_SECONDS = 0.22
"""A few pictures a second are looked at more closely: what helps changes slowly."""
_OLD_SECONDS, _OLD_PAUSE = 5.0, 1.0
"""What has stood so long unread is looked at closely once in so many seconds."""
_GAP_SECONDS = 0.4
_FORGET_SECONDS = 2.5
_LEAST_SQUARES = 2
"""Looks at which a code's squares were seen, before anybody is told anything: other things have edges too."""

_EDGE = 24
"""Pixels from the picture's edge, as exactly as a field's border is known."""
_DARK, _FAINT = 45.0, 35.0
_WHITE = 248
_MIRROR_SHARE = 0.02
_SMALL_MODULE = 3.0
_SQUEEZED = 0.62
_SMEARED, _MOVED = 0.66, 0.06


class Standing:
    """A code that stands in view unread. Times are those of the pictures, in seconds."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = self._looked = self._said = self._tried = float("-inf")
        self._squares: list[float] = []
        self._causes: list[tuple[float, Hint]] = []
        self._before: Region | None = None

    def is_worth_it(self, at: float) -> bool:
        """Whether to try harder at the picture taken at `at`. At what has stood unread for long, only now and then.

        A poster that looks like a code hangs there all day.
        """
        if self._since is None or at - self._since < _OLD_SECONDS:
            return True
        if at - self._tried < _OLD_PAUSE:
            return False
        self._tried = at
        return True

    def see(self, gray: Gray, seen: Look, at: float) -> Hint | None:
        """What to say now about what is in view; None most of the time."""
        if seen.found or seen.unread is None:
            if seen.found or at - self._last > _GAP_SECONDS:
                self._since, self._squares, self._causes, self._before = None, [], [], None
            return None
        self._last = at
        if self._since is None:
            self._since = at
        pause = _LOOK_SECONDS if at - self._since < _OLD_SECONDS else _OLD_PAUSE
        if at - self._since >= _LOOK_SECONDS and at - self._looked >= pause:
            self._looked = at
            self._look(gray, seen.unread, at)
        if at - self._since < UNREAD_SECONDS or at - self._said < AGAIN_SECONDS or not self._causes:
            return None
        if len(self._squares) < _LEAST_SQUARES:
            return None
        self._said = at
        return Counter(cause for _, cause in self._causes).most_common(1)[0][0]

    def _look(self, gray: Gray, region: Region, at: float) -> None:
        piece = region.cut(gray)
        corners = corners_in(piece)
        moved = 0.0
        if self._before is not None:
            moved = math.dist(region.middle, self._before.middle) / max(region.width, region.height)
        self._before = region
        self._squares = [then for then in self._squares if at - then < _FORGET_SECONDS]
        if corners:
            self._squares.append(at)
        cause = cause_of(gray.shape, region, piece, corners, moved)
        self._causes = [(then, what) for then, what in self._causes if at - then < _FORGET_SECONDS]
        self._causes.append((at, cause))


def cause_of(
    picture: tuple[int, ...], region: Region, piece: Gray, corners: list[Corner], moved: float
) -> Hint:
    """Why a code is likely not read. `moved` is how far it went since the last look, as a share of its size."""
    high, wide = picture
    module = float(np.median([corner.module for corner in corners])) if corners else 0.0
    right, bottom = region.x + region.width, region.y + region.height
    cut = min(region.x, region.y, wide - right, high - bottom) < _EDGE
    calm = smoothed(piece, 1.0)
    low, top = (float(level) for level in np.percentile(calm, (5, 95)))
    if cut and len(corners) < 3:
        return Hint.FARTHER
    if top < _DARK or top - low < _FAINT:
        return Hint.BRIGHTER
    if _mirror_share(region, piece, module) > _MIRROR_SHARE:
        return Hint.GLARE
    if corners and module < _SMALL_MODULE:
        return Hint.NEARER
    if corners and _is_squeezed(corners):
        return Hint.STRAIGHTER
    if moved > _MOVED or smear_of(piece)[1] < _SMEARED:
        return Hint.STILL
    return Hint.NEARER if corners and module < 1.5 * _SMALL_MODULE else Hint.STILL


def _mirror_share(region: Region, piece: Gray, module: float) -> float:
    """The share of the code that is white where a code has no field so large."""
    size = max(5, round(4.5 * (module or min(region.width, region.height) / 60)))
    aside = (piece.shape[0] - region.height) // 2 + size, (piece.shape[1] - region.width) // 2 + size
    inner = piece[aside[0] : -aside[0] or None, aside[1] : -aside[1] or None]
    if min(inner.shape) < 2 * size:
        return 0.0
    white = cv2.erode((inner >= _WHITE).astype(np.uint8), np.ones((size, size), np.uint8))
    return float(cv2.dilate(white, np.ones((size, size), np.uint8)).mean())


def _is_squeezed(corners: list[Corner]) -> bool:
    if float(np.median([corner.squeezed for corner in corners])) < _SQUEEZED:
        return True
    if len(corners) < 3:
        return False
    a, b, c = sorted(
        math.dist((p.x, p.y), (q.x, q.y))
        for p, q in ((corners[0], corners[1]), (corners[1], corners[2]), (corners[0], corners[2]))
    )
    # Two legs of one length and a hypotenuse, if it is held straight.
    return a / b < _SQUEEZED or not 0.75 < c / math.hypot(a, b) < 1.25
