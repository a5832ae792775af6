"""A scanner module on a serial line: USB (CDC, /dev/ttyACM0) or the Pi's own pins."""

from __future__ import annotations

import serial

_CHUNK = 65_536
"""All that the kernel holds of a line."""


class SerialLine:
    """The open line. Opening it drops what the module said before."""

    def __init__(self, device: str, baud: int) -> None:
        self._port = serial.Serial(device, baud, exclusive=True)

    def read(self, seconds: float) -> bytes:
        """See ScannerLine."""
        self._port.timeout = seconds
        # One byte is waited for, the rest taken along.
        data: bytes = self._port.read(1)
        return data + self._port.read(min(self._port.in_waiting, _CHUNK)) if data else b""

    def close(self) -> None:
        """See ScannerLine."""
        self._port.close()
