"""Loopback ports of the bench, and whether anybody answers there."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request


class PortTaken(Exception):
    """A port the bench was told to use is in use. The text says what to do."""


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def claim_port(port: int) -> int:
    """`port` if it is free, any free one for 0. Raises PortTaken."""
    if port == 0:
        return free_port()
    try:
        socket.create_server(("127.0.0.1", port)).close()
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
    except OSError:
        return False
