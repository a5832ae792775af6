"""Pictures made to hold the reader up: what one of them costs, and that the next code is read all the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.reader import decode
from device.reader.decode import FRAME_SECONDS, look
from device.reader.process import ReaderProcess
from device.reader.readers import Reader
from device.reader.regions import textured
from hil.virtual.camera import VirtualCamera
from hil.virtual.door_scenes import SCENES, present
from tests.device.hostile_pictures import HOSTILE
from tests.device.reader_material import SLOW, TEXT, Heard, door_text, looker_of, picture


class StrideClock:
    """Goes on by so much at each look at it."""

    def __init__(self, stride: float) -> None:
        self._now, self._stride = 0.0, stride

    def __call__(self) -> float:
        self._now += self._stride
        return self._now


@pytest.mark.parametrize("name", HOSTILE)
def test_no_step_is_begun_once_the_pictures_time_is_over(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(decode, "_decode", lambda gray: calls.append(gray.size) or [])  # type: ignore[func-returns-value]
    look(HOSTILE[name], StrideClock(FRAME_SECONDS))
    assert len(calls) == 1  # half the size, before which nothing is known


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_over_soon(name: str) -> None:
    begun = time.process_time()
    for _ in range(3):
        assert look(HOSTILE[name]).codes == []
    assert (time.process_time() - begun) / 3 < 0.5  # its own seconds: others work here too


def test_what_only_the_treatments_read_is_read_and_without_them_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(11)
    text = door_text(rng)
    dark = list(present(text, rng, SCENES["dim"]))

    def read() -> int:
        # Its clock stands still: how busy this machine is does not count.
        return sum(look(frame, lambda: 0.0).codes == [text.encode()] for frame in dark)

    with_all = read()
    monkeypatch.setattr(decode, "treated", lambda _: iter(()))
    assert read() < with_all


def test_an_empty_picture_has_no_fields_and_a_code_has_one_of_its_shape() -> None:
    assert textured(np.full((720, 1280), 128, np.uint8)) == []
    assert textured(picture())[0].is_square


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[VirtualCamera]:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        yield camera


def test_hostile_pictures_in_a_row_neither_stop_the_reader_nor_lose_the_next_code(
    camera: VirtualCamera,
) -> None:
    heard = Heard()
    reader = ReaderProcess(camera.setting, heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait(lambda: heard.problem == "", SLOW), heard.states
        for number in range(40):
            camera.show(list(HOSTILE.values())[number % len(HOSTILE)])
            time.sleep(0.05)
        camera.show(picture())
        assert heard.wait_for_another_code(SLOW), heard.states
    finally:
        reader.stop()
    assert set(heard.codes) == {TEXT.encode()}


def test_the_one_who_looks_may_be_killed_at_any_moment_and_the_next_reads_on(camera: VirtualCamera) -> None:
    heard = Heard()
    camera.show(picture())
    reader = ReaderProcess(camera.setting, heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait_for_another_code(SLOW)
        for wait in (0.0, 0.03, 0.11):
            time.sleep(wait)
            os.kill(looker_of(camera.setting), signal.SIGKILL)
            assert heard.wait(lambda: "signal 9" in heard.problem, SLOW)
            assert heard.wait(lambda: heard.problem == "", SLOW)
            assert heard.wait_for_another_code(SLOW)
    finally:
        reader.stop()


def test_the_other_reader_reads_the_same_pass(camera: VirtualCamera) -> None:
    pytest.importorskip("pyzbar.pyzbar", reason="libzbar0 is not installed", exc_type=ImportError)
    heard = Heard()
    camera.show(picture())
    reader = ReaderProcess(camera.setting, heard.codes_of, heard.state, heard.hint, reader=Reader.PYZBAR)
    reader.start()
    try:
        assert heard.wait_for_another_code(SLOW), heard.states
    finally:
        reader.stop()
    assert set(heard.codes) == {TEXT.encode()}
