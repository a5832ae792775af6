"""A scanner module: an eye that reads codes by itself and says their text over a serial line or as a keyboard.

No pictures are decoded here, so it needs no process of its own. What it says is still what strangers hold up.
"""

from __future__ import annotations

import errno
import termios
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from device.clock import SystemTime, TimeSource
from device.reader.messages import MAX_CODE_BYTES, MAX_CODES

READ_SECONDS = 0.2
"""How long a read waits."""
GAP_SECONDS = 1.0
"""A module says a code in one go: one that pauses that long has lost its end."""
RETRY_SECONDS = 0.5
NEWS_SECONDS = 2.0
"""What waited longer than that for us is dropped: whoever held it up may have left."""
SPOILT = 0
"""Stands for what could not be understood; a code with it is no code."""

_WORDS = {
    "gone": (
        "QRスキャナー {device} がつながっていません。USBケーブルを差し直してください / "
        "The code scanner {device} is not connected; plug its USB cable in again"
    ),
    "forbidden": (
        "QRスキャナー {device} を開く権限がありません。サービスをdialoutとinputのグループに加えてください / "
        "No permission to open the code scanner {device}; add the service to the groups dialout and input"
    ),
    "busy": (
        "QRスキャナー {device} を別のプログラムが使っています。そのプログラム（ModemManagerなど）を止めてください / "
        "Another program uses the code scanner {device}; stop it (ModemManager, often)"
    ),
    "wrong": (
        "QRスキャナー {device} が設定と違う機器です。設定の device を確かめてください / "
        "The code scanner {device} is something else; check device in its settings"
    ),
}


class ScannerLine(Protocol):
    """An open way to a scanner module."""

    def read(self, seconds: float) -> bytes:
        """What it said, as soon as it says something; nothing after so many seconds. Raises OSError once it is gone."""

    def close(self) -> None:
        """Let go of it."""


class CodeFramer:
    """Bytes to codes. A code is a line of printable ASCII, as ours are, ended by CR or LF; all else is dropped."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._is_spoilt = False

    def feed(self, data: bytes) -> list[bytes]:
        """The codes that end in `data`."""
        found = []
        for byte in data:
            if byte in b"\r\n":
                if self._begun and not self._is_spoilt:
                    found.append(bytes(self._begun))
                self.forget()
            elif len(self._begun) >= MAX_CODE_BYTES or not 0x20 <= byte < 0x7F:
                self._is_spoilt = True
            else:
                self._begun.append(byte)
        return found

    def forget(self) -> None:
        """Drop what has begun."""
        self._begun.clear()
        self._is_spoilt = False


class Scanner:
    """The module at `device`: `/dev/input/…` is a keyboard, everything else a serial line of `baud` bits a second.

    `on_code` gets each code's bytes as often as the module says it, at most MAX_CODES a second; `on_state` gets a
    problem in words, "" = all is well, whenever that changes. Both are called from a thread of the scanner's own and
    must return at once. A module that is gone is tried anew twice a second.
    """

    def __init__(
        self,
        device: str,
        baud: int,
        on_code: Callable[[bytes], object],
        on_state: Callable[[str], object],
        *,
        time: TimeSource | None = None,
        open_line: Callable[[str, int], ScannerLine] | None = None,
    ) -> None:
        self._device = device
        self._baud = baud
        self._on_code = on_code
        self._on_state = on_state
        self._time = time or SystemTime()
        self._open_line = open_line or open_scanner
        self._told: str | None = None
        self._lately: deque[float] = deque(maxlen=MAX_CODES)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    def start(self) -> None:
        """Begin to listen. A missing module is a state, not an error."""
        self._thread.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                line = self._open_line(self._device, self._baud)
                try:
                    self._tell("")
                    self._listen(line)
                finally:
                    line.close()
            except (OSError, termios.error, ValueError) as broken:
                self._tell(_wording(broken).format(device=self._device))
            self._ending.wait(RETRY_SECONDS)

    def _listen(self, line: ScannerLine) -> None:
        framer = CodeFramer()
        read_at = said_at = self._time.monotonic()
        while not self._ending.is_set():
            # The machine had no time for us: what waits is as old as that.
            is_late = self._time.monotonic() - read_at > NEWS_SECONDS
            data = line.read(READ_SECONDS)
            read_at = self._time.monotonic()
            if is_late or (not data and read_at - said_at > GAP_SECONDS):
                framer.forget()
            if is_late or not data:
                continue
            said_at = read_at
            for code in framer.feed(data):
                self._hand_on(code, read_at)

    def _hand_on(self, code: bytes, now: float) -> None:
        # One code of a stranger may hold a thousand line ends.
        if len(self._lately) == MAX_CODES and now - self._lately[0] < 1.0:
            return
        self._lately.append(now)
        self._on_code(code)

    def _tell(self, problem: str) -> None:
        if problem != self._told:
            self._told = problem
            self._on_state(problem)


def open_scanner(device: str, baud: int) -> ScannerLine:
    """The module at `device`. Raises OSError, termios.error or ValueError if it cannot be used."""
    if device.startswith("/dev/input/"):
        from device.reader.scanner_keyboard import KeyboardLine

        return KeyboardLine(device)
    from device.reader.scanner_serial import SerialLine

    return SerialLine(device, baud)


def _wording(broken: Exception) -> str:
    number = broken.errno if isinstance(broken, OSError) else None
    if number in {errno.EACCES, errno.EPERM}:
        return _WORDS["forbidden"]
    if number in {errno.EBUSY, errno.EWOULDBLOCK}:
        return _WORDS["busy"]
    if number in {errno.ENOTTY, errno.EISDIR, errno.EINVAL} or not isinstance(broken, OSError):
        return _WORDS["wrong"]
    return _WORDS["gone"]
