"""What the server does by itself about expiry: a thread that looks every minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from central.database.transaction import Database, DataUnusable
from central.japan import day_of
from central.points.expire_points import Expired, expire
from central.points.notify_members import make_notices

EVERY_S = 60.0
_log = logging.getLogger(__name__)


class ExpiryTimer:
    """Runs expiry each `every_s` seconds, so that little after midnight all is done; notices once a day."""

    def __init__(self, database: Database, now: Callable[[], int], every_s: float = EVERY_S) -> None:
        self._database, self._now, self._every_s = database, now, every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expiry", daemon=True)
        self._notified = ""

    def start(self) -> None:
        """At once, and then again and again."""
        self._thread.start()

    def stop(self) -> None:
        """After the batch that is being written, if one is."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.look()
            except DataUnusable as error:
                # The disk may come back; the pages say the same meanwhile.
                _log.error("%s", error)
            self._end.wait(self._every_s)

    def look(self) -> None:
        """Do once what is due."""
        now = self._now()
        done = expire(self._database, now)
        if done != Expired():
            _log.info("expiry: %s", done)
        today = day_of(now).isoformat()
        if today != self._notified:
            with self._database.write() as connection:
                made = make_notices(connection, now)
            self._notified = today
            _log.info("expiry notices made: %d", len(made))
