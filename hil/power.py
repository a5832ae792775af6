"""A bus that can be cut off: one port for the virtual bench and for a relay in the 5 V of a real one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread
from typing import IO, Protocol

ROOT = Path(__file__).parent.parent


class Power(Protocol):
    """The power of a bus that runs `hil.cut_bus` as soon as it is there, and the line on which it tells."""

    def on(self) -> None:
        """Let it begin."""

    def cut(self) -> None:
        """At once, in the middle of anything. What it has said already can still be heard."""

    def line(self, seconds: float) -> str | None:
        """What it says next; None if it says nothing for so long."""


class KilledProcess:
    """The virtual one: SIGKILL. What was committed lies in the kernel then, so a card that lies is not found by it."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "hil.cut_bus", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None
        self._said: Queue[str] = Queue()
        self._hearing: Thread | None = None

    def on(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._hearing = Thread(target=self._hear, args=(self._process.stdout,), daemon=True)
        self._hearing.start()

    def cut(self) -> None:
        """Kill it, and hear out what the pipe still holds."""
        assert self._process is not None
        assert self._hearing is not None
        self._process.kill()
        self._process.wait()
        self._hearing.join()

    def line(self, seconds: float) -> str | None:
        """From its pipe."""
        try:
            return self._said.get(timeout=seconds)
        except Empty:
            return None

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                # A line that was cut short was not said: no lamp was lit.
                if line.endswith(b"\n"):
                    self._said.put(line.decode().strip())


class Cuts:
    """Cuts a bus again and again, and holds what its lamps have shown against what its journal holds afterwards."""

    def __init__(self, power: Power, chance: Random, patience_s: float, off_s: float = 0.0) -> None:
        self._power, self._chance, self._patience_s, self._off_s = power, chance, patience_s, off_s
        self.greens: list[str] = []
        self.breaches: list[str] = []

    def life(self, within_s: float) -> None:
        """Switch on, read what it holds, and cut at some moment within so many seconds of its first green lamp."""
        self._power.on()
        rides = self._held()
        for green in self.greens:
            if not rides[green]:
                self.breaches.append(f"lost: {green}")
        self.breaches += [f"doubled: {ride}" for ride, times in rides.items() if times > 1]
        self._until(lambda word: word.startswith("green "))
        end = time.monotonic() + self._chance.random() * within_s
        while (left := end - time.monotonic()) > 0:
            self._note(self._power.line(left))
        self._power.cut()
        while (word := self._power.line(0.1)) is not None:
            self._note(word)
        time.sleep(self._off_s)

    def end(self) -> None:
        """Once more, to see what the last cut has left."""
        self.life(0.0)

    def _held(self) -> Counter[str]:
        said: list[str] = []

        def is_begun(word: str) -> bool:
            said.append(word)
            return word == "begin"

        self._until(is_begun)
        self.breaches += [word for word in said if word.startswith("broken")]
        return Counter(word.removeprefix("ride ") for word in said if word.startswith("ride "))

    def _until(self, holds: Callable[[str], bool]) -> None:
        while True:
            word = self._power.line(self._patience_s)
            if word is None:
                raise TimeoutError(f"the bus said nothing for {self._patience_s:.0f} s")
            self._note(word)
            if holds(word):
                return

    def _note(self, word: str | None) -> None:
        if word is not None and word.startswith("green "):
            self.greens.append(word.removeprefix("green "))
