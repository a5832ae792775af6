"""The first hours of a card charge are over: it can be spent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from central.charging import store
from central.database.transaction import Connection, Database, DataUnusable
from central.ledger.post_orders import post
from rules.ledger.holds import Resolution
from rules.ledger.order import Order, Release

ROUND_S = 60.0
"""Between two looks. So much later than promised, at most, the charge can be spent."""

log = logging.getLogger(__name__)


def end_first_hours(connection: Connection, now: int) -> int:
    """Release the holds of first hours that are over at Unix second `now`; how many there were."""
    over = store.first_holds_over(connection, now)
    for series, number in over:
        post(
            connection,
            Order(f"{series}/over/{number}", "first hours over", (Release(series, Resolution.EXPIRED),)),
            now,
        )
    return len(over)


class FirstHours:
    """A thread that looks once a minute. `now` gives Unix seconds."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="first-hours", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the look that may be under way."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(ROUND_S):
            try:
                self._look()
            except DataUnusable:
                # The next look tries again; until then nothing can be spent too early.
                log.exception("first hours")

    def _look(self) -> None:
        with self._database.read() as connection:
            if not store.first_holds_over(connection, self._now()):
                return
        with self._database.write() as connection:
            end_first_hours(connection, self._now())
