"""F22 of the office's server: a hang falls silent within ten seconds, and only what works says that it does."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import central.alive
from central.alive import Alive
from central.database.transaction import DataUnusable
from tests.faults.ears import ears_at, heard
from tests.laid import laid
from tests.provisioning.depot import broker_running, made_central, server_running

SILENT_S = 10.0
PATIENCE_S = 30.0


@pytest.fixture
def ears(tmp_path: Path) -> Iterator[socket.socket]:
    with ears_at(tmp_path / "notify") as notify:
        yield notify


def next_but_waiting(ears: socket.socket) -> str:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if not (word := heard(ears, PATIENCE_S)).startswith("EXTEND_TIMEOUT_USEC="):
            return word
    return ""


def test_central_is_ready_once_it_hears_and_a_hang_is_silent_within_ten_seconds(
    tmp_path: Path, ears: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot = made_central(tmp_path)
    with ExitStack() as running:
        # Not the broker: Mosquitto says that it is ready, too.
        with monkeypatch.context() as here:
            here.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
            server = running.enter_context(server_running(depot))
        assert heard(ears, PATIENCE_S).startswith("EXTEND_TIMEOUT_USEC=")
        with broker_running(depot):
            assert next_but_waiting(ears).startswith("READY=1")
            assert [heard(ears, SILENT_S) for _ in range(3)] == ["WATCHDOG=1"] * 3
            os.kill(server.pid, signal.SIGSTOP)
            stopped = last = time.monotonic()
            while heard(ears, SILENT_S):
                last = time.monotonic()
                assert last - stopped <= SILENT_S
            os.kill(server.pid, signal.SIGCONT)
            assert heard(ears, PATIENCE_S) == "WATCHDOG=1"
        # The broker is gone again: no hang, and the pages go on.
        assert [heard(ears, SILENT_S) for _ in range(3)] == ["WATCHDOG=1"] * 3
    print(f"F22: central's pings stopped {last - stopped:.1f} s after the hang, and came back after it")


@dataclass
class Turning:
    turns: int = 0
    listening: bool = True

    def hears(self) -> bool:
        return self.listening


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[tuple[str, int]]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield "127.0.0.1", server.server_port
        server.shutdown()
        thread.join()


def alive(folder: Path, pages: tuple[str, int], inbox: Turning) -> Alive:
    return Alive(str(folder / "notify"), pages, laid(folder), inbox)


def test_an_inbox_that_does_not_come_round_is_not_alive(
    tmp_path: Path, ears: socket.socket, pages: tuple[str, int]
) -> None:
    inbox = Turning()
    central = alive(tmp_path, pages, inbox)
    central.look()
    assert [heard(ears, 0)[:7], heard(ears, 0)] == ["READY=1", "WATCHDOG=1"]
    central.look()
    assert heard(ears, 0) == ""
    inbox.turns += 1
    central.look()
    assert heard(ears, 0) == "WATCHDOG=1"


def test_pages_that_do_not_answer_are_not_alive(
    tmp_path: Path, ears: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(central.alive, "ANSWER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = alive(tmp_path, silent.getsockname()[:2], Turning())
        with pytest.raises(TimeoutError):
            asked.look()
    assert heard(ears, 0) == ""


def test_a_database_that_cannot_be_read_is_not_alive(
    tmp_path: Path, ears: socket.socket, pages: tuple[str, int]
) -> None:
    asked = alive(tmp_path, pages, Turning())
    (tmp_path / "central.db").unlink()
    with pytest.raises(DataUnusable):
        asked.look()
    assert heard(ears, 0) == ""


def test_without_a_broker_it_asks_for_time_and_is_not_ready(
    tmp_path: Path, ears: socket.socket, pages: tuple[str, int]
) -> None:
    inbox = Turning(listening=False)
    waits = alive(tmp_path, pages, inbox)
    waits.look()
    inbox.turns += 1
    waits.look()
    said = [heard(ears, 0) for _ in range(3)]
    assert [word.startswith("EXTEND_TIMEOUT_USEC=") for word in said] == [True, True, False]
    assert said[2] == ""
