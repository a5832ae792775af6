"""Scanner modules of the virtual bench: one on a serial line, one that is a keyboard."""

from __future__ import annotations

import os
import struct
import tty
from pathlib import Path

_EVENT = struct.Struct("@llHHi")
_SHIFT, _ENTER = 42, 28
_PLAIN = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " "}
_SHIFTED = {2: "!@#$%^&*()_+", 16: "QWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?"}
"""Rows of a US keyboard by the number of their first key, from linux/input-event-codes.h."""


class SerialModule:
    """A pseudo-terminal behind a link that stays the same, as /dev/serial/by-id does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._port = self._far_end = -1

    def plug(self) -> None:
        """Be there."""
        self._port, self._far_end = os.openpty()
        # Without this the terminal would echo, and end lines its own way.
        tty.setraw(self._far_end)
        self.path.symlink_to(os.ttyname(self._far_end))

    def unplug(self) -> None:
        """Be gone, in the middle of whatever was said."""
        if self._port >= 0:
            self.path.unlink()
            os.close(self._port)
            os.close(self._far_end)
            self._port = -1

    def say(self, text: bytes) -> None:
        """Say these bytes."""
        os.write(self._port, text)


class KeyboardModule:
    """A pipe into which the kernel's records of keys are written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.grabbed = 0
        self._keys = -1
        os.mkfifo(path)

    def grab(self, _: int) -> None:
        """What the reader does to have the keys alone; a pipe knows no such call."""
        self.grabbed += 1

    def plug(self) -> None:
        """Be there, once somebody reads."""
        self._keys = os.open(self.path, os.O_RDWR)

    def unplug(self) -> None:
        """Be gone."""
        os.close(self._keys)

    def event(self, kind: int, code: int, value: int) -> None:
        """One record, and the end of its report."""
        os.write(self._keys, _EVENT.pack(0, 0, kind, code, value) + _EVENT.pack(0, 0, 0, 0, 0))

    def press(self, code: int) -> None:
        """A key down and up, with the scan code that real keyboards say before it."""
        self.event(4, 4, 0x70000 + code)
        self.event(1, code, 1)
        self.event(1, code, 0)

    def type(self, text: str, *, enter: bool = True) -> None:
        """Type as a US keyboard does: Shift is held for each character that wants it."""
        for character in text:
            code, shifted = _key_of(character)
            if shifted:
                self.event(1, _SHIFT, 1)
            self.press(code)
            if shifted:
                self.event(1, _SHIFT, 0)
        if enter:
            self.press(_ENTER)


def _key_of(character: str) -> tuple[int, bool]:
    for rows, shifted in ((_PLAIN, False), (_SHIFTED, True)):
        for first, row in rows.items():
            if character in row:
                return first + row.index(character), shifted
    raise ValueError(character)
