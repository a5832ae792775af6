"""The wheels of a virtual bus: the speed pulse that belongs to how the bench says it drives."""

from __future__ import annotations

import threading
import time as real_time

from device.clock import TimeSource
from hil.virtual.pins import VirtualPins

NAP_SECONDS = 0.005


class VirtualWheels:
    """Gives pulses on a pin while the bus drives, each in its place on the bench's time.

    Of the first drive it hears of, what was driven before is not given: the bus was switched on in the middle of it.
    """

    def __init__(self, pins: VirtualPins, pin: int, pulses_per_km: int, time: TimeSource) -> None:
        self._pins = pins
        self._pin = pin
        self._pulses_per_km = pulses_per_km
        self._time = time
        self._drive = (0.0, 0.0, 0.0)
        self._metres_before = 0.0
        self._given: int | None = None
        self._turn = threading.Lock()

    def start(self) -> None:
        """Turn as the drives say; ends with the process."""
        self._pins.drive(self._pin, high=True)
        threading.Thread(target=self._run, name="virtual-wheels", daemon=True).start()

    def drive(self, begins: float, ends: float, metres: float) -> None:
        """So many metres evenly between two virtual seconds, then stand. A drive not over yet ends here."""
        with self._turn:
            self._metres_before = self._metres()
            self._drive = (begins, ends, metres)
            if self._given is None:
                self._given = self._due()

    def _run(self) -> None:
        while True:
            with self._turn:
                if self._given is not None:
                    due = self._due()
                    self._pins.pulse(self._pin, due - self._given)
                    self._given = due
            real_time.sleep(NAP_SECONDS)

    def _due(self) -> int:
        return int(self._metres() * self._pulses_per_km / 1000)

    def _metres(self) -> float:
        begins, ends, metres = self._drive
        share = (self._time.monotonic() - begins) / (ends - begins) if ends > begins else 0.0
        return self._metres_before + metres * min(max(share, 0.0), 1.0)
