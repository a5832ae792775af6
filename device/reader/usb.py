"""USB cameras: found, set up for a code a hand's breadth away, read through OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2

from device.clock import TimeSource
from device.reader import controls
from device.reader.frames import FPS, HEIGHT, WIDTH, GrabbingSource
from device.reader.gray import to_gray
from device.reader.source import Optics

VIDEO_DEVICES = Path("/sys/class/video4linux")
NODES = Path("/dev")
USB_DRIVER = "uvcvideo"


def usb_cameras() -> list[str]:
    """The device nodes of the USB cameras there are, by their numbers.

    A Pi has twenty other video devices, and every camera a second one that gives no pictures.
    """
    found = []
    for entry in VIDEO_DEVICES.glob("video*"):
        try:
            is_camera = (entry / "device" / "driver").resolve().name == USB_DRIVER
            if is_camera and int((entry / "index").read_text(encoding="ascii")) == 0:
                found.append(int(entry.name.removeprefix("video")))
        except (OSError, ValueError):
            continue  # unplugged while we looked
    return [str(NODES / f"video{number}") for number in sorted(found)]


class UsbFrames(GrabbingSource):
    """The USB camera `target`: a device node, or the place among those plugged in, from "0" on.

    The second follows a camera that comes back under another number.
    """

    def __init__(self, target: str, optics: Optics, *, time: TimeSource | None = None) -> None:
        super().__init__(time)
        self._target = target
        self._optics = optics

    def _grab_until_gone(self) -> str:
        node = self._node()
        if node is None:
            return self._missing()
        capture = cv2.VideoCapture(node, cv2.CAP_V4L2)
        try:
            if not capture.isOpened():
                return self._missing()
            self._opened(self._set_up(capture, node))
            while not self._ending.is_set():
                got, picture = capture.read()
                if not got:
                    return self._missing()
                self._keep(to_gray(picture))
            return ""
        finally:
            capture.release()

    def _node(self) -> str | None:
        if not self._target.isdigit():
            return self._target
        cameras, place = usb_cameras(), int(self._target)
        return cameras[place] if place < len(cameras) else None

    def _set_up(self, capture: cv2.VideoCapture, node: str) -> list[str]:
        # Uncompressed, USB 2 carries about 10 pictures a second of this size.
        asked = {
            "MJPG": (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
            "width": (cv2.CAP_PROP_FRAME_WIDTH, WIDTH),
            "height": (cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT),
            "fps": (cv2.CAP_PROP_FPS, FPS),
            "buffers": (cv2.CAP_PROP_BUFFERSIZE, 1),
        }
        refused = [name for name, (prop, value) in asked.items() if not capture.set(prop, value)]
        return refused + controls.set_controls(node, controls.wanted(self._optics))

    def _missing(self) -> str:
        return (
            f"カメラ {self._target} が見つかりません。USB の差し込みを確かめてください / "
            f"Camera {self._target} is missing; check its USB plug"
        )
