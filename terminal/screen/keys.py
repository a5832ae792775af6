"""The driver's four physical buttons on their way to the page, whose focus they move."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from threading import Lock

KEPT = 32
"""A page takes what there is ten times a second; nobody presses so fast."""


class Key(StrEnum):
    """What a button means."""

    LEFT = "left"
    RIGHT = "right"
    DO = "do"
    BACK = "back"


class Keys:
    """The last presses, in order. Buttons press from threads of their own; each open page has a listener.

    `wake` is called after each press, so that the pages' streams look.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._turn = Lock()
        self._pressed: deque[Key] = deque(maxlen=KEPT)
        self._count = 0

    def press(self, key: Key) -> None:
        """A button was pressed, or is held. Never waits."""
        with self._turn:
            self._pressed.append(key)
            self._count += 1
        self._wake()

    def listen(self) -> Callable[[], list[Key]]:
        """Gives at each call what was pressed since the one before, each press once; the first, since now."""
        with self._turn:
            heard = self._count

        def since() -> list[Key]:
            nonlocal heard
            with self._turn:
                fresh = self._count - heard
                heard = self._count
                return list(self._pressed)[-fresh:] if fresh else []

        return since
