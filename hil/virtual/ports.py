"""Loopback ports of the bench, and whether anybody answers there."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import urllib.error
import urllib.request
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
ASKED = 200


class PortTaken(Exception):
    """A port the bench was told to use is in use. The text says what to do."""


def free_port() -> int:
    """A loopback port nobody listens on at this moment.

    Never one that the system gives to the near end of a connection: whoever asks such a port whether somebody answers
    yet may be given the same number for its own end, is then connected to itself, and hears its own question.
    Raises PortTaken if none is found.
    """
    low, high = (int(end) for end in RANGE.read_text(encoding="ascii").split())
    first, end = (10_000, low) if low > 20_000 else (high + 1, 65_536)
    for _ in range(ASKED):
        port = first + secrets.randbelow(end - first)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise PortTaken(
        f"{first}〜{end - 1} に空いているポートがありません。 / No port from {first} to {end - 1} is free."
    )


def claim_port(port: int, address: str = "127.0.0.1") -> int:
    """`port` if it is free at an address of this machine, any free one for 0. Raises PortTaken."""
    if port == 0:
        return free_port()
    try:
        socket.create_server((address, port)).close()
    except OSError as error:
        raise PortTaken(
            f"ポート {port} は使用中です。--port で別の番号を指定してください。 / "
            f"Port {port} is in use: choose another one with --port."
        ) from error
    return port


def answers(port: int) -> bool:
    """Whether something listens on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def serves(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
