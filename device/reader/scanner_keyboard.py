"""A scanner module that is a USB keyboard: its keys read from the kernel, before any console or browser gets them.

Read here, not with a library: all it takes is one record of linux/input.h and one call.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
from collections.abc import Callable

from device.reader.scanner import SPOILT

_EVENT = struct.Struct("@llHHi")
"""struct input_event: seconds, microseconds, type, code, value."""
_EVENTS_A_READ = 64
_GRAB = 0x40044590  # EVIOCGRAB
_SYN, _KEY = 0, 1
_DROPPED = 3
_PRESSED, _RELEASED = 1, 0
_SHIFTS = frozenset({42, 54})
_ENTERS = frozenset({28, 96})
_LOCKS = frozenset({29, 56, 58, 69, 97, 100})
"""Ctrl, Alt, Caps Lock, Num Lock: said around the keys, and no character themselves."""


def _keys(plain: str, shifted: str) -> dict[int, tuple[int, int]]:
    rows = {2: plain[:12], 16: plain[12:24], 30: plain[24:36], 43: plain[36:]}
    high = {2: shifted[:12], 16: shifted[12:24], 30: shifted[24:36], 43: shifted[36:]}
    return {
        first + place: (ord(low), ord(high[first][place]))
        for first, row in rows.items()
        for place, low in enumerate(row)
    }


_LAYOUT = _keys(
    "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./",
    '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"~|ZXCVBNM<>?',
) | {57: (0x20, 0x20)}
"""By a key's number in linux/input-event-codes.h what it types on a US keyboard, without and with Shift."""


def grab(device: int) -> None:
    """Keep the keys from everybody else. Raises OSError."""
    fcntl.ioctl(device, _GRAB, 1)


class KeyboardLine:
    """The open keyboard, ours alone. A key that is no character of a US keyboard reads as SPOILT."""

    def __init__(self, device: str, *, grab: Callable[[int], object] = grab) -> None:
        self._device = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._shifts: set[int] = set()
        self._poller = select.poll()
        self._poller.register(self._device, select.POLLIN)
        try:
            grab(self._device)
        except BaseException:
            os.close(self._device)
            raise

    def read(self, seconds: float) -> bytes:
        """See ScannerLine."""
        if not self._poller.poll(seconds * 1000):
            return b""
        events = os.read(self._device, _EVENT.size * _EVENTS_A_READ)
        if not events:
            raise OSError("the keyboard is gone")
        typed = bytearray()
        # The kernel hands over whole events.
        for _, _, kind, code, value in _EVENT.iter_unpack(events):
            typed += self._typed(kind, code, value)
        return bytes(typed)

    def close(self) -> None:
        """See ScannerLine; the kernel gives the keys back to all."""
        os.close(self._device)

    def _typed(self, kind: int, code: int, value: int) -> bytes:
        if kind == _SYN and code == _DROPPED:
            self._shifts.clear()
            return bytes([SPOILT])
        if kind != _KEY or code in _LOCKS:
            return b""
        if code in _SHIFTS:
            (self._shifts.discard if value == _RELEASED else self._shifts.add)(code)
            return b""
        if value != _PRESSED:
            return b""
        if code in _ENTERS:
            return b"\r"
        plain, shifted = _LAYOUT.get(code, (SPOILT, SPOILT))
        return bytes([shifted if self._shifts else plain])
