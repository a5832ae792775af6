"""The vehicle's speed pulse (車速パルス) as a sensor of the terminal: how far the wheels have driven."""

from __future__ import annotations

import threading

from device.clock import TimeSource
from device.pins import Board, PulseCounter
from terminal.facts import WheelsTurned
from terminal.ports import Report

EVERY_SECONDS = 1.0
LEAST_SECONDS = 0.025
"""Real ones between two reports, so that a bench whose time runs fast does not flood the loop."""


class Wheels:
    """Reports about once a second of `time` the metres driven since the start, also while the bus stands.

    A report that finds the loop's queue full is dropped: the next one says all the metres again.
    """

    def __init__(self, board: Board, pin: int, pulses_per_km: int, time: TimeSource, report: Report) -> None:
        self._board = board
        self._pin = pin
        self._pulses_per_km = pulses_per_km
        self._time = time
        self._report = report
        self._stopping = threading.Event()
        self._counter: PulseCounter | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the pin and begin to report. Raises `PinsUnavailableError` where there are no pins."""
        self._counter = self._board.pulse_counter(self._pin)
        self._thread = threading.Thread(target=self._run, args=(self._counter,), name="wheels", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._stopping.set()
        if self._counter is not None:
            self._counter.close()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _run(self, counter: PulseCounter) -> None:
        while not self._stopping.wait(LEAST_SECONDS):
            mono, pulses = self._time.monotonic(), counter.count
            self._report(WheelsTurned(mono, metres=pulses * 1000 / self._pulses_per_km))
            self._time.sleep(EVERY_SECONDS)
