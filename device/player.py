"""The sound card, by ALSA's own player: one `aplay` for each thing that is said.

A player that is started anew each time needs no watching: a card that was unplugged is there again for the next one,
and what is cut off ends with its process. The whole saying lies in memory before it begins, so nothing has to be fed.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import Protocol

RATE = 16_000
FRAME_BYTES = 4
"""Two channels of 16 bits, left and right."""
REAP_SECONDS = 0.2
"""A killed player that is still there after it hangs in the kernel, with a card that was pulled out."""

NO_PLAYER = (
    "aplayがありません。apt-get install alsa-utils で入ります / aplay is missing: apt-get install alsa-utils"
)


class NoSound(Exception):
    """Nothing can be played; the reason in words."""


class Playing(Protocol):
    """Something that sounds."""

    def end(self, seconds: float) -> bool:
        """Wait so many seconds for its end, then silence it: whether it ended by itself.

        Raises NoSound if it did so because it could not be heard.
        """


class Player(Protocol):
    """A sound card of two channels."""

    def play(self, frames: bytes) -> Playing:
        """Begin to play: 16 bits little endian, left and right in turn, RATE a second. Raises NoSound."""


class Aplay:
    """`device` is ALSA's name of a card, as in `plughw:CARD=Device`."""

    def __init__(self, device: str) -> None:
        self._command = (
            *("aplay", "--quiet", f"--device={device}", "--file-type=raw"),
            *("--format=S16_LE", f"--rate={RATE}", "--channels=2", "-"),
        )

    def play(self, frames: bytes) -> Playing:
        """Begin to play. Raises NoSound where there is no `aplay`; a missing card is told at the end."""
        memory = os.memfd_create("saying")
        try:
            with open(memory, "r+b", buffering=0, closefd=False) as file:
                file.write(frames)
                file.seek(0)
            # A session of its own: Ctrl-C at a terminal is for the machine, which ends its players in order.
            return _Child(
                subprocess.Popen(
                    self._command,
                    stdin=memory,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            )
        except FileNotFoundError:
            raise NoSound(NO_PLAYER) from None
        except OSError as error:
            raise NoSound(str(error)) from error
        finally:
            os.close(memory)


class _Child:
    """One `aplay`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def end(self, seconds: float) -> bool:
        try:
            _, words = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.communicate(timeout=REAP_SECONDS)
            return False
        if self._process.returncode:
            raise NoSound(words.decode(errors="replace").strip().replace("\n", " ") or "aplay")
        return True
