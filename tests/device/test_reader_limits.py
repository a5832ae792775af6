"""What a reader's child may say and may do."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clock import SystemTime
from device.reader import process
from device.reader.messages import MAX_LINE, Message, Seen, from_line, to_line
from device.reader.process import ReaderProcess
from device.reader.source import SourceKind, parse_source
from device.reader.start import child_environment
from tests.device.reader_material import ROOT, SLOW, Heard, eventually


@pytest.fixture
def heard() -> Heard:
    return Heard()


@contextlib.contextmanager
def told_by(program: str, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A reader whose child is `program`; gives the list that grows with each start of it."""
    starts: list[int] = []

    def command(*_: str) -> list[str]:
        starts.append(1)
        return [sys.executable, "-S", "-c", textwrap.dedent(program)]

    monkeypatch.setattr(process, "child_command", command)
    reader = ReaderProcess("camera:0", heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        yield starts
    finally:
        reader.stop()


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("print('rubbish', flush=True); input()", "not a reader's message"),
        ("while True: print('x' * 9999, end='', flush=True)", "not a reader's message"),
        ('while True: print(\'{"type":"state","problem":""}\', flush=True)', "too many messages"),
        ("import os, time; os.close(1); time.sleep(60)", "closed its mouth"),
        ("raise SystemExit(3)", "exit code 3"),
    ],
)
def test_a_child_that_talks_nonsense_is_replaced(
    program: str, why: str, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with told_by(program, heard, monkeypatch) as starts:
        assert heard.wait(lambda: any(why in said for said in heard.states), SLOW), heard.states
        assert eventually(lambda: len(starts) > 1, SLOW)
    assert heard.codes == []


def test_a_child_that_dies_at_once_is_started_ever_more_slowly(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with told_by("raise SystemExit(3)", heard, monkeypatch) as starts:
        assert eventually(lambda: len(starts) >= 3, SLOW)
        time.sleep(1.0)
        assert len(starts) <= 5


def test_a_code_from_long_ago_is_not_reported(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SystemTime().monotonic()
    old, fresh = to_line(Seen([b"OLD"], now - 60)), to_line(Seen([b"FRESH"], now))
    program = (
        f"import sys, time; sys.stdout.write({(old + fresh).decode()!r}); sys.stdout.flush(); time.sleep(60)"
    )
    with told_by(program, heard, monkeypatch):
        assert heard.wait_for_another_code(SLOW)
    assert heard.codes == [b"FRESH"]


@given(st.binary(max_size=200))
def test_bytes_from_the_child_are_a_message_or_a_named_error(line: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(from_line(line), Message)


@given(st.lists(st.binary(min_size=1, max_size=7089), min_size=1, max_size=8), st.floats(0, 1e9))
def test_what_was_seen_survives_the_way_to_the_parent(codes: list[bytes], mono: float) -> None:
    line = to_line(Seen(codes, mono))
    assert len(line) <= MAX_LINE
    assert from_line(line) == Seen(codes, mono)


@pytest.mark.parametrize("codes", [[], [b"x"] * 9, [b"x" * 7090]])
def test_a_message_beyond_its_limits_is_refused(codes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="not a reader's message"):
        from_line(to_line(Seen(codes, 0.0)))


def test_a_child_cannot_write_run_spy_connect_or_signal(tmp_path: Path) -> None:
    secret = tmp_path / "key.pem"
    secret.write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = f"""
            import json, os, signal, socket
            from pathlib import Path
            from device.reader.rights import forgo_early, forgo_processes, forgo_rights
            forgo_early()
            # The user is kept: what is refused here is not refused for want of a file's permission bits.
            locked = forgo_rights(parent=os.getppid(), memory=2**28, readable=(), devices=False, connect=False,
                                  keep_user=True)
            forgo_processes()
            attempts = {{
                "write": lambda: Path({str(tmp_path / "made")!r}).write_text("x"),
                "change": lambda: Path({str(secret)!r}).write_text("x"),
                "remove": lambda: os.unlink({str(secret)!r}),
                "spy": lambda: Path({str(secret)!r}).read_text(),
                "listen": lambda: socket.create_server(("127.0.0.1", 0)),
                "connect": lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2),
                "signal": lambda: os.kill(os.getppid(), signal.SIGCONT),
                "run": lambda: os.posix_spawn("/bin/true", ["true"], {{}}),
                "memory": lambda: bytearray(2**30),
            }}
            done = []
            for name, attempt in attempts.items():
                try:
                    attempt()
                except (OSError, MemoryError):
                    continue
                done.append(name)
            print(json.dumps([locked, done]))
        """
        answer = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env=child_environment(), capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    locked, done = json.loads(answer.stdout)
    if not locked:
        pytest.skip("this kernel has no Landlock: files and TCP are left to the unit")
    assert done == []


def test_the_parent_loads_no_library_that_looks_at_pictures() -> None:
    program = """
        import sys
        import terminal.scan_command, device.reader.camera
        sys.exit(int(bool({"cv2", "zxingcpp", "numpy"} & set(sys.modules))))
    """
    assert (
        subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=False).returncode
        == 0
    )


def test_nothing_of_the_parents_environment_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTT_PASSWORD", "secret")
    assert "secret" not in child_environment().values()


@pytest.mark.parametrize(
    ("setting", "kind", "target"),
    [
        ("camera:0", SourceKind.CAMERA, "0"),
        ("camera:/dev/video0", SourceKind.CAMERA, "/dev/video0"),
        ("csi:1", SourceKind.CSI, "1"),
        ("file:door.mp4", SourceKind.FILE, "door.mp4"),
        ("http://host/stream", SourceKind.URL, "http://host/stream"),
        ("socket:/run/bench", SourceKind.SOCKET, "/run/bench"),
    ],
)
def test_a_camera_setting_is_taken_apart(setting: str, kind: SourceKind, target: str) -> None:
    source = parse_source(setting)
    assert (source.kind, source.target) == (kind, target)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "camera",
        "camera:",
        "camera:x",
        "camera:٣",
        "file:",
        "socket:rel",
        "ftp://x",
        "http://",
        "csi:",
        "csi:/dev/video0",
    ],
)
def test_an_unknown_camera_setting_is_refused_with_what_to_write(setting: str) -> None:
    with pytest.raises(ValueError, match="write camera:0"):
        ReaderProcess(setting, print, print, print)
