"""CSI cameras, through picamera2 and libcamera. Both belong to Raspberry Pi OS's own Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from device.clock import TimeSource
from device.reader.frames import FPS, HEIGHT, WIDTH, GrabbingSource
from device.reader.source import Optics

if TYPE_CHECKING:
    from device.reader.gray import Gray

_STREAM = "main"
_BUFFERS = 4
_MANUAL_FOCUS = 0
_SHORT_EXPOSURES = 1
_MANUAL_FLICKER, _PERIOD_50_HZ_US = 1, 10_000
"""Lamps at 50 Hz, as in 東北, flicker 100 times a second."""

_NO_LIBRARY = (
    "CSIカメラ用の picamera2 がありません。sudo apt-get install -y python3-picamera2 のあと、.venv を消してから "
    "./dev run true を実行してください / picamera2, for CSI cameras, is not installed: run sudo apt-get install -y "
    "python3-picamera2, remove .venv, and run ./dev run true"
)


class PiCameraFrames(GrabbingSource):
    """The CSI camera of this number, in libcamera's order of those on ribbon cables.

    Closing a camera whose cable came off hangs in libcamera, as reading does, and libcamera finds cameras only when it
    starts. So one that falls silent is not closed: `newest` raises CameraStuck, and a new process begins anew.
    """

    def __init__(self, number: int, optics: Optics, *, time: TimeSource | None = None) -> None:
        super().__init__(time)
        self._number = number
        self._optics = optics

    def _grab_until_gone(self) -> str:
        try:
            from picamera2 import Picamera2
        except ImportError:
            return _NO_LIBRARY
        try:
            # libcamera lists USB cameras too.
            every = enumerate(Picamera2.global_camera_info())
            ribbons = [place for place, one in every if "usb" not in str(one["Id"]).lower()]
            if self._number >= len(ribbons):
                return self._missing()
            camera = Picamera2(ribbons[self._number])
        except RuntimeError:
            return self._busy()
        try:
            self._opened(self._set_up(camera))
            while not self._ending.is_set():
                self._keep(_newest_gray(camera))
            return ""
        except RuntimeError:
            return self._busy()
        finally:
            camera.close()

    def _set_up(self, camera: Any) -> list[str]:
        """Begin to stream; the names of the settings this camera has not."""
        asked = wanted(self._optics)
        refused = [name for name in asked if name not in camera.camera_controls]
        configuration = camera.create_video_configuration(
            # Its first plane is gray already.
            main={"size": (WIDTH, HEIGHT), "format": "YUV420"},
            buffer_count=_BUFFERS,
            # No picture waits for whoever asks next: the next one is given.
            queue=False,
            controls={"FrameRate": FPS} | {name: asked[name] for name in asked if name not in refused},
        )
        camera.configure(configuration)
        camera.start()
        return refused

    def _missing(self) -> str:
        return (
            f"CSIカメラ {self._number} が見つかりません。電源を切ってからケーブルの向きと差し込みを確かめてください / "
            f"CSI camera {self._number} is missing; switch off, then check its ribbon cable and which way round it is"
        )

    def _busy(self) -> str:
        return (
            f"CSIカメラ {self._number} を使えません。rpicam-hello など、ほかのプログラムを止めてください / "
            f"CSI camera {self._number} cannot be used; stop other programs that use it, such as rpicam-hello"
        )


def wanted(optics: Optics) -> dict[str, int | float]:
    """libcamera's controls, by name, for codes that near."""
    found: dict[str, int | float] = {
        "AfMode": _MANUAL_FOCUS,
        # In dioptres: one over metres.
        "LensPosition": 100 / optics.distance_cm,
        "ExposureValue": optics.exposure_bias,
        "AeExposureMode": _SHORT_EXPOSURES,
        "AeFlickerMode": _MANUAL_FLICKER,
        "AeFlickerPeriod": _PERIOD_50_HZ_US,
    }
    if optics.exposure_ms is not None:
        found["ExposureTime"] = round(optics.exposure_ms * 1000)
    return found


def _newest_gray(camera: Any) -> Gray:
    request = camera.capture_request()
    try:
        # (h * 3 / 2, stride): rows are padded to what the image processor likes, 1280 to 1280 or more.
        planes = request.make_array(_STREAM)
        width, height = request.config[_STREAM]["size"]
        return np.ascontiguousarray(planes[:height, :width], dtype=np.uint8)
    finally:
        request.release()
