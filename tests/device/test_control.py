"""Asking a running machine over its Unix socket: bounded, private, and never in anybody's way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from device import control as control_module
from device.control import SOCKET, Control, NotRunning, call
from rules.messages.stick import MAX_ANSWER_BYTES, StickRefused


class Told(msgspec.Struct, frozen=True):
    """What the handler says at the end."""

    size: int


def echo(data: bytes) -> Iterator[bytes | msgspec.Struct]:
    yield from (b'{"line":%d}\n' % number for number in range(3))
    yield Told(len(data))


def refuse(_: bytes) -> Iterator[bytes | msgspec.Struct]:
    yield b"1\n"
    raise StickRefused("だめ", "no")


def fail(_: bytes) -> Iterator[bytes | msgspec.Struct]:
    yield b"1\n"
    raise RuntimeError("broken")


HANDLERS = {"echo": echo, "refuse": refuse, "fail": fail}


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    running = Control(tmp_path, HANDLERS)
    running.start()
    yield running
    running.stop()


def test_lines_and_the_end_come_over_as_they_are(control: Control, tmp_path: Path) -> None:
    *lines, end = call(tmp_path, "echo", b"x\n" * 50_000)
    assert lines == [b'{"line":0}\n', b'{"line":1}\n', b'{"line":2}\n']
    assert isinstance(end, msgspec.Raw)
    assert msgspec.json.decode(end, type=Told) == Told(100_000)


def test_a_refusal_comes_over_as_its_sentence(control: Control, tmp_path: Path) -> None:
    answers = call(tmp_path, "refuse")
    assert next(answers) == b"1\n"
    with pytest.raises(StickRefused, match=r"^だめ / no$"):
        next(answers)


def test_a_fault_is_told_and_the_next_caller_is_served(control: Control, tmp_path: Path) -> None:
    with pytest.raises(StickRefused, match="failed within the terminal"):
        list(call(tmp_path, "fail"))
    assert len(list(call(tmp_path, "echo"))) == 4


def test_without_a_running_machine_that_is_said_first(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        next(call(tmp_path, "echo"))


def test_a_socket_left_behind_by_a_crash_is_nobody_and_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as crashed:
        crashed.bind(str(tmp_path / SOCKET))
    with pytest.raises(NotRunning):
        next(call(tmp_path, "echo"))
    running = Control(tmp_path, HANDLERS)
    running.start()
    try:
        assert len(list(call(tmp_path, "echo"))) == 4
    finally:
        running.stop()
    assert not (tmp_path / SOCKET).exists()


def test_only_its_own_user_may_ask(control: Control, tmp_path: Path) -> None:
    assert (tmp_path / SOCKET).stat().st_mode & 0o777 == 0o600


def test_a_folder_with_a_long_name_has_a_socket_too(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 150)
    folder.mkdir()
    running = Control(folder, HANDLERS)
    running.start()
    try:
        assert len(list(call(folder, "echo"))) == 4
    finally:
        running.stop()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\n",
        b"\xff\n",
        b"[" * 10_000,
        b'{"do":"doctor"}\n',
        b'{"do":"echo","bytes":-1}\n',
        b'{"do":"echo","bytes":%d}\n' % (MAX_ANSWER_BYTES + 1),
        b'{"do":"echo","bytes":5}\nabc',
    ],
)
def test_nonsense_is_answered_and_the_next_caller_is_served(
    control: Control, tmp_path: Path, said: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(30)
        caller.connect(str(tmp_path / SOCKET))
        caller.sendall(said)
        caller.shutdown(socket.SHUT_WR)
        assert b"another version" in caller.recv(10_000)
    assert len(list(call(tmp_path, "echo"))) == 4


def test_a_caller_who_says_nothing_is_left_alone(
    control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "CALLER_S", 0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.connect(str(tmp_path / SOCKET))
        assert len(list(call(tmp_path, "echo"))) == 4


def test_a_machine_that_ends_in_the_middle_is_no_whole_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / SOCKET))
        listening.listen()

        def end_in_the_middle() -> None:
            caller, _ = listening.accept()
            with caller, caller.makefile("rb") as asked:
                asked.readline()
                caller.sendall(b'{"line":1}\n')

        thread = threading.Thread(target=end_in_the_middle)
        thread.start()
        answers = call(tmp_path, "echo")
        assert next(answers) == b"1\n"
        with pytest.raises(StickRefused, match="does not answer"):
            next(answers)
        thread.join()


def test_it_stops_while_a_caller_is_silent(tmp_path: Path) -> None:
    running = Control(tmp_path, HANDLERS)
    running.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.connect(str(tmp_path / SOCKET))
        running.stop()
    with pytest.raises(NotRunning):
        next(call(tmp_path, "echo"))


def test_where_there_can_be_no_socket_the_machine_does_without(tmp_path: Path) -> None:
    (tmp_path / SOCKET).mkdir()
    running = Control(tmp_path, HANDLERS)
    running.start()
    running.stop()
