"""The staff's page: opened by their PIN, closed again by itself."""

from __future__ import annotations

from kiosk.pin import is_pin
from kiosk.ports import MessageKind

OPEN_S = 120.0
"""Without a touch of theirs."""
MOST_WRONG = 5
WAIT_S = 300.0


class StaffPage:
    """Whether it is open. Times are the machine's monotonic seconds; without `pin`, a hash, it never opens."""

    def __init__(self, pin: str) -> None:
        self._pin = pin
        self._open_until: float | None = None
        self._wrong = 0
        self._waits_until = 0.0

    def try_pin(self, pin: str, now: float) -> MessageKind | None:
        """Open it; otherwise what to say."""
        if now < self._waits_until:
            return MessageKind.PIN_WAITS
        if is_pin(pin, self._pin):
            self._wrong, self._open_until = 0, now + OPEN_S
            return None
        self._wrong += 1
        if self._wrong < MOST_WRONG:
            return MessageKind.WRONG_PIN
        self._wrong, self._waits_until = 0, now + WAIT_S
        return MessageKind.PIN_WAITS

    def is_open(self, now: float) -> bool:
        """Whether staff stand there."""
        return self._open_until is not None and now < self._open_until

    def touched(self, now: float) -> None:
        """They are still there."""
        if self.is_open(now):
            self._open_until = now + OPEN_S

    def close(self) -> None:
        """They have gone."""
        self._open_until = None
