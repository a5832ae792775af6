"""What the kiosk sounds: tones, told apart without words, by the player that the bus's voice has too."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from device.player import FRAME_BYTES, RATE, NoSound
from kiosk.ports import MessageKind

if TYPE_CHECKING:
    from device.player import Player

Notes = tuple[tuple[float, float], ...]
"""Pitch in Hz, 0 for silence, and seconds."""

YES: Notes = ((1046.5, 0.08), (1568.0, 0.14))
THANKS: Notes = ((784.0, 0.1), (1046.5, 0.1), (1318.5, 0.2))
AGAIN: Notes = ((784.0, 0.09), (0.0, 0.07), (784.0, 0.09))
NO: Notes = ((523.3, 0.16), (329.6, 0.34))

SOUNDS: dict[MessageKind, Notes] = {
    MessageKind.MADE: YES,
    MessageKind.CARD_DONE: THANKS,
    MessageKind.CLAIMED: THANKS,
    MessageKind.CARD_AGAIN: AGAIN,
    MessageKind.CARD_UNKNOWN: NO,
    MessageKind.CARD_DENIED: NO,
    MessageKind.CLOSED: NO,
    MessageKind.TOO_MANY: NO,
    MessageKind.NO_SPACE: AGAIN,
    MessageKind.GONE: NO,
    MessageKind.UNDONE: YES,
    MessageKind.NOTHING_TO_UNDO: NO,
    MessageKind.WRONG_PIN: NO,
    MessageKind.PIN_WAITS: NO,
    MessageKind.STOPPED: NO,
}
FADE_S = 0.01
"""At both ends of a note, or it clicks."""
GRACE_S = 0.5
"""What a player may take beyond the length of what it plays."""
_GONE = "音が出ません。画面で続けます（{reason}） / No sound: going on with the screen ({reason})"


class Silence:
    """A kiosk without a sound card."""

    def say(self, kind: MessageKind) -> None:
        """Nothing."""


class Chimes:
    """Plays one tone after the other, from a thread of its own; what finds no room is dropped.

    A card that is missing is told once to `tell` and tried again with every tone. `volume` is 0 to 1.
    """

    def __init__(self, player: Player, volume: float, tell: Callable[[str], object]) -> None:
        self._player = player
        self._frames = {kind: frames_of(notes, volume) for kind, notes in SOUNDS.items()}
        self._tell = tell
        self._wanted: queue.Queue[MessageKind] = queue.Queue(2)
        self._is_heard = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chimes", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def stop(self) -> None:
        """Silence, within 2 seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def say(self, kind: MessageKind) -> None:
        """Sound what goes with a message. Returns at once."""
        with suppress(queue.Full):
            self._wanted.put_nowait(kind)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                kind = self._wanted.get(timeout=0.2)
            except queue.Empty:
                continue
            self._play(self._frames[kind])

    def _play(self, frames: bytes) -> None:
        try:
            self._player.play(frames).end(len(frames) / FRAME_BYTES / RATE + GRACE_S)
            self._is_heard = True
        except NoSound as reason:
            if self._is_heard:
                self._is_heard = False
                self._tell(_GONE.format(reason=reason))


def frames_of(notes: Notes, volume: float) -> bytes:
    """The tones for a sound card of two channels, the same on both."""
    row = np.concatenate([_note(pitch, seconds) for pitch, seconds in notes]) * volume
    return np.repeat((row * 32_767).astype("<i2"), 2).tobytes()


def _note(pitch: float, seconds: float) -> NDArray[np.float64]:
    at = np.arange(int(seconds * RATE)) / RATE
    loudness = np.clip(np.minimum(at, at[-1] - at) / FADE_S, 0, 1)
    wave: NDArray[np.float64] = 0.6 * loudness * np.sin(2 * np.pi * pitch * at)
    return wave
