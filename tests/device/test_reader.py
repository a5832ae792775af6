"""The camera's reader: a real child process, looking at real frames over a real socket."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.reader.child import distinct_codes
from device.reader.decode import Gray, look, read_codes
from device.reader.frames import CameraGone
from device.reader.process import ReaderProcess
from device.reader.sockets import HEADER
from device.reader.source import Optics
from device.reader.usb import UsbFrames
from hil.virtual.camera import VirtualCamera
from tests.device.reader_material import ROOT, SLOW, TEXT, Heard, children_of, eventually, looker_of, picture


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[VirtualCamera]:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        yield camera


@pytest.fixture
def reader(camera: VirtualCamera, heard: Heard) -> Iterator[ReaderProcess]:
    reader = ReaderProcess(camera.setting, heard.codes_of, heard.state, heard.hint)
    reader.start()
    assert heard.wait(lambda: heard.problem == "", SLOW), heard.states
    yield reader
    reader.stop()


# What is in view


@pytest.mark.usefixtures("reader")
def test_a_code_in_view_is_reported_and_an_empty_door_is_not(camera: VirtualCamera, heard: Heard) -> None:
    assert not heard.wait_for_another_code(0.5)
    camera.show(picture())
    assert heard.wait_for_another_code(SLOW)
    assert set(heard.codes) == {TEXT.encode()}


def test_each_distinct_code_is_reported_once_for_each_frame() -> None:
    one, other = picture("YP1:ONE"), picture("YP1:OTHER")
    assert sorted(distinct_codes(look(np.hstack([one, other, one])))) == [b"YP1:ONE", b"YP1:OTHER"]


def test_a_light_code_on_dark_is_read() -> None:
    assert read_codes((255 - picture()).astype(np.uint8)) == [TEXT.encode()]


@pytest.mark.parametrize("shape", [(1, 1), (1, 4096), (3, 2), (479, 481)])
def test_pictures_of_odd_shapes_are_read_without_harm(shape: tuple[int, int]) -> None:
    assert read_codes(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)) == []


# A child that dies or hangs


@pytest.mark.usefixtures("reader")
def test_a_killed_child_is_replaced_and_reads_again(camera: VirtualCamera, heard: Heard) -> None:
    child = looker_of(camera.setting)
    camera.show(picture())
    os.kill(child, signal.SIGKILL)
    assert heard.wait(lambda: any("signal 9" in said for said in heard.states), SLOW)
    assert heard.wait(lambda: heard.problem == "", SLOW)
    assert heard.wait_for_another_code(SLOW)


@pytest.mark.usefixtures("reader")
def test_a_child_that_hangs_is_replaced(camera: VirtualCamera, heard: Heard) -> None:
    child = looker_of(camera.setting)
    os.kill(child, signal.SIGSTOP)
    assert heard.wait(lambda: "no sign of life" in heard.problem, SLOW)
    assert heard.wait(lambda: heard.problem == "", SLOW)
    assert child not in children_of(camera.setting)


def test_stopping_ends_even_a_child_that_hangs(reader: ReaderProcess, camera: VirtualCamera) -> None:
    for child in children_of(camera.setting):
        os.kill(child, signal.SIGSTOP)
    begun = time.monotonic()
    reader.stop()
    assert time.monotonic() - begun < 2.0
    # Who looks is ended by the kernel when the keeper is gone: a moment later on a busy machine.
    assert eventually(lambda: children_of(camera.setting) == [], SLOW)


def test_the_child_ends_when_its_parent_is_killed(camera: VirtualCamera) -> None:
    program = f"""
        import time
        from device.reader.process import ReaderProcess
        ReaderProcess({camera.setting!r}, print, print, print).start()
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        parent.stdout.read(1)
        assert eventually(lambda: len(children_of(camera.setting)) == 2, SLOW)
        for child in children_of(camera.setting):
            os.kill(child, signal.SIGSTOP)  # one that hangs will not notice by itself that nobody listens
        parent.kill()
    assert eventually(lambda: children_of(camera.setting) == [], SLOW)


@pytest.mark.usefixtures("reader")
def test_one_who_died_is_followed_by_another_of_the_same_keeper(camera: VirtualCamera, heard: Heard) -> None:
    before, looker = set(children_of(camera.setting)), looker_of(camera.setting)
    os.kill(looker, signal.SIGKILL)
    assert heard.wait(lambda: any("signal 9" in said for said in heard.states), SLOW)
    assert heard.wait(lambda: heard.problem == "", SLOW)
    keeper = before - {looker}
    assert keeper < set(children_of(camera.setting))


