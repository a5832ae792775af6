"""Time that stands still until a test moves it."""

from __future__ import annotations


class FakeTime:
    """A `TimeSource` moved by hand. `sleep` moves it too, so nobody who waits on it ever waits."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def monotonic(self) -> float:
        """Where the test put it."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on by so much."""
        self.seconds += seconds

    def move(self, seconds: float) -> None:
        """Move on, from a test."""
        self.seconds += seconds
