"""What passed between a machine's sensors and its loop: how often, when last, and what was wrong then."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import msgspec

F = TypeVar("F")


class Seen(msgspec.Struct, frozen=True):
    """Facts of one kind. `problem`, `note` and `value` are the last one's, where such a fact has them.

    `value` is how far the wheels have turned, in metres, or 1 for an open door.
    """

    times: int
    seconds_ago: float
    value: float = 0.0
    problem: str = ""
    note: str = ""


class Witness(Generic[F]):
    """Stands in the way of facts, counts them and hands each on at once. From any thread; it decides nothing.

    `now` gives monotonic seconds.
    """

    def __init__(self, hand_on: Callable[[F], bool], now: Callable[[], float]) -> None:
        self._hand_on = hand_on
        self._now = now
        self._lock = Lock()
        self._last: dict[str, tuple[int, float, F]] = {}

    def report(self, fact: F) -> bool:
        """Note the fact and hand it on."""
        self.note(fact)
        return self._hand_on(fact)

    def note(self, fact: F) -> None:
        """Note what goes another way."""
        name = type(fact).__name__
        with self._lock:
            times = self._last[name][0] if name in self._last else 0
            self._last[name] = (times + 1, self._now(), fact)

    def seen(self) -> dict[str, Seen]:
        """Up to this moment, by the name of the fact."""
        with self._lock:
            last, now = dict(self._last), self._now()
        return {
            name: Seen(
                times,
                round(now - at, 1),
                float(getattr(fact, "metres", getattr(fact, "is_open", 0.0))),
                getattr(fact, "problem", "") or getattr(fact, "reason", ""),
                getattr(fact, "note", ""),
            )
            for name, (times, at, fact) in last.items()
        }

    def last(self, kind: type[F]) -> F | None:
        """The last fact of that kind."""
        with self._lock:
            found = self._last.get(kind.__name__)
        return found[2] if found else None