@pytest.mark.usefixtures("reader")
def test_after_a_keeper_died_all_is_begun_anew(camera: VirtualCamera, heard: Heard) -> None:
    (keeper,) = set(children_of(camera.setting)) - {looker_of(camera.setting)}
    camera.show(picture())
    assert heard.wait_for_another_code(SLOW)
    os.kill(keeper, signal.SIGKILL)
    assert heard.wait(lambda: "Restarting" in "".join(heard.states), SLOW)
    assert heard.wait(lambda: heard.problem == "", SLOW)
    assert heard.wait_for_another_code(SLOW)


# A camera that goes


@pytest.mark.usefixtures("reader")
def test_a_camera_unplugged_is_said_and_its_return_noticed(camera: VirtualCamera, heard: Heard) -> None:
    camera.unplug()
    assert heard.wait(lambda: "gone" in heard.problem, 3.0), heard.states
    camera.show(picture())
    camera.plug()
    assert heard.wait(lambda: heard.problem == "", 5.0), heard.states
    assert heard.wait_for_another_code(SLOW)


def test_a_missing_camera_is_said_with_the_remedy(heard: Heard) -> None:
    reader = ReaderProcess("camera:97", heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait(lambda: "Camera 97 is missing; check its USB plug" in heard.problem, SLOW)
        assert "カメラ 97 が見つかりません" in heard.problem
    finally:
        reader.stop()


def test_a_camera_that_opens_nothing_raises_only_after_the_wait() -> None:
    frames = UsbFrames("97", Optics())
    frames.start()
    try:
        assert eventually(lambda: raises_gone(frames), SLOW)
    finally:
        frames.close()


def raises_gone(frames: UsbFrames) -> bool:
    try:
        return frames.newest(0.1) is not None
    except CameraGone as gone:
        return "check its USB plug" in str(gone)


def test_a_film_is_read_by_a_child_without_the_rights_of_root(heard: Heard) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        still = Path(folder) / "door.png"
        cv2.imwrite(str(still), picture())
        still.chmod(0o644)
        reader = ReaderProcess(f"file:{still}", heard.codes_of, heard.state, heard.hint)
        reader.start()
        try:
            assert heard.wait_for_another_code(SLOW), heard.states
            child = looker_of(f"file:{still}")
            status = Path(f"/proc/{child}/status").read_text()
            assert "NoNewPrivs:\t1" in status
            assert "Uid:\t0" not in status
        finally:
            reader.stop()


# Hostile pictures


@contextlib.contextmanager
def hostile_camera(path: Path, *sendings: bytes) -> Iterator[None]:
    """Gives each client the next sending and hangs up; the last one again and again."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        number = 0
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                with client, contextlib.suppress(OSError):
                    client.sendall(sendings[min(number, len(sendings) - 1)])
                    number += 1

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(1.0)


def sending(gray: Gray) -> bytes:
    return HEADER.pack(gray.shape[1], gray.shape[0], 0) + gray.tobytes()


def test_hostile_pictures_do_not_stop_the_reader(tmp_path: Path, heard: Heard) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (720, 1280), dtype=np.uint8)
    tiles = np.tile(np.repeat(np.repeat(np.array([[0, 255], [255, 0]], np.uint8), 3, 0), 3, 1), (120, 213))
    path = tmp_path / "hostile.sock"
    with hostile_camera(
        path,
        HEADER.pack(2**32 - 1, 2**32 - 1, 0),
        HEADER.pack(0, 720, 0),
        HEADER.pack(4096, 4096, 0) + bytes(100),
        sending(np.zeros((1, 1), np.uint8)),
        sending(noise) + sending(tiles) + sending(noise)[:5000],
        sending(picture()),
    ):
        reader = ReaderProcess(f"socket:{path}", heard.codes_of, heard.state, heard.hint)
        reader.start()
        try:
            assert heard.wait(lambda: any("4294967295" in said for said in heard.states), SLOW)
            assert heard.wait_for_another_code(SLOW), heard.states
        finally:
            reader.stop()
    assert set(heard.codes) == {TEXT.encode()}
    assert not any("Restarting" in said for said in heard.states)
