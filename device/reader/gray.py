"""Small steps on gray pictures, typed once: OpenCV's own types say less than we know."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
"""An (h, w) picture of 8 bits."""


def to_gray(picture: object) -> Gray:
    """An (h, w) or blue-green-red (h, w, 3) picture of 8 bits as (h, w)."""
    array = np.asarray(picture, dtype=np.uint8)
    if array.ndim == 2:
        return array
    return np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def resized(gray: Gray, factor: float) -> Gray:
    """Smaller by areas, or larger by cubic curves."""
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way), dtype=np.uint8)


def smoothed(gray: Gray, sigma: float) -> Gray:
    """With a Gaussian of so many pixels."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), dtype=np.uint8)


def stretched(gray: Gray) -> Gray:
    """From its darkest to its lightest, leaving out one hundredth at each end."""
    low, high = np.percentile(gray[::4, ::4], (1, 99))
    scale = 255.0 / max(8.0, float(high - low))
    levels = np.clip((np.arange(256) - low) * scale, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(gray, levels), dtype=np.uint8)


def sharpened(gray: Gray, sigma: float, amount: float) -> Gray:
    """What a Gaussian of `sigma` takes away, added `amount` times."""
    return np.asarray(cv2.addWeighted(gray, 1 + amount, smoothed(gray, sigma), -amount, 0), dtype=np.uint8)
