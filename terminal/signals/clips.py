"""The sounds of `sounds/`, and how those of one saying become what a sound card is given."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from device.player import RATE
from terminal.signals.phrases import PHRASES
from terminal.signals.tones import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

Samples = NDArray[np.int16]
"""One channel, RATE of them a second."""

FOLDER = Path(__file__).parent / "sounds"
PAUSE_S = 0.08
"""Between a tone and a sentence, and between two sentences; thousands are followed at once."""

NO_SAMPLES: Samples = np.zeros(0, dtype=np.int16)
NAMES = frozenset({*Tone, *PHRASES})


def load_clips() -> dict[str, Samples]:
    """Every sound by its name. Raises OSError or wave.Error where the program is not whole."""
    return {str(name): _read(FOLDER / f"{name}.wav") for name in NAMES}


def _read(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
            raise wave.Error(f"{path}: not 16 bit, mono, {RATE} Hz")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


@dataclass(frozen=True, slots=True)
class Mix:
    """How a bus sounds. Volumes are 0 to 1. Without a speaker of the driver's, both channels are the rider's."""

    clips: dict[str, Samples]
    rider_volume: float = 1.0
    driver_volume: float = 1.0
    driver_speaker: bool = True

    def rider(self, names: Iterable[str]) -> Samples:
        """What the rider hears."""
        return self._row(names, self.rider_volume)

    def driver(self, names: Iterable[str]) -> Samples:
        """What the driver hears on a speaker of their own."""
        return self._row(names if self.driver_speaker else (), self.driver_volume)

    def frames(self, rider: Samples, driver: Samples) -> bytes:
        """Both side by side, the shorter one followed by silence."""
        both = np.zeros((max(len(rider), len(driver)), 2), dtype="<i2")
        both[: len(rider), 0] = rider
        if self.driver_speaker:
            both[: len(driver), 1] = driver
        else:
            both[: len(rider), 1] = rider
        return both.tobytes()

    def _row(self, names: Iterable[str], volume: float) -> Samples:
        row = [NO_SAMPLES]
        pause = np.zeros(int(PAUSE_S * RATE), dtype=np.int16)
        follows_at_once = True
        for name in names:
            row += [self.clips[name]] if follows_at_once else [pause, self.clips[name]]
            follows_at_once = name.isdigit()
        return (np.concatenate(row) * volume).astype(np.int16)
