"""Where in a picture a code may stand: fields that are full of edges both ways. Cheap, and blind to what they say."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from device.reader.gray import Gray, resized

_SMALL_SIDE = 180
"""The picture is halved until its shorter side is below twice that: a module at the door is one pixel then."""
_CELL = 4
_ABOVE_NOISE = 1.7
_LEAST_EDGES = 0.8
"""Gray levels of mean difference between neighbours; below it there is nothing to read."""
_MOST = 3
_LEAST_CELLS = 4


@dataclass(frozen=True, slots=True)
class Region:
    """A field of edges: pixels of the picture, `x` and `y` from the top left; `edges` is their mean strength.

    `fill` is the share of its box that it fills: a code held straight fills its own, a line of writing does not.
    """

    x: int
    y: int
    width: int
    height: int
    edges: float
    fill: float

    def cut(self, gray: Gray) -> Gray:
        """The piece of the picture, with a margin for the quiet zone."""
        margin = max(8, round(0.12 * max(self.width, self.height)))
        top, left = max(0, self.y - margin), max(0, self.x - margin)
        return np.ascontiguousarray(
            gray[top : self.y + self.height + margin, left : self.x + self.width + margin]
        )

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle in the picture."""
        return self.x + self.width / 2, self.y + self.height / 2

    def scaled(self, factor: int) -> Region:
        """The same in a picture so many times as large."""
        x, y, width, height = (side * factor for side in (self.x, self.y, self.width, self.height))
        return Region(x, y, width, height, self.edges, self.fill)

    @property
    def is_square(self) -> bool:
        """Whether its shape is one that a code has, seen from where a camera sees it."""
        return 0.52 <= self.width / self.height <= 1.92 and self.fill >= 0.45


def textured(gray: Gray) -> list[Region]:
    """At most 3 fields, the one with the most edges in all first. Empty for a picture too small to judge."""
    small = gray
    while min(small.shape) >= 2 * _SMALL_SIDE:
        small = resized(small, 0.5)
    factor = small.shape[0] / gray.shape[0]
    if min(small.shape) < 4 * _CELL:
        return []
    right = _cells(small[:-1, 1:], small[:-1, :-1])
    down = _cells(small[1:, :-1], small[:-1, :-1])
    # The weaker of the two ways, and some of the stronger: a smear takes one of them away.
    both = 0.75 * np.minimum(right, down) + 0.25 * np.maximum(right, down)
    top = float(both.max())
    floor = max(_LEAST_EDGES, _ABOVE_NOISE * float(np.median(both)), 0.3 * top)
    if top < floor:
        return []
    count, _, stats, _ = cv2.connectedComponentsWithStats((both > floor).astype(np.uint8))
    found = []
    for x, y, wide, high, cells in stats[1:count].tolist():
        if cells < _LEAST_CELLS:
            continue
        edges = float(both[y : y + high, x : x + wide].mean())
        left, up, width, height = (round(side * _CELL / factor) for side in (x, y, wide, high))
        found.append(Region(left, up, width, height, edges, cells / (wide * high)))
    found.sort(key=lambda region: region.edges * region.width * region.height, reverse=True)
    return found[:_MOST]


def _cells(one: Gray, other: Gray) -> npt.NDArray[np.float32]:
    """How much the two differ, the mean of each cell and its neighbours."""
    edges = cv2.absdiff(one, other)
    high, wide = (side // _CELL for side in edges.shape)
    means = cv2.resize(edges.astype(np.float32), (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(means, (3, 3)), dtype=np.float32)
