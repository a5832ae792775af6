"""As much of systemd as an updater needs: it starts `bin/yukemuri-terminal`, hears what it says, starts it anew."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from provisioning.update.unit import Kind, Pulse, RealUnit
from rules.messages.standing import Standing

READY_S = 45.0
STOP_S = 20.0
AGAIN_S = 0.5
POLL_S = 0.1


class SmallSystemd:
    """One service of `Type=notify` with `Restart=always`, from `with` to its end. Asks the real socket."""

    def __init__(self, place: Path, config: Path, scratch: Path) -> None:
        self._command: list[str | Path] = [place / "bin" / "yukemuri-terminal", "run", "--config", config]
        self._real = RealUnit(Kind.TERMINAL, config)
        self._address = scratch / "notify"
        self._errors = scratch / "errors"
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._wanted, self._ending = threading.Event(), threading.Event()
        self._alive_at = self._restarts = 0
        self._turn = threading.RLock()

    def __enter__(self) -> Self:
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self._address))
        self._notify.settimeout(POLL_S)
        self._thread = threading.Thread(target=self._look_after)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self.stop()
        self._notify.close()

    def stop(self) -> None:
        """The program ends, and is not started again."""
        with self._turn:
            self._wanted.clear()
            if self._process is not None:
                self._process.terminate()
                try:
                    self._process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                self._process = None

    def restart(self) -> bool:
        with self._turn:
            self.stop()
            self._ready.clear()
            self._start()
            self._wanted.set()
        until = time.monotonic() + READY_S
        while not self._ready.wait(POLL_S):
            with self._turn:
                ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > until:
                return False
        return True

    def pulse(self) -> Pulse | None:
        with self._turn:
            if self._process is None or self._process.poll() is not None:
                return None
            return Pulse(self._process.pid, self._restarts, self._alive_at)

    def standing(self) -> Standing | None:
        return self._real.standing()

    def journal_files(self) -> list[Path]:
        return self._real.journal_files()

    def errors(self) -> str:
        return self._errors.read_text(encoding="utf-8", errors="replace")[-2_000:]

    def _start(self) -> None:
        environment = {**os.environ, "NOTIFY_SOCKET": str(self._address), "GPIOZERO_PIN_FACTORY": "mock"}
        with self._turn, self._errors.open("ab") as errors:
            self._process = subprocess.Popen(self._command, env=environment, stderr=errors, cwd="/")

    def _look_after(self) -> None:
        while not self._ending.is_set():
            try:
                said = self._notify.recv(200)
            except TimeoutError:
                said = b""
            if b"READY=1" in said:
                self._ready.set()
            if b"WATCHDOG=1" in said:
                self._alive_at = time.monotonic_ns()
            with self._turn:
                ended = self._process is not None and self._process.poll() is not None
            if ended and self._wanted.is_set():
                self._ending.wait(AGAIN_S)
                self._start_again()

    def _start_again(self) -> None:
        with self._turn:
            # Meanwhile somebody else may have.
            if self._wanted.is_set() and self._process is not None and self._process.poll() is not None:
                self._restarts += 1
                self._start()
