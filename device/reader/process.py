"""The parent's side of the reader: keeps a child looking, and believes nothing it says without checking."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
from collections.abc import Callable

from device.clock import SystemTime, TimeSource
from device.reader.keeper import AGAIN
from device.reader.messages import MAX_LINE, Hint, Seen, State, Unread, from_line, restarting
from device.reader.readers import Reader
from device.reader.source import parse_source
from device.reader.start import child_command, child_environment

SILENT_SECONDS = 1.0
"""Who has said nothing for so long hangs: a child gives a sign of life several times a second."""

START_SECONDS = 15.0
"""A child loads its libraries before its first word; on a Pi with a cold card that takes seconds."""

AGAIN_SECONDS = 2.0
"""The keeper has had its libraries loaded since the start: whoever follows one that hung speaks at once, or all is
begun anew."""

NEWS_SECONDS = 2.0
"""An older code is dropped: whoever held it up may have left."""

MAX_MESSAGES_A_SECOND = 200

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
_SETTLED_SECONDS = 30.0
_HANGS = "no sign of life"
_TICK_MS = 100


class ReaderProcess:
    """A camera and its reader in a child process that is replaced whenever it dies, hangs or talks nonsense.

    `on_codes` gets the codes of one picture, and when it was taken (seconds of CLOCK_BOOTTIME); `on_state` gets a
    problem in words, "" = all is well, and a note, whenever either changes; `on_hint` what would help with a code that
    cannot be read, again and again while it stands there. All are called from the reader's own thread and must return
    at once.
    """

    def __init__(
        self,
        source: str,
        on_codes: Callable[[list[bytes], float], object],
        on_state: Callable[[str, str], object],
        on_hint: Callable[[Hint], object],
        *,
        reader: Reader = Reader.ZXING,
        time: TimeSource | None = None,
    ) -> None:
        """Raises ValueError for a setting that `parse_source` does not know."""
        parse_source(source)
        self._command = ("--source", source, "--reader", reader.value)
        self._on_codes = on_codes
        self._on_state = on_state
        self._on_hint = on_hint
        self._time = time or SystemTime()
        self._told: State | None = None
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
            self._tell(State(self._last_words or restarting(why)))
            if self._time.monotonic() - begun > _SETTLED_SECONDS:
                pause = 0.0
            self._ending.wait(pause)
            pause = min(max(pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _one_life(self) -> str:
        try:
            # A session of its own: Ctrl-C at a terminal is for the parent, which ends the child in order.
            child = subprocess.Popen(
                child_command(*self._command),
                stdin=subprocess.PIPE,
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
        assert child.stdin is not None
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        poller = select.poll()
        poller.register(pipe, select.POLLIN)
        rest = b""
        heard, patience = self._time.monotonic(), START_SECONDS
        second, messages, was_asked = heard, 0, False
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
                    heard, patience, was_asked = now, SILENT_SECONDS, False
                if now - second >= 1.0:
                    second, messages = now, 0
                messages += len(lines)
                if messages > MAX_MESSAGES_A_SECOND:
                    return "too many messages"
            now = self._time.monotonic()
            if now - heard > patience:
                if was_asked or patience == START_SECONDS:
                    return _HANGS
                # Most of them leave a keeper behind that has another one looking in a moment.
                self._tell(State(restarting(_HANGS)))
                with contextlib.suppress(OSError):
                    os.write(child.stdin.fileno(), AGAIN)
                heard, patience, was_asked = now, AGAIN_SECONDS, True
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
                    self._tell(message)
                case Unread(hint):
                    self._on_hint(hint)
                case Seen(codes, mono):
                    if 0.0 <= self._time.monotonic() - mono <= NEWS_SECONDS:
                        self._on_codes(codes, mono)
        return True

    def _tell(self, state: State) -> None:
        if state != self._told:
            self._told = state
            self._on_state(state.problem, state.note)


def _how_it_ended(child: subprocess.Popen[bytes]) -> str:
    try:
        code = child.wait(0.5)
    except subprocess.TimeoutExpired:
        return "it closed its mouth"
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"
