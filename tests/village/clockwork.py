"""One clock and one agenda for a whole village: what happens next, in an order that a seed repeats exactly."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))
DAY_S = 86_400
HOUR = 3_600
MIDNIGHT = int(datetime(2026, 9, 21, tzinfo=JAPAN).timestamp())
"""Unix seconds at virtual second 0: the first day's midnight."""


class Agenda:
    """What is due, by virtual second; what is due at once happens in the order in which it was asked for.

    `steps` counts what has happened, and `digest` sums up what was noted of it: two runs of one seed agree in both.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._asked = 0
        self._digest = hashlib.sha256()
        self._last = ""

    @property
    def wall(self) -> float:
        """True Unix seconds."""
        return MIDNIGHT + self.now

    @property
    def digest(self) -> str:
        """Of all that was noted so far."""
        return self._digest.hexdigest()

    @property
    def last(self) -> str:
        """What was noted last."""
        return self._last

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something happen so much later."""
        self._asked += 1
        heapq.heappush(self._due, (self.now + max(seconds, 0.0), self._asked, act))

    def note(self, what: str) -> None:
        """Say what is happening. Nothing that differs between two runs of a seed: no signature, no hash."""
        self._last = f"{self.clock()} {what}"
        self._digest.update(self._last.encode() + b"\n")

    def clock(self) -> str:
        """The virtual time for people: day and time of day in the village."""
        local = datetime.fromtimestamp(self.wall, UTC).astimezone(JAPAN)
        return f"{local:%m-%d %H:%M:%S}.{int(self.now * 1000) % 1000:03}"

    def run_until(
        self, end: float, after_each: Callable[[], None], done: Callable[[], bool] | None = None
    ) -> bool:
        """Let things happen up to `end`, or until `done`; whether it was done (True without one)."""
        while self._due and self._due[0][0] <= end:
            if done is not None and done():
                return True
            when, _, act = heapq.heappop(self._due)
            self.now = max(self.now, when)
            self.steps += 1
            act()
            after_each()
        self.now = max(self.now, end)
        return done is None or done()
