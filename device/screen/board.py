"""Where the loop pins up its snapshot for the page."""

from __future__ import annotations

from threading import Condition
from typing import Generic, TypeVar

Snapshot = TypeVar("Snapshot")


class Board(Generic[Snapshot]):
    """Holds the newest snapshot and counts how often there was news. The loop publishes, page threads wait."""

    def __init__(self, first: Snapshot) -> None:
        self._changed = Condition()
        self._snapshot = first
        self._version = 0

    def publish(self, snapshot: Snapshot) -> None:
        """Replace the snapshot and wake whoever waits. Never blocks for longer than a reader copies a reference."""
        with self._changed:
            self._snapshot = snapshot
            self._version += 1
            self._changed.notify_all()

    def wake(self) -> None:
        """Have whoever waits look again, although nothing was published."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def latest(self) -> Snapshot:
        """The newest snapshot; the one it was made with before the first."""
        with self._changed:
            return self._snapshot

    @property
    def version(self) -> int:
        """How often there was something to look at so far."""
        with self._changed:
            return self._version

    def wait(self, version: int, timeout: float) -> int:
        """The present version, as soon as it is above `version`, at the latest after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > version, timeout)
            return self._version
