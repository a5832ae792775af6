"""The programs of the bench as processes of their own, so that each can be killed and started again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

STOP_S = 10.0
POLL_S = 0.02


class NotReady(Exception):
    """A program ended or did not get ready. The text says what it said last."""


class Program:
    """One program: its command, where its output goes, and how one knows that it is ready."""

    def __init__(
        self, name: str, command: list[str], log: Path, is_ready: Callable[[], bool], patience: float = 20.0
    ) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._is_ready = is_ready
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id. It must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it is ready. Raises NotReady."""
        with self._log.open("ab") as log:
            # In a session of its own: a Ctrl-C in the terminal is for the bench, which then ends its programs in order.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + self._patience
        while not self._is_ready():
            if not self.runs or time.monotonic() > until:
                self.kill()
                raise NotReady(f"{self.name}: {self.last_words()}")
            time.sleep(POLL_S)

    def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The end of what it printed."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " | ".join(lines[-3:]) or "(nothing printed)"


def python(module: str, *arguments: str) -> list[str]:
    """A command that runs a module of ours with this very Python."""
    return [sys.executable, "-m", module, *arguments]
