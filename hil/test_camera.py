"""The camera on a bench: the virtual one everywhere, a real one where one is plugged in (hil/README.md)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from device.clock import SystemTime
from device.reader.frames import CameraGone, Frame, GrabbingSource, make_source
from device.reader.process import ReaderProcess
from device.reader.source import SourceKind, parse_source
from device.reader.usb import usb_cameras
from hil.plugged import PLUGGED, needs
from hil.real.usb import UsbPlug
from hil.virtual.camera import VirtualCamera
from hil.virtual.scenes import phone_frame
from tests.device.reader_material import Heard

SETTING, CODE = PLUGGED.camera or "", PLUGGED.code or ""
REAL, REAL_CODE, REAL_PLUG = needs("camera"), needs("camera", "code"), needs("usb-camera", "root")
OPEN_S = 15.0


@dataclass(frozen=True, slots=True)
class Eye:
    """A camera of one bench. `code` is what lies before it, "" for nothing."""

    setting: str
    code: str
    unplug: Callable[[], object]
    plug: Callable[[], object]


@contextmanager
def virtual_bench(folder: Path) -> Iterator[Eye]:
    with VirtualCamera(folder / "camera.sock") as camera:
        camera.show(phone_frame("YP1:RIDER", np.random.default_rng(1)))
        yield Eye(camera.setting, "YP1:RIDER", camera.unplug, camera.plug)


@contextmanager
def real_bench(_: Path) -> Iterator[Eye]:
    source = parse_source(SETTING)
    if source.kind is not SourceKind.CAMERA or os.geteuid() != 0:
        yield Eye(SETTING, CODE, lambda: None, lambda: None)
        return
    node = usb_cameras()[int(source.target)] if source.target.isdigit() else source.target
    plug = UsbPlug(Path(node))
    try:
        yield Eye(SETTING, CODE, plug.unplug, plug.plug)
    finally:
        plug.plug()


@pytest.fixture
def eye(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Eye]:
    with request.param(tmp_path) as eye:
        yield eye


def both(real: pytest.MarkDecorator) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "eye", [virtual_bench, pytest.param(real_bench, marks=real)], indirect=True
    )


def first(frames: GrabbingSource) -> Frame:
    until = time.monotonic() + OPEN_S
    while time.monotonic() < until:
        with suppress(CameraGone):
            if (frame := frames.newest(0.5)) is not None:
                return frame
    raise AssertionError("no picture")


@both(REAL)
def test_pictures_of_full_size_come_ten_times_a_second_and_after_a_stall_a_fresh_one(eye: Eye) -> None:
    frames = make_source(parse_source(eye.setting))
    frames.start()
    try:
        assert first(frames).gray.shape == (720, 1280)
        begun = time.monotonic()
        seen = sum(frames.newest(1.0) is not None for _ in range(30))
        assert (seen, time.monotonic() - begun < 3.0) == (30, True)
        time.sleep(2.0)
        frame = frames.newest(1.0)
        assert frame is not None
        assert SystemTime().monotonic() - frame.mono < 0.3
    finally:
        frames.close()


@both(REAL_CODE)
def test_a_code_held_up_is_read(eye: Eye) -> None:
    heard = Heard()
    reader = ReaderProcess(eye.setting, heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait(lambda: eye.code.encode() in heard.codes, OPEN_S), heard.states
    finally:
        reader.stop()


@both(REAL_PLUG)
def test_a_camera_pulled_is_said_within_3_seconds_and_looks_again_within_5_of_its_return(eye: Eye) -> None:
    heard = Heard()
    reader = ReaderProcess(eye.setting, heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait(lambda: heard.problem == "", OPEN_S), heard.states
        eye.unplug()
        assert heard.wait(lambda: heard.problem not in ("", "nothing said"), 3.0), heard.states
        time.sleep(3.0)
        eye.plug()
        assert heard.wait(lambda: heard.problem == "", 5.0), heard.states
    finally:
        reader.stop()
