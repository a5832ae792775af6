"""The virtual camera and the scenes it shows."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from device.facts import CameraState, CodeSeen
from device.reader.camera import Camera
from device.reader.decode import Gray, read_codes
from device.reader.frames import CameraGone
from device.reader.sockets import HEADER, SocketFrames
from hil.virtual.camera import VirtualCamera
from hil.virtual.scenes import HEIGHT, WIDTH, card_frame, empty_frame, phone_frame
from terminal.facts import Fact

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SLOW = 10.0


def text_of(length: int, rng: np.random.Generator) -> str:
    return "YP1:" + "".join(_ALPHABET[i] for i in rng.integers(0, len(_ALPHABET), length - 4))


@pytest.mark.parametrize(("draw", "length"), [(phone_frame, 297), (card_frame, 136)], ids=["phone", "card"])
def test_a_pass_held_up_is_read_from_every_seed(draw: Callable[..., Gray], length: int) -> None:
    read = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        text = text_of(length, rng)
        frame = draw(text, rng)
        assert frame.shape == (HEIGHT, WIDTH)
        read += read_codes(frame) == [text.encode()]
    assert read / 50 >= 0.99


def test_the_same_seed_draws_the_same_scene() -> None:
    one, other = (phone_frame("YP1:A", np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, other)


def test_a_phone_far_away_or_much_too_dark_is_not_read() -> None:
    text = text_of(297, np.random.default_rng(0))
    assert read_codes(phone_frame(text, np.random.default_rng(0), size_share=0.12)) == []
    assert read_codes(phone_frame(text, np.random.default_rng(0), brightness=0.01)) == []


def test_nothing_is_read_in_the_empty_door() -> None:
    assert read_codes(empty_frame()) == []
    assert read_codes(empty_frame(np.random.default_rng(1))) == []


def test_several_clients_see_what_is_in_view_now(tmp_path: Path) -> None:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        clients = [SocketFrames(str(tmp_path / "camera.sock")) for _ in range(2)]
        for client in clients:
            client.start()
            first = client.newest(SLOW)
            assert first is not None
            assert np.array_equal(first.gray, empty_frame())
        shown = np.full((4, 6), 9, np.uint8)
        camera.show(shown)
        for client in clients:
            assert any(np.array_equal(got.gray, shown) for _ in range(5) if (got := client.newest(SLOW)))
            client.close()


def test_a_client_that_takes_nothing_does_not_hold_up_the_others(tmp_path: Path) -> None:
    path = tmp_path / "camera.sock"
    with VirtualCamera(path), socket.socket(socket.AF_UNIX) as idle:
        idle.connect(str(path))
        frames = SocketFrames(str(path))
        frames.start()
        for _ in range(5):
            assert frames.newest(SLOW) is not None
        frames.close()


def test_an_unplugged_camera_is_gone_and_comes_back(tmp_path: Path) -> None:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        frames = SocketFrames(str(tmp_path / "camera.sock"))
        frames.start()
        assert frames.newest(SLOW) is not None
        camera.unplug()
        assert any(is_gone(frames) for _ in range(10))
        camera.plug()
        assert comes_back(frames)
        frames.close()


def comes_back(frames: SocketFrames) -> bool:
    for _ in range(10):
        with contextlib.suppress(CameraGone):
            if frames.newest(1.0) is not None:
                return True
    return False


def is_gone(frames: SocketFrames) -> bool:
    try:
        frames.newest(1.0)
    except CameraGone as gone:
        return "plug its camera in" in str(gone)
    return False


def test_only_a_gray_picture_can_be_shown(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gray picture"):
        VirtualCamera(tmp_path / "camera.sock").show(np.zeros((4, 4, 3), np.uint8))


def test_a_frame_begins_with_its_size_and_a_number_that_rises_with_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "camera.sock"
    with VirtualCamera(path) as camera, socket.socket(socket.AF_UNIX) as client:
        camera.show(np.zeros((2, 3), np.uint8))
        client.connect(str(path))
        width, height, number = HEADER.unpack(client.recv(HEADER.size, socket.MSG_WAITALL))
        assert (width, height) == (3, 2)
        client.recv(6, socket.MSG_WAITALL)
        camera.show(np.zeros((2, 3), np.uint8))
        numbers = {number}
        for _ in range(20):
            numbers.add(HEADER.unpack(client.recv(HEADER.size + 6, socket.MSG_WAITALL)[: HEADER.size])[2])
            if len(numbers) > 1:
                break
        assert numbers == {number, number + 1}


def test_a_pass_held_up_reaches_the_terminal_as_facts(tmp_path: Path) -> None:
    facts: list[Fact] = []
    seen = threading.Event()

    def report(fact: Fact, /) -> bool:
        facts.append(fact)
        if isinstance(fact, CodeSeen):
            seen.set()
        return True

    with VirtualCamera(tmp_path / "camera.sock") as camera:
        camera.show(phone_frame("YP1:RIDER", np.random.default_rng(2)))
        sensor = Camera(camera.setting, report)
        sensor.start()
        try:
            assert seen.wait(SLOW), facts
        finally:
            sensor.stop()
    assert CodeSeen(b"YP1:RIDER") in facts
    assert CameraState("") in facts
