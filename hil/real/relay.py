"""The real power of a bus: a USB relay in its 5 V (LCUS-1 and its like), and a serial line on which it tells."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

import serial

ON, OFF = bytes((0xA0, 1, 1, 0xA2)), bytes((0xA0, 1, 0, 0xA1))
"""Start, relay, state, and the sum of the three: what all of these relays understand."""
RELAY_BAUD = 9600
POLL_S = 0.05


class RelayPower:
    """`relay` and `told` are serial lines. Behind the plug, not before: its capacitors would bridge the moment."""

    def __init__(self, relay: str, told: str, baud: int) -> None:
        self._places = (relay, told, baud)
        self._closing = ExitStack()
        self._rest = b""

    def __enter__(self) -> Self:
        relay, told, baud = self._places
        self._relay = self._closing.enter_context(serial.Serial(relay, RELAY_BAUD, timeout=1.0))
        self._told = self._closing.enter_context(serial.Serial(told, baud, timeout=POLL_S))
        self._closing.callback(self.cut)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def on(self) -> None:
        """Close the relay. What half a line the last life left is no line."""
        self._rest = b""
        self._send(ON)

    def cut(self) -> None:
        """Open it."""
        self._send(OFF)

    def line(self, seconds: float) -> str | None:
        """From the serial line; what the boot says there before is not ours, and harms nobody."""
        for _ in range(max(1, int(seconds / POLL_S))):
            if b"\n" not in self._rest:
                self._rest += self._told.read(4096)
            if b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                return line.decode(errors="replace").strip()
        return None

    def _send(self, command: bytes) -> None:
        self._relay.write(command)
        self._relay.flush()
