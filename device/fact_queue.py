"""The one bounded queue between a machine's threads and its loop: nobody waits to report, no flood drowns the rest."""

from __future__ import annotations

import queue
from threading import BoundedSemaphore
from typing import Generic, TypeVar

from device.facts import Heard

MAX_FACTS = 1_000
KEPT_FREE = 200
"""Of those, for what does not come again by itself: the link's changes, the door, touches."""
MAX_HEARD = 16
"""Of those, what central says. It says everything again, and a broker gone mad must not drown codes and touches."""

F = TypeVar("F")


class FactQueue(Generic[F]):
    """`again` are the facts that come again by themselves, as a code before the camera does."""

    def __init__(self, *again: type) -> None:
        self._again = again
        self._facts: queue.Queue[F] = queue.Queue(MAX_FACTS)
        self._room_to_hear = BoundedSemaphore(MAX_HEARD)

    @property
    def waiting(self) -> int:
        """How many nobody has taken yet."""
        return self._facts.qsize()

    def report(self, fact: F) -> bool:
        """Hand a fact over, from any thread; False if there was no room and it was dropped. Never waits."""
        if isinstance(fact, self._again) and self.waiting >= MAX_FACTS - KEPT_FREE:
            return False
        if isinstance(fact, Heard) and not self._room_to_hear.acquire(blocking=False):
            return False
        try:
            self._facts.put_nowait(fact)
        except queue.Full:
            if isinstance(fact, Heard):
                self._room_to_hear.release()
            return False
        return True

    def take(self, timeout: float) -> F | None:
        """The next one, for the loop alone; None if none came within so many seconds."""
        try:
            fact = self._facts.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(fact, Heard):
            self._room_to_hear.release()
        return fact
