"""The server's place under systemd: ready once its pages answer and its inbox hears, alive while all of it works.

A line on a socket, as sd_notify(3) describes. Field machines say it in `device/service.py`, which the office does not
import.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Protocol

from central.database.transaction import Database
from central.devices.store import last_entry
from central.timer import Timer

EVERY_S = 3.0
ANSWER_S = 5.0
"""So long the pages may take for a small one of theirs."""
_SMALL = "/static/steam.svg"
_WAITS = "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=ブローカーを待っています / waiting for the broker"
_READY = "READY=1\nSTATUS=動いています / at work"


class Inbox(Protocol):
    """What is asked of the inbox."""

    @property
    def turns(self) -> int:
        """How often its thread has come round; it does each second, also with nothing to take in."""

    def hears(self) -> bool:
        """Whether the broker lets it hear the machines."""


class Alive:
    """Whoever started us, told how we are. `pages` is where they listen."""

    def __init__(self, notify: str, pages: tuple[str, int], database: Database, inbox: Inbox) -> None:
        # An abstract socket's name begins with a zero byte, which no environment can hold.
        self._notify = f"\0{notify[1:]}" if notify.startswith("@") else notify
        self._pages = pages
        self._database = database
        self._inbox = inbox
        self._turns = -1
        self._is_ready = False

    def look(self) -> None:
        """Say that we live, if pages, database and inbox all prove it; else nothing. What fails there is raised.

        A broker that goes away later is no hang: we would not find it by starting again, and the pages go on.
        """
        self._ask_pages()
        with self._database.read() as connection:
            last_entry(connection)
        if not self._is_ready:
            self._is_ready = self._inbox.hears()
            self._say(_READY if self._is_ready else _WAITS)
        turns, self._turns = self._turns, self._inbox.turns
        if self._is_ready and self._turns != turns:
            self._say("WATCHDOG=1")

    def _ask_pages(self) -> None:
        with closing(http.client.HTTPConnection(*self._pages, timeout=ANSWER_S)) as connection:
            connection.request("GET", _SMALL)
            status = connection.getresponse().status
        if status != HTTPStatus.OK:
            raise ConnectionError(f"{_SMALL}: {status}")

    def _say(self, line: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.setblocking(False)
            notify.sendto(line.encode(), self._notify)


def watched(
    environment: Mapping[str, str], pages: tuple[str, int], database: Database, inbox: Inbox
) -> list[Timer]:
    """What is to be started and stopped with the server; nothing where nobody wants to hear."""
    notify = environment.get("NOTIFY_SOCKET", "")
    return [Timer("alive", EVERY_S, Alive(notify, pages, database, inbox).look)] if notify else []
