"""Pictures as cv2 hands them over, made gray."""

from __future__ import annotations

import cv2
import numpy as np

from device.reader.decode import Gray


def to_gray(picture: object) -> Gray:
    """An (h, w) or blue-green-red (h, w, 3) picture of 8 bits as (h, w)."""
    array = np.asarray(picture, dtype=np.uint8)
    if array.ndim == 2:
        return array
    return np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
