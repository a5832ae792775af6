"""Where pictures come from: the newest only, whatever the source; and cameras that go, come back, or hang."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.clock import SystemTime
from device.reader import controls, picamera, process
from device.reader.child import watch
from device.reader.films import FilmFrames
from device.reader.frames import CameraGone, CameraStuck, GrabbingSource
from device.reader.picamera import PiCameraFrames
from device.reader.process import ReaderProcess
from device.reader.sockets import SocketFrames
from device.reader.source import Optics, parse_source
from device.reader.start import child_environment
from device.reader.usb import UsbFrames, usb_cameras
from hil.virtual.camera import VirtualCamera
from tests.device.reader_material import SLOW, Heard, eventually
from tests.fakes import picamera2
from tests.fakes.picamera2 import Picamera2, Ribbon
from tests.fakes.usb_cameras import FakeCamera, FakeUsb

STALL = 0.6


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUsb:
    return FakeUsb(tmp_path, monkeypatch)


@pytest.fixture
def ribbon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ribbon]:
    monkeypatch.setitem(sys.modules, "picamera2", picamera2)
    Picamera2.ribbon = Ribbon()
    yield Picamera2.ribbon
    Picamera2.ribbon.cable.set()


@pytest.fixture
def grab() -> Iterator[Callable[[GrabbingSource], GrabbingSource]]:
    begun: list[GrabbingSource] = []

    def begin(source: GrabbingSource) -> GrabbingSource:
        source.start()
        begun.append(source)
        return source

    yield begin
    for source in begun:
        source.close()


Grab = Callable[[GrabbingSource], GrabbingSource]


def gray_of(source: GrabbingSource) -> int:
    frame = source.newest(SLOW)
    assert frame is not None
    return int(frame.gray[0, 0])


def problem_of(source: GrabbingSource) -> str:
    try:
        return "" if source.newest(0.1) is not None else "nothing yet"
    except CameraGone as gone:
        return str(gone)


# The newest only


def test_after_a_stall_a_usb_camera_gives_its_newest_picture(ports: FakeUsb, grab: Grab) -> None:
    camera = FakeCamera()
    ports.plug(0, camera)
    frames = grab(UsbFrames("0", Optics()))
    first = gray_of(frames)
    time.sleep(STALL)
    now = camera.number
    # In a queue the next would be the one after the first.
    assert gray_of(frames) >= now - 40 > first


def test_after_a_stall_a_csi_camera_gives_its_newest_picture(ribbon: Ribbon, grab: Grab) -> None:
    frames = grab(PiCameraFrames(0, Optics()))
    first = gray_of(frames)
    time.sleep(STALL)
    now = ribbon.number
    assert gray_of(frames) >= now - 40 > first


def test_after_a_stall_a_film_gives_its_newest_picture(tmp_path: Path, grab: Grab) -> None:
    film = cv2.VideoWriter(str(tmp_path / "door.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 64))
    for number in range(60):
        film.write(np.full((64, 64, 3), number * 4, np.uint8))
    film.release()
    frames = grab(FilmFrames(str(tmp_path / "door.avi")))
    first = gray_of(frames)
    time.sleep(2 * STALL)
    # In a queue the next would be brighter by 4; a machine with little time may skip some.
    assert gray_of(frames) >= first + 4 * 5


def test_after_a_stall_the_bench_gives_its_newest_picture(tmp_path: Path, grab: Grab) -> None:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        frames = grab(SocketFrames(str(tmp_path / "camera.sock")))
        gray_of(frames)
        for number in range(1, 7):
            camera.show(np.full((4, 4), number, np.uint8))
            time.sleep(STALL / 6)
        assert gray_of(frames) == 6


# USB


def test_a_usb_camera_is_told_from_everything_else_the_kernel_lists(ports: FakeUsb) -> None:
    ports.plug(12, FakeCamera(), driver="bcm2835-codec")
    ports.plug(10, FakeCamera())
    ports.plug(9, FakeCamera())
    ports.plug(11, FakeCamera(), index=1)
    assert usb_cameras() == [str(ports.nodes / "video9"), str(ports.nodes / "video10")]


def test_a_usb_camera_pulled_is_said_and_found_again_under_another_number(ports: FakeUsb, grab: Grab) -> None:
    ports.plug(0, FakeCamera())
    frames = grab(UsbFrames("0", Optics()))
    gray_of(frames)
    ports.unplug(0)
    assert eventually(lambda: "check its USB plug" in problem_of(frames), 3.0)
    ports.plug(2, FakeCamera())
    assert eventually(lambda: not problem_of(frames), 5.0)


def test_a_usb_camera_named_by_its_node_is_no_other_one(ports: FakeUsb, grab: Grab) -> None:
    ports.plug(0, FakeCamera())
    frames = grab(UsbFrames(str(ports.nodes / "video5"), Optics()))
    assert eventually(lambda: "dev/video5 is missing" in problem_of(frames), SLOW)
    ports.plug(5, FakeCamera())
    assert eventually(lambda: not problem_of(frames), 5.0)


def test_a_usb_camera_is_set_up_for_codes_in_a_bus(ports: FakeUsb, grab: Grab) -> None:
    camera = FakeCamera()
    ports.plug(0, camera)
    gray_of(grab(UsbFrames("0", parse_source("camera:0,focus=60,exposure_ms=4.5").optics)))
    named = {controls.NAMES[number]: value for number, value in camera.knobs.items()}
    assert named == {
        "power_line_frequency": 1,
        "exposure_dynamic_framerate": 0,
        "auto_exposure": 1,
        "focus_automatic_continuous": 0,
        "exposure_time_absolute": 45,
        "focus_absolute": 60,
    }
    # What is automatic is switched off before it is set by hand.
    order = list(named)
    assert order.index("auto_exposure") < order.index("exposure_time_absolute")
    assert order.index("focus_automatic_continuous") < order.index("focus_absolute")
    size = camera.properties[cv2.CAP_PROP_FRAME_WIDTH], camera.properties[cv2.CAP_PROP_FRAME_HEIGHT]
    assert (*size, camera.properties[cv2.CAP_PROP_FPS]) == (1280, 720, 15)
    assert camera.properties[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")


def test_without_settings_exposure_and_focus_are_the_cameras_own(ports: FakeUsb, grab: Grab) -> None:
    camera = FakeCamera()
    ports.plug(0, camera)
    gray_of(grab(UsbFrames("0", Optics())))
    assert (camera.knobs[controls.EXPOSURE_AUTO], camera.knobs[controls.FOCUS_AUTO]) == (3, 1)
    assert not camera.knobs.keys() & {controls.EXPOSURE_ABSOLUTE, controls.FOCUS_ABSOLUTE}


def test_a_usb_camera_that_refuses_settings_works_and_they_are_named(
    ports: FakeUsb, grab: Grab, capsys: pytest.CaptureFixture[str]
) -> None:
    lacks = frozenset({controls.FOCUS_AUTO, controls.FOCUS_ABSOLUTE, cv2.CAP_PROP_FPS})
    ports.plug(0, FakeCamera(lacks=lacks))
    gray_of(grab(UsbFrames("0", Optics(focus=60))))
    said = capsys.readouterr().err
    assert said.endswith("does not take: fps, focus_automatic_continuous, focus_absolute\n")


def test_a_usb_camera_whose_driver_hangs_is_said_and_then_given_up_for_a_new_process(
    ports: FakeUsb, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = FakeCamera(hangs=True)
    ports.plug(0, camera)
    frames = UsbFrames("0", Optics())
    said: list[str] = []
    frames.start()
    begun = time.monotonic()
    with pytest.raises(CameraStuck):
        watch(frames, lambda message: said.append(str(message)), SystemTime())
    assert time.monotonic() - begun < 6.0
    assert any("sends no pictures" in one for one in said)
    camera.returned.set()
    frames.close()


def test_opencv_waits_for_a_silent_usb_camera_no_longer_than_we_do() -> None:
    assert child_environment()["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "2"


# CSI


def test_a_csi_pictures_padding_is_cut_off(ribbon: Ribbon, grab: Grab) -> None:
    frame = grab(PiCameraFrames(0, Optics())).newest(SLOW)
    assert frame is not None
    assert frame.gray.shape == (720, 1280)
    assert frame.gray.flags.c_contiguous
    assert len(np.unique(frame.gray)) == 1


def test_a_csi_camera_is_set_up_for_codes_in_a_bus(ribbon: Ribbon, grab: Grab) -> None:
    optics = parse_source("csi:0,distance_cm=12,exposure_ms=5,exposure_bias=-1.5").optics
    gray_of(grab(PiCameraFrames(0, optics)))
    assert ribbon.asked["controls"] == {
        "FrameRate": 15.0,
        "AfMode": 0,
        "LensPosition": pytest.approx(8.33, abs=0.01),
        "ExposureValue": -1.5,
        "AeExposureMode": 1,
        "AeFlickerMode": 1,
        "AeFlickerPeriod": 10_000,
        "ExposureTime": 5000,
    }
    assert not ribbon.asked["queue"]


def test_a_csi_camera_without_focus_works_and_what_it_lacks_is_named(
    ribbon: Ribbon, grab: Grab, capsys: pytest.CaptureFixture[str]
) -> None:
    del ribbon.controls["AfMode"], ribbon.controls["LensPosition"]
    gray_of(grab(PiCameraFrames(0, Optics())))
    assert capsys.readouterr().err.endswith("does not take: AfMode, LensPosition\n")


def test_a_usb_camera_in_libcameras_list_is_no_csi_camera(ribbon: Ribbon, grab: Grab) -> None:
    ribbon.cameras.insert(
        0, {"Model": "C920", "Id": "/base/scb/pcie@7d500000/pci@0,0/usb@0,0-1.3:1.0-046d:082d"}
    )
    gray_of(grab(PiCameraFrames(0, Optics())))
    frames = grab(PiCameraFrames(1, Optics()))
    assert eventually(lambda: "check its ribbon cable" in problem_of(frames), SLOW)


def test_a_csi_camera_in_use_is_said_and_taken_once_it_is_free(ribbon: Ribbon, grab: Grab) -> None:
    ribbon.in_use = True
    frames = grab(PiCameraFrames(0, Optics()))
    assert eventually(lambda: "stop other programs" in problem_of(frames), SLOW)
    ribbon.in_use = False
    assert eventually(lambda: not problem_of(frames), 5.0)


def test_a_csi_camera_whose_cable_comes_off_is_said_and_given_up_without_being_closed(ribbon: Ribbon) -> None:
    frames = PiCameraFrames(0, Optics())
    frames.start()
    gray_of(frames)
    ribbon.cable.clear()
    said: list[str] = []
    begun = time.monotonic()
    with pytest.raises(CameraStuck):
        watch(frames, lambda message: said.append(str(message)), SystemTime())
    assert time.monotonic() - begun < 6.0
    assert any("sends no pictures" in one for one in said)
    assert ribbon.closed == 0
    ribbon.cable.set()
    frames.close()


def test_a_csi_camera_is_closed_in_the_end(ribbon: Ribbon) -> None:
    frames = PiCameraFrames(0, Optics())
    frames.start()
    gray_of(frames)
    frames.close()
    assert (ribbon.closed, ribbon.in_use) == (1, False)


@pytest.mark.skipif(Path("/etc/rpi-issue").exists(), reason="picamera2 belongs to this system")
def test_a_reader_without_picamera2_says_how_to_install_it() -> None:
    heard = Heard()
    reader = ReaderProcess("csi:0", heard.codes_of, heard.state, heard.hint)
    reader.start()
    try:
        assert heard.wait(lambda: "apt-get install -y python3-picamera2" in heard.problem, SLOW), heard.states
    finally:
        reader.stop()


def test_nothing_else_loads_picamera2() -> None:
    assert "picamera2" not in vars(picamera)


# A source that breaks


class Breaking(GrabbingSource):
    """Gives one picture and then breaks in a way nobody thought of."""

    def _grab_until_gone(self) -> str:
        self._opened([])
        self._keep(np.zeros((2, 2), np.uint8))
        raise MemoryError


def test_a_source_that_breaks_in_a_new_way_is_given_up_for_a_new_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    frames = Breaking(stuck_seconds=0.3)
    frames.start()
    assert frames.newest(SLOW) is not None
    with pytest.raises(CameraStuck):
        frames.newest(1.0)


def test_a_reader_whose_source_hangs_for_good_is_replaced_and_its_last_words_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts: list[int] = []
    heard = Heard()
    with tempfile.TemporaryDirectory() as folder:
        # Opening a pipe into which nobody writes never returns, as with a driver that hangs.
        Path(folder).chmod(0o755)
        os.mkfifo(f"{folder}/film", 0o644)
        program = (
            "import os; from device.reader import child, frames, readers, rights; "
            "frames.OPENING_SECONDS = 1.0; rights.forgo_early(); "
            f"child.looking('file:{folder}/film', readers.Reader.ZXING)(os.getppid())"
        )

        def command(*_: str) -> list[str]:
            starts.append(1)
            return [sys.executable, "-c", program]

        monkeypatch.setattr(process, "child_command", command)
        reader = ReaderProcess("file:film", heard.codes_of, heard.state, heard.hint)
        reader.start()
        try:
            assert eventually(lambda: len(starts) > 1, 3 * SLOW), heard.states
        finally:
            reader.stop()
    assert any("sends no pictures" in said for said in heard.states), heard.states
    assert not any("Restarting" in said for said in heard.states), heard.states


# Settings


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ("camera:0,distance_cm=12", "it has focus, exposure_ms"),
        ("csi:0,focus=60", "it has distance_cm, exposure_ms, exposure_bias"),
        ("csi:0,distance_cm=0", "from 5 to 100"),
        ("csi:0,exposure_bias=nan", "from -4.0 to 4.0"),
        ("camera:0,focus=near", "from 0 to 65535"),
    ],
)
def test_optics_that_cannot_be_are_refused_with_what_to_write(setting: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        parse_source(setting)
