"""Programs that a fault is done to: what they say, line by line, and the moment they are stopped or killed."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGSTOP
from typing import Self

REPOSITORY = Path(__file__).parent.parent.parent
PATIENCE_S = 30.0


def module(name: str, *arguments: object) -> list[str]:
    """A command that runs a module of tests/faults with this very Python."""
    return [sys.executable, "-m", f"tests.faults.{name}", *map(str, arguments)]


class Child:
    """A running program and all lines it has said so far."""

    def __init__(self, command: list[str], errors: Path) -> None:
        self.began = time.monotonic()
        with errors.open("ab") as file:
            self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=file)
        self.errors = errors
        self.lines: list[str] = []
        self._rest = b""
        assert self.process.stdout is not None
        self._out = self.process.stdout.fileno()
        os.set_blocking(self._out, False)

    def wait_for(self, enough: Callable[[list[str]], bool]) -> Self:
        """Listen until `enough` of its lines, or the test fails."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            until = time.monotonic() + PATIENCE_S
            while not enough(self.lines):
                left = until - time.monotonic()
                assert left > 0, f"it said no more than {self.lines[-3:]}: {self.last_words()}"
                if selector.select(left):
                    assert self.listen(), f"it ended after {self.lines[-3:]}: {self.last_words()}"
        return self

    def listen(self) -> bool:
        """Take what the pipe holds now; False once nothing can come any more."""
        while True:
            try:
                data = os.read(self._out, 65_536)
            except BlockingIOError:
                return True
            if not data:
                return False
            *whole, self._rest = (self._rest + data).split(b"\n")
            self.lines += [line.decode() for line in whole]

    def freeze(self) -> None:
        """Stop it between two instructions of its own, out of every system call, and take what it said until then."""
        self.process.send_signal(SIGSTOP)
        until = time.monotonic() + PATIENCE_S
        while self._state() != "T":
            assert time.monotonic() < until, "it does not stop"
            time.sleep(0.000_2)
        self.listen()

    def end(self) -> int:
        """Wait until it ends by itself; its exit code."""
        code = self.process.wait(PATIENCE_S)
        self.listen()
        return code

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Nothing of it is left."""
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def last_words(self) -> str:
        """What it said on stderr."""
        return self.errors.read_text(encoding="utf-8", errors="replace")[-2_000:]

    def _state(self) -> str:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0]


@contextmanager
def child(command: list[str], errors: Path) -> Iterator[Child]:
    """Start one; at the end there is none."""
    running = Child(command, errors)
    try:
        yield running
    finally:
        running.close()
