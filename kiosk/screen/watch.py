"""Notices a page that no longer draws."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from kiosk.facts import PageState

if TYPE_CHECKING:
    from device.clock import TimeSource

LOOK_S = 5.0
SILENT_S = 60.0
"""The page says six times in this that it draws."""
SILENT = (
    "画面のブラウザが応えていません。直らないときは電源を入れ直してください / "
    "The screen's browser does not answer: if it stays so, switch the kiosk off and on"
)


class PageWatch:
    """`beat` is called, from any thread, whenever the page says that it draws; the desk hears when it falls silent.

    `heard_at`, monotonic seconds, is when it last did.
    """

    def __init__(self, time: TimeSource, report: Callable[[PageState], bool]) -> None:
        self._time = time
        self._report = report
        self.heard_at = 0.0
        self._said = ""
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Look from time to time; a browser that starts has SILENT_S for it."""
        self.beat()
        self._thread = Thread(target=self._watch, name="page-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No longer."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def beat(self) -> None:
        """The page draws."""
        self.heard_at = self._time.monotonic()

    def draws(self) -> bool:
        """Whether it has said so lately."""
        return self._time.monotonic() - self.heard_at < SILENT_S

    def look(self) -> None:
        """Tell the desk what has changed; again later if it has no room."""
        problem = "" if self.draws() else SILENT
        if problem != self._said and self._report(PageState(problem)):
            self._said = problem

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            self.look()
