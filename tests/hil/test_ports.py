"""Ports of the bench: nobody who waits for a program may be connected to himself instead."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hil.virtual import ports
from hil.virtual.ports import PortTaken, free_port, serves


def test_no_port_is_one_the_system_gives_to_the_near_end_of_a_connection() -> None:
    low, high = (int(end) for end in ports.RANGE.read_text(encoding="ascii").split())
    assert not any(low <= free_port() <= high for _ in range(50))


def test_a_page_that_only_echoes_the_question_is_not_there() -> None:
    with echo() as port:
        assert not serves(f"http://127.0.0.1:{port}/now")


def test_no_free_port_is_said_with_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ASKED", 0)
    with pytest.raises(PortTaken, match="is free"):
        free_port()


@contextmanager
def echo() -> Iterator[int]:
    """A server that gives back the first thing it hears, as a connection to oneself does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(connection.recv(4096))

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
