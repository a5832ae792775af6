"""A fogged or dirty lens: over minutes the camera shows light and shade, and no sharp edge between them any more."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from device.reader.gray import Gray, resized

NOTE = "レンズが曇っているか汚れています。拭いてください / The lens is fogged or dirty; please wipe it"

SAMPLE_SECONDS = 2.0
WINDOW = 90
"""Samples: three minutes, so that nobody standing close before the camera is taken for fog."""
CLEAR = 3
"""Sharp samples one after the other, after which the note goes."""
_LEAST_CONTRAST = 25.0
"""Gray levels between the light and the dark parts. A dark night and an empty wall have less, and say nothing."""
_NEVER_SHARP = 0.18
"""Steepest step between neighbours as a share of that contrast: an edge in focus has half of it and more."""
_DULLED = 0.45
"""Of what this camera usually had."""
_FOGGED_SHARE = 0.95
_SIDE = 180


class Lens:
    """`note` is what the driver should do, "" if nothing. Give it every picture, with its time in seconds."""

    def __init__(self) -> None:
        self.note = ""
        self._at = float("-inf")
        self._samples: deque[float] = deque(maxlen=WINDOW)
        self._usual = 0.0

    def see(self, gray: Gray, at: float) -> None:
        """Look at one picture in two seconds; those without light and shade do not count."""
        if at - self._at < SAMPLE_SECONDS:
            return
        self._at = at
        sharp = sharpness(gray)
        if sharp is None:
            return
        self._samples.append(sharp)
        limit = max(_NEVER_SHARP, _DULLED * self._usual)
        if self.note:
            if len(self._samples) >= CLEAR and min(list(self._samples)[-CLEAR:]) >= limit:
                self.note = ""
                self._samples.clear()
        elif len(self._samples) == WINDOW:
            dull = sum(one < limit for one in self._samples)
            if dull >= _FOGGED_SHARE * WINDOW:
                self.note = NOTE
            else:
                self._usual = max(self._usual, float(np.median(self._samples)))


def sharpness(gray: Gray) -> float | None:
    """The steepest steps between neighbours as a share of the picture's contrast; None if it has too little of it."""
    small = gray
    while min(small.shape) >= 2 * _SIDE:
        small = resized(small, 0.5)
    low, high = (float(level) for level in np.percentile(cv2.blur(small, (5, 5)), (3, 97)))
    if high - low < _LEAST_CONTRAST:
        return None
    right = cv2.absdiff(small[:, 1:], small[:, :-1])
    down = cv2.absdiff(small[1:], small[:-1])
    return max(float(np.percentile(step, 99.7)) for step in (right, down)) / (high - low)
