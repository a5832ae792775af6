"""What may make a code readable that is seen and cannot be read. Each way is one that measurement showed to pay.

`./dev bench scan` shows the rates by condition with and without them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from device.reader.gray import Gray, resized, sharpened, smoothed, stretched

_LARGEST = 400_000
"""Pixels. A larger piece is looked at in half the size: its modules are large."""
_SMALL = 60_000
_SMEAR, _AROUND = 6.0, (0.85, 1.15)
"""A smear is about 6 pixels divided by how much weaker the edges are along it; tried a little shorter and longer."""
_SMEARED = 0.7
"""A picture whose edges one way are so much weaker than those across was moved that way."""
_NOISE_SHARE = 0.01


def treated(piece: Gray) -> Iterator[Gray]:
    """The piece of the picture that holds the code, made over in one way after the other, the most useful first."""
    if piece.size > _LARGEST:
        piece = resized(piece, 0.5)
    even = stretched(piece)
    calm = smoothed(even, 1.0)
    yield calm
    yield smoothed(cv2.createCLAHE(3.0, (8, 8)).apply(even).astype(np.uint8), 1.0)
    yield sharpened(calm, 3.0, 2.0)
    yield from unsmeared(even)
    yield smoothed(even, 1.5)
    if piece.size < _SMALL:
        yield sharpened(smoothed(resized(even, 2.0), 1.5), 4.0, 1.5)


def smear_of(gray: Gray) -> tuple[float, float]:
    """Which way the picture is smeared, in radians, and how much weaker its edges are that way (1 = not at all)."""
    calm = smoothed(gray, 1.0)
    x, y = (cv2.Sobel(calm, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    xx, yy, xy = (float(np.mean(a * b)) for a, b in ((x, x), (y, y), (x, y)))
    middle, aside = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    strongest = 0.5 * math.atan2(2 * xy, xx - yy)
    return strongest + math.pi / 2, math.sqrt(max(0.0, middle - aside) / max(1e-6, middle + aside))


def unsmeared(gray: Gray) -> Iterator[Gray]:
    """With straight motion of its likely length taken back (Wiener's filter), if the picture looks smeared."""
    way, left = smear_of(gray)
    if left > _SMEARED:
        return
    high, wide = (cv2.getOptimalDFTSize(side + 32) for side in gray.shape)
    padded = cv2.copyMakeBorder(
        gray, 0, high - gray.shape[0], 0, wide - gray.shape[1], cv2.BORDER_REFLECT
    ).astype(np.float32)
    spectrum = cv2.dft(padded, flags=cv2.DFT_COMPLEX_OUTPUT)
    y, x = np.fft.fftfreq(high)[:, None], np.fft.fftfreq(wide)[None, :]
    along = (x * math.cos(way) + y * math.sin(way)).astype(np.float32)
    for share in _AROUND:
        kernel = np.sinc(along * (share * _SMEAR / left))
        wiener = (kernel / (kernel * kernel + _NOISE_SHARE)).astype(np.float32)
        clear = cv2.idft(spectrum * wiener[:, :, None], flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        yield smoothed(_to_gray(clear[: gray.shape[0], : gray.shape[1]]), 0.8)


def _to_gray(picture: npt.NDArray[np.float32]) -> Gray:
    return np.clip(picture, 0, 255).astype(np.uint8)
