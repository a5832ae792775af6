"""News for open pages: a stream of server-sent events, few at a time and never more than two a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore, Event

from central.database.transaction import Changes

MAX_STREAMS = 8
"""Every stream holds a thread of the web server. Pages beyond that poll."""
HEARTBEAT_S = 10.0
LEAST_GAP_S = 0.5
RETRY_MS = 1000
"""After a stream has ended, the browser waits this long before it asks for another."""
BEATS = 90
"""After a quarter of an hour a stream ends and the browser opens another: nothing hangs for ever."""


class Streams:
    """The streams open now, at most MAX_STREAMS, and the word that ends them all."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._places = BoundedSemaphore(MAX_STREAMS)
        self._closing = Event()

    def take(self) -> bool:
        """Take a place for one stream; False when all are taken."""
        return not self._closing.is_set() and self._places.acquire(blocking=False)

    def give_back(self) -> None:
        """The stream has ended."""
        self._places.release()

    def close(self) -> None:
        """Let every stream end: the server stops."""
        self._closing.set()
        self._changes.bump()

    def tell(self, newest_record: Callable[[], int | None]) -> Iterator[str]:
        """One stream: `change` with the newest record's id at once and after commits, `beat` while all is quiet.

        It ends when `newest_record` gives None: whoever reads it may not any more.
        """
        version = self._changes.version
        newest = newest_record()
        if newest is None:
            return
        yield f"retry: {RETRY_MS}\n" + _change(newest)
        for _ in range(BEATS):
            # The closing word is given before its bump: whoever has read the bumped version finds it here.
            if self._closing.is_set():
                return
            is_quiet = self._changes.wait(version, HEARTBEAT_S) == version
            # What comes in while this waits is told by the same event.
            if not is_quiet and self._closing.wait(LEAST_GAP_S):
                return
            # A commit that comes after a quiet wait is told by the next turn.
            version = version if is_quiet else self._changes.version
            newest = newest_record()
            if newest is None:
                return
            yield "event: beat\ndata: \n\n" if is_quiet else _change(newest)


def _change(newest_record: int) -> str:
    return f"event: change\ndata: {json.dumps({'record': newest_record})}\n\n"
