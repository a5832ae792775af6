"""Help for a rider whose code is seen and cannot be read: how long it stands on the screen, how often it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device.reader.messages import Hint

SHOWN_S = 2.5
"""After the reader last said it; it says so again while the code stands there."""
SAY_AGAIN_S = 5.0


class Helping:
    """The hint that stands. Times are real monotonic seconds."""

    def __init__(self) -> None:
        self._hint: Hint | None = None
        self._until = 0.0
        self._silent_until = 0.0

    def see(self, hint: Hint, now: float) -> bool:
        """A code is not read; whether to say so aloud now."""
        self._hint, self._until = hint, now + SHOWN_S
        if now < self._silent_until:
            return False
        self._silent_until = now + SAY_AGAIN_S
        return True

    def answered(self, now: float) -> None:
        """Something was read after all. What was just answered is still held up for a moment, and needs no help."""
        self._hint = None
        self._silent_until = now + SHOWN_S

    def at(self, now: float) -> Hint | None:
        """What to show."""
        return self._hint if now < self._until else None
