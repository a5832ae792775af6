"""The door contact as a sensor of the terminal."""

from __future__ import annotations

import threading
from collections import deque

from device.pins import Board, DoorContact
from terminal.facts import DoorState
from terminal.ports import Report

KEPT_CHANGES = 16
RETRY_SECONDS = 0.1


class Door:
    """Reports the door's state once at the start and then each change, in order.

    A change that finds the loop's queue full is kept and reported again, for a door believed open for ever would
    give taps to the wrong stop. Of more than 16 kept changes the oldest go: the last says how the door stands.
    """

    def __init__(self, board: Board, pin: int, report: Report) -> None:
        self._board = board
        self._pin = pin
        self._report = report
        self._changes: deque[bool] = deque(maxlen=KEPT_CHANGES)
        self._changed = threading.Condition()
        self._stopping = False
        self._contact: DoorContact | None = None
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)

    def start(self) -> None:
        """Open the pin and begin to report. Raises `PinsUnavailableError` where there are no pins."""
        self._contact = self._board.door_contact(self._pin, self._on_change)
        self._thread.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        if self._contact is not None:
            self._contact.close()
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _on_change(self, is_open: bool) -> None:
        with self._changed:
            self._changes.append(is_open)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._changes or self._stopping)
                if self._stopping:
                    return
                is_open = self._changes.popleft()
            while not self._report(DoorState(is_open)):
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopping, timeout=RETRY_SECONDS):
                        return
