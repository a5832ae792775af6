"""The three squares in a code's corners. They are large enough to be seen where the code itself cannot be read."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from device.reader.gray import Gray, stretched
from device.reader.treatments import unsmeared

_WHOLE = 360
"""Pixels of the shorter side up to which a piece is enlarged, and twice that down to which it is made smaller."""
_CENTRE = (0.15, 0.6)
"""The dark centre's share of the white around it: 9 modules of 25, and what light and blur make of it."""
_FAINT = 40
_MATCHED_WHOLE = 260
_PATTERN_SIDES = (8.0, 10.0, 12.5, 15.5, 19.0)
_PLACES = 6
_ALIKENESS, _ALIKENESS_FAINT = 0.64, 0.5
"""Correlation with the pattern that all three places have. Timetables and cloth came to 0.62."""

Floats = npt.NDArray[np.float32]
Place = tuple[float, float]
_ALIKE = 1.7
_MODULES_APART = 9.0


@dataclass(frozen=True, slots=True)
class Corner:
    """One square: its middle and its white ring's side in pixels of the piece, its short by its long side."""

    x: float
    y: float
    side: float
    squeezed: float

    @property
    def module(self) -> float:
        """Pixels a module."""
        return self.side / 5.0


def corners_in(piece: Gray) -> list[Corner]:
    """The squares of one code, two or three; empty where there are no two that belong together."""
    factor = 1.0
    while min(piece.shape) * factor < _WHOLE:
        factor *= 2
    while min(piece.shape) * factor > 2 * _WHOLE:
        factor /= 2
    calm = _calmed(piece, factor)
    for gray in (calm, 255 - calm):
        found = _belonging(_squares(gray.astype(np.uint8)))
        if found:
            return [Corner(c.x / factor, c.y / factor, c.side / factor, c.squeezed) for c in found]
    found = _matched(piece)
    # Of what is smeared, the pattern shows once the smear is taken back.
    for clear in unsmeared(stretched(piece)) if not found else ():
        found = found or _matched(clear)
    return found


def _calmed(piece: Gray, factor: float) -> Gray:
    """In the size to look at, with as little noise as its light allows, stretched."""
    low, high = np.percentile(piece, (5, 95))
    # Where there is hardly any light, noise is as strong as what it hides, and a gray level is a large step.
    fine = piece.astype(np.float32)
    if high - low < _FAINT:
        fine = cv2.GaussianBlur(fine, (0, 0), 2.0).astype(np.float32)
    if factor != 1.0:
        way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
        fine = cv2.resize(fine, None, fx=factor, fy=factor, interpolation=way).astype(np.float32)
    if factor <= 1.0:
        fine = cv2.GaussianBlur(fine, (0, 0), 1.0).astype(np.float32)
    low, high = np.percentile(fine, (1, 99))
    calm: Gray = np.clip((fine - low) * (255.0 / max(2.0, high - low)), 0, 255).astype(np.uint8)
    return calm


def _matched(piece: Gray) -> list[Corner]:
    """Three places that look like the pattern of a corner, where its rings are too fine to be told apart."""
    factor = 1.0
    while min(piece.shape) * factor > _MATCHED_WHOLE:
        factor /= 2
    fine = piece.astype(np.float32)
    low, high = np.percentile(piece, (5, 95))
    is_faint = bool(high - low < _FAINT)
    if is_faint:
        fine = cv2.GaussianBlur(fine, (0, 0), 1.5).astype(np.float32)
    if factor < 1:
        fine = cv2.resize(fine, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.float32)
    best: tuple[float, list[Corner]] = (_ALIKENESS_FAINT if is_faint else _ALIKENESS, [])
    for side in _PATTERN_SIDES:
        for share, group in _threes(fine, side, best[0]):
            if share > best[0]:
                corners = [Corner(x / factor, y / factor, side * 5 / 7 / factor, 1.0) for x, y in group]
                best = (share, corners)
    return best[1]


def _threes(fine: Floats, side: float, least: float) -> list[tuple[float, tuple[Place, ...]]]:
    """Groups of three likely places of a pattern of `side` pixels that lie as a code's corners do."""
    pattern = _pattern(side)
    high, wide = pattern.shape
    if min(fine.shape) < 3 * high:
        return []
    alike = cv2.matchTemplate(fine, pattern, cv2.TM_CCOEFF_NORMED)
    places: list[tuple[float, Place]] = []
    for _ in range(_PLACES):
        _, share, _, (x, y) = cv2.minMaxLoc(alike)
        if share < least:
            break
        places.append((share, (x + wide / 2, y + high / 2)))
        alike[max(0, y - high // 2) : y + high // 2 + 1, max(0, x - wide // 2) : x + wide // 2 + 1] = -1.0
    return [
        (min(share for share, _ in group), tuple(place for _, place in group))
        for group in combinations(places, 3)
        if _is_right_angled([place for _, place in group], side)
    ]


def _is_right_angled(places: list[Place], side: float) -> bool:
    a, b, c = sorted(math.dist(one, other) for one, other in combinations(places, 2))
    return a > 2.2 * side and a > 0.7 * b and 0.85 < c / math.hypot(a, b) < 1.15


@functools.lru_cache(maxsize=len(_PATTERN_SIDES))
def _pattern(side: float) -> Floats:
    """A corner's pattern of 7 modules in `side` pixels, a white module around it."""
    modules = np.ones((9, 9), np.float32)
    modules[1:8, 1:8], modules[2:7, 2:7], modules[3:6, 3:6] = 0, 1, 0
    whole = round(side * 9 / 7)
    large = np.kron(modules, np.ones((8, 8), np.float32))
    small = cv2.resize(large, (whole, whole), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.5), dtype=np.float32)


def _squares(gray: Gray) -> list[Corner]:
    block = max(31, min(gray.shape) // 4) | 1
    dark = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 6)
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return []
    found = []
    for ring, links in zip(contours, np.asarray(tree)[0].tolist(), strict=True):
        following, _, child, parent = links
        if parent < 0 or child < 0 or following >= 0 or links[1] >= 0:
            continue  # the white of a square lies alone in its dark frame, and has the dark centre in it
        size, inner = cv2.contourArea(ring), cv2.contourArea(contours[child])
        if size < 30 or not _CENTRE[0] <= inner / size <= _CENTRE[1]:
            continue
        (x, y), (wide, high), _ = cv2.minAreaRect(ring)
        (cx, cy), (centre_wide, centre_high), _ = cv2.minAreaRect(contours[child])
        if min(wide, high, centre_wide, centre_high) <= 0 or size < 0.7 * wide * high:
            continue
        if math.hypot(cx - x, cy - y) < 0.2 * math.sqrt(size):
            found.append(Corner(x, y, math.sqrt(size), min(wide, high) / max(wide, high)))
    return found


def _belonging(found: list[Corner]) -> list[Corner]:
    """The largest group of up to three of one size that stand as far apart as a code's corners do."""
    for number in (3, 2):
        groups = [group for group in combinations(found[:12], number) if _is_one_code(group)]
        if groups:
            return list(max(groups, key=lambda group: min(corner.side for corner in group)))
    return []


def _is_one_code(group: tuple[Corner, ...]) -> bool:
    sides = [corner.side for corner in group]
    if max(sides) > _ALIKE * min(sides):
        return False
    apart = [math.hypot(a.x - b.x, a.y - b.y) for a, b in combinations(group, 2)]
    return min(apart) > _MODULES_APART * max(sides) / 5 and max(apart) < 5 * min(apart)
