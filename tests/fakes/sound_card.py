"""A sound card of real seconds that remembers what it gave to its speakers, and when."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.player import FRAME_BYTES, RATE, NoSound


@dataclass
class Played:
    """One piece: `frames` were handed over at `began`, silent since `ended`. Times are monotonic seconds."""

    frames: bytes
    began: float
    ended: float = 0.0

    def end(self, seconds: float) -> bool:
        rest = self.began + self.seconds - time.monotonic()
        time.sleep(max(0.0, min(rest, seconds)))
        self.ended = time.monotonic()
        return rest <= seconds

    @property
    def seconds(self) -> float:
        return len(self.frames) / FRAME_BYTES / RATE

    @property
    def sides(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """What left and right were to play."""
        both = np.frombuffer(self.frames, dtype="<i2").reshape(-1, 2)
        return both[:, 0], both[:, 1]


@dataclass
class FakeCard:
    """A `Player`. `gone`: the card is not plugged in, and says so only at the end, as aplay does."""

    gone: bool = False
    pieces: list[Played] = field(default_factory=list)
    _turn: threading.Condition = field(default_factory=threading.Condition)

    def play(self, frames: bytes) -> Played:
        if self.gone:
            raise NoSound("no card")
        with self._turn:
            self.pieces.append(Played(frames, time.monotonic()))
            self._turn.notify_all()
            return self.pieces[-1]

    def piece(self, number: int) -> Played:
        """That one, once it has begun; the probe at the start is number 0."""
        with self._turn:
            assert self._turn.wait_for(lambda: len(self.pieces) > number, 10)
            return self.pieces[number]
