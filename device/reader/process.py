"""The parent's side of the reader: keeps a child looking, and believes nothing it says without checking."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from collections.abc import Callable

from device.clock import SystemTime, TimeSource
from device.reader.messages import MAX_LINE, Seen, State, from_line
from device.reader.source import parse_source
from device.reader.start import child_command, child_environment

SILENT_SECONDS = 2.0
START_SECONDS = 15.0
"""A child loads its libraries before its first word; on a Pi with a cold card that takes seconds."""

NEWS_SECONDS = 2.0
"""An older code is dropped: whoever held it up may have left."""

MAX_MESSAGES_A_SECOND = 200

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
_SETTLED_SECONDS = 30.0
_TICK_MS = 200


class ReaderProcess:
    """A camera and its reader in a child process that is replaced whenever it dies, hangs or talks nonsense.

    `on_codes` gets each code's bytes once per picture it stands in; `on_state` gets a problem in words, "" = all is
    well, whenever that changes. Both are called from the reader's own thread and must return at once.
    """

    def __init__(
        self,
        source: str,
        on_codes: Callable[[bytes], object],
        on_state: Callable[[str], object],
        *,
        time: TimeSource | None = None,
    ) -> None:
        """Raises ValueError for a setting that `parse_source` does not know."""
        parse_source(source)
        self._source = source
        self._on_codes = on_codes
        self._on_state = on_state
        self._time = time or SystemTime()
        self._told: str | None = None
        self._last_words = ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self) -> None:
        """Begin to look. A missing camera is a state, not an error."""
        self._thread.start()

    def stop(self) -> None:
        """End the child, within 2 seconds."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        pause = 0.0
        while not self._ending.is_set():
            begun = self._time.monotonic()
            self._last_words = ""
            why = self._one_life()
            if self._ending.is_set():
                return
            self._tell(self._last_words or _restarting(why))
            if self._time.monotonic() - begun > _SETTLED_SECONDS:
                pause = 0.0
            self._ending.wait(pause)
            pause = min(max(pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _one_life(self) -> str:
        try:
            # A session of its own: Ctrl-C at a terminal is for the parent, which ends the child in order.
            child = subprocess.Popen(
                child_command("--source", self._source),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                start_new_session=True,
            )
        except OSError as refused:
            return str(refused)
        with child:
            try:
                return self._listen(child)
            finally:
                child.kill()

    def _listen(self, child: subprocess.Popen[bytes]) -> str:
        """Take what the child says until it ends, falls silent or breaks a rule; the answer says which."""
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        poller = select.poll()
        poller.register(pipe, select.POLLIN)
        rest = b""
        heard, patience = self._time.monotonic(), START_SECONDS
        second, messages = heard, 0
        while not self._ending.is_set():
            if poller.poll(_TICK_MS):
                chunk = os.read(pipe, MAX_LINE)
                if not chunk:
                    return _how_it_ended(child)
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > MAX_LINE or not self._take(lines):
                    return "not a reader's message"
                now = self._time.monotonic()
                if lines:
                    heard, patience = now, SILENT_SECONDS
                if now - second >= 1.0:
                    second, messages = now, 0
                messages += len(lines)
                if messages > MAX_MESSAGES_A_SECOND:
                    return "too many messages"
            if self._time.monotonic() - heard > patience:
                return "no sign of life"
        return ""

    def _take(self, lines: list[bytes]) -> bool:
        for line in lines:
            try:
                message = from_line(line)
            except ValueError:
                return False
            match message:
                case State(problem):
                    self._last_words = problem
                    self._tell(problem)
                case Seen(codes, mono):
                    if 0.0 <= self._time.monotonic() - mono <= NEWS_SECONDS:
                        for code in codes:
                            self._on_codes(code)
        return True

    def _tell(self, problem: str) -> None:
        if problem != self._told:
            self._told = problem
            self._on_state(problem)


def _restarting(why: str) -> str:
    return f"カメラの読み取りを再起動しています / Restarting the camera reader ({why})"


def _how_it_ended(child: subprocess.Popen[bytes]) -> str:
    try:
        code = child.wait(0.5)
    except subprocess.TimeoutExpired:
        return "it closed its mouth"
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"
