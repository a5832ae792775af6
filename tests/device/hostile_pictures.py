"""Pictures made to hold a reader of codes up."""

from __future__ import annotations

import numpy as np

from device.reader.gray import Gray
from hil.virtual.door_scenes import code_of


def tiles(side: int) -> Gray:
    """Finder patterns, wall to wall."""
    one = np.full((9, 9), 255, np.uint8)
    one[1:8, 1:8], one[2:7, 2:7], one[3:6, 3:6] = 0, 255, 0
    large = np.kron(one, np.ones((side, side), np.uint8))
    return np.tile(large, (720 // large.shape[0] + 1, 1280 // large.shape[1] + 1))[:720, :1280].copy()


def wall_of_codes() -> Gray:
    """Many codes with a part cut out of each, so that none can be read."""
    code = code_of("YP1:HOSTILE")[::5, ::5].copy()
    code[code.shape[0] // 3 : 2 * code.shape[0] // 3] = 0
    return np.tile(code, (720 // code.shape[0] + 1, 1280 // code.shape[1] + 1))[:720, :1280].copy()


HOSTILE = {
    "noise": np.random.default_rng(1).integers(0, 256, (720, 1280), dtype=np.uint8),
    "stripes": np.tile(np.repeat(np.array([[0, 255]], np.uint8), 2, 1), (720, 320)),
    "tiles_small": tiles(2),
    "tiles": tiles(4),
    "wall": wall_of_codes(),
}
