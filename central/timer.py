"""What the server does by itself from time to time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)
STOP_S = 10.0


class Timer:
    """Does `work` at once and then every so many seconds, from `start` to `stop`. What fails is tried again then."""

    def __init__(self, name: str, every_s: float, work: Callable[[], None]) -> None:
        self._every_s = every_s
        self._work = work
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done now."""
        self._ending.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while True:
            try:
                self._work()
            except Exception:
                log.exception("%s: failed; it is tried again in %s s", self._thread.name, self._every_s)
            if self._ending.wait(self._every_s):
                return
