"""What the tests of the reader share."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from device.reader.decode import Gray
from device.reader.messages import Hint
from hil.virtual.scenes import phone_frame
from rules.passes.rider_pass import to_text

TEXT = "YP1:RIDER 0123456789"
ROOT = Path(__file__).parents[2]
SLOW = 10.0  # seconds a busy machine may take for what takes a moment


def picture(text: str = TEXT) -> Gray:
    return phone_frame(text, np.random.default_rng(7))


def door_text(rng: np.random.Generator, size: int = 195) -> str:
    """What a code of so many bytes says: 195 a phone's, 85 its short form."""
    return to_text(rng.bytes(size))


class Heard:
    """Collects what a reader reports."""

    def __init__(self) -> None:
        self.codes: list[bytes] = []
        self.states: list[str] = []
        self.hints: list[Hint] = []
        self._changed = threading.Condition()

    def codes_of(self, codes: list[bytes], mono: float) -> None:
        with self._changed:
            self.codes.extend(codes)
            self._changed.notify_all()

    def code(self, data: bytes) -> None:
        self.codes_of([data], 0.0)

    def hint(self, hint: Hint) -> None:
        with self._changed:
            self.hints.append(hint)
            self._changed.notify_all()

    def state(self, problem: str, note: str = "") -> None:
        with self._changed:
            self.states.append(problem)
            self._changed.notify_all()

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(until, seconds)

    def wait_for_another_code(self, seconds: float) -> bool:
        before = len(self.codes)
        return self.wait(lambda: len(self.codes) > before, seconds)

    @property
    def problem(self) -> str:
        return self.states[-1] if self.states else "nothing said"


def children_of(mark: str) -> list[int]:
    """Process ids of the readers whose command line holds `mark`."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if b"device.reader" in command and mark.encode() in command:
                found.append(int(entry.name))
    return found


def looker_of(mark: str) -> int:
    """The process that looks: its parent, the keeper, has the same command line."""
    readers = children_of(mark)
    (looker,) = [pid for pid in readers if parent_of(pid) in readers]
    return looker


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
