"""picamera2 and a CSI camera behind it, as far as the reader uses them: its documented names, its ways to fail.

The real one belongs to Raspberry Pi OS; `hil/test_camera.py` runs the reader on it.
"""

from __future__ import annotations

import threading
import time
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

FPS = 100.0
STRIDE = 1408
"""Rows are padded in memory to a multiple of 128, and here by one more."""
PADDING = 255


class Ribbon:
    """What hangs on the machine. `cameras` as `global_camera_info` tells them."""

    def __init__(self) -> None:
        self.cameras: list[dict[str, Any]] = [
            {"Model": "imx708", "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a", "Num": 0}
        ]
        self.controls: dict[str, tuple[float, float, float]] = {
            "AfMode": (0, 2, 0),
            "LensPosition": (0.0, 32.0, 1.0),
            "ExposureValue": (-8.0, 8.0, 0.0),
            "ExposureTime": (0, 66_666, 0),
            "AeExposureMode": (0, 3, 0),
            "AeFlickerMode": (0, 1, 0),
            "AeFlickerPeriod": (100, 1_000_000, 0),
            "FrameDurationLimits": (33_333, 120_000, 33_333),
        }
        self.cable = threading.Event()
        self.cable.set()
        self.in_use = False
        self.since = time.monotonic()
        self.asked: dict[str, Any] = {}
        self.closed = 0

    @property
    def number(self) -> int:
        """Of the picture it takes now; never more than a gray holds."""
        return min(int((time.monotonic() - self.since) * FPS), 254)


class Picamera2:
    """One opened camera. Without its cable, `capture_request` and `close` hang, as the real ones do."""

    ribbon: ClassVar[Ribbon]

    def __init__(self, camera_num: int = 0) -> None:
        if self.ribbon.in_use:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.camera_info = self.ribbon.cameras[camera_num]
        self.ribbon.in_use = True
        self._configuration: dict[str, Any] = {}
        self._started = False
        self.lent = 0

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return Picamera2.ribbon.cameras

    @property
    def camera_controls(self) -> dict[str, tuple[float, float, float]]:
        return self.ribbon.controls

    def create_video_configuration(
        self, main: dict[str, Any], *, buffer_count: int = 6, queue: bool = True, controls: dict[str, Any]
    ) -> dict[str, Any]:
        return {"main": dict(main), "buffer_count": buffer_count, "queue": queue, "controls": controls}

    def configure(self, configuration: dict[str, Any]) -> None:
        for name in configuration["controls"]:
            if name not in self.ribbon.controls and name != "FrameRate":
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        configuration["main"]["stride"] = STRIDE
        self._configuration = configuration
        self.ribbon.asked = configuration

    def start(self) -> None:
        self._started = True

    def capture_request(self) -> CompletedRequest:
        assert self._started
        # A request that is not given back is a buffer less; without buffers the camera stands still.
        assert self.lent < self._configuration["buffer_count"]
        number = self.ribbon.number
        while not self.ribbon.cable.wait(0.0) or self.ribbon.number == number < 254:
            self.ribbon.cable.wait(60)
            time.sleep(0.001)
        self.lent += 1
        return CompletedRequest(self, self._configuration, self.ribbon.number)

    def close(self) -> None:
        self.ribbon.cable.wait(60)
        self.ribbon.in_use = False
        self.ribbon.closed += 1


class CompletedRequest:
    """One picture, whose gray is its number."""

    def __init__(self, camera: Picamera2, configuration: dict[str, Any], number: int) -> None:
        self._camera = camera
        self._number = number
        self.config = configuration

    def make_array(self, name: str) -> npt.NDArray[np.uint8]:
        form = self.config[name]
        assert form["format"] == "YUV420"
        width, height = form["size"]
        planes = np.full((height * 3 // 2, form["stride"]), PADDING, np.uint8)
        planes[:height, :width] = self._number
        return planes

    def release(self) -> None:
        self._camera.lent -= 1
