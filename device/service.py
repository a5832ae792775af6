"""The machine's place under systemd: it says when it is ready, and that it is alive, as sd_notify(3) describes.

No library: the one for Python has had no release since 2017, and the whole protocol is a line on a socket.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress


class Service:
    """Whoever started us, if it wants to hear. Says nothing otherwise."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._is_ready = False

    def alive(self) -> None:
        """To be called about once a second, by the thread whose hang would be a hang, after it has done real work.

        The first call says that the machine is ready.
        """
        self._say("WATCHDOG=1" if self._is_ready else "READY=1\nWATCHDOG=1")
        self._is_ready = True

    def _say(self, line: str) -> None:
        if not self._address:
            return
        # An abstract socket's name begins with a zero byte, which no environment can hold.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, suppress(OSError):
            notify.setblocking(False)
            notify.sendto(line.encode(), address)
