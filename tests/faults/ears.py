"""A socket as systemd gives one to what it starts, and what is heard there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def ears_at(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        yield notify


def heard(ears: socket.socket, seconds: float) -> str:
    """The next word, "" if there is none in so many seconds."""
    ears.settimeout(seconds)
    try:
        return ears.recv(1_000).decode()
    except (TimeoutError, BlockingIOError):
        return ""
