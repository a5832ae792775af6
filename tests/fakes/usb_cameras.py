"""USB cameras on a machine that has none: the kernel's list of them, their knobs, and what OpenCV would open."""

from __future__ import annotations

import errno
import shutil
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from device.reader import usb

FPS = 100.0


@dataclass(slots=True)
class FakeCamera:
    """One camera. Its pictures, FPS a second, are (72, 128) of a gray that is its number since it was plugged in.

    `lacks` are the knobs and properties it refuses. `hangs` while it gives nothing and its driver does not return.
    """

    lacks: frozenset[int] = frozenset()
    hangs: bool = False
    is_there: bool = True
    knobs: dict[int, int] = field(default_factory=dict)
    properties: dict[int, float] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)
    returned: threading.Event = field(default_factory=threading.Event)

    @property
    def number(self) -> int:
        """Of the picture it takes now; never more than a gray holds."""
        return min(int((time.monotonic() - self.since) * FPS), 255)


class FakeUsb:
    """The ports. `plug` and `unplug` by the number the kernel gives."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._cameras: dict[str, FakeCamera] = {}
        self.nodes = folder / "dev"
        self._list = folder / "video4linux"
        for made in (self.nodes, self._list):
            made.mkdir()
        monkeypatch.setattr(usb, "VIDEO_DEVICES", self._list)
        monkeypatch.setattr(usb, "NODES", self.nodes)
        monkeypatch.setattr(
            "device.reader.usb.cv2.VideoCapture", lambda node, api: FakeCapture(self._camera(node, api))
        )
        monkeypatch.setattr("device.reader.controls.fcntl", SimpleNamespace(ioctl=self._ioctl))

    def plug(self, number: int, camera: FakeCamera, driver: str = "uvcvideo", index: int = 0) -> None:
        """Let it appear as /dev/video<number>."""
        entry, node = self._list / f"video{number}", self.nodes / f"video{number}"
        (entry / "device").mkdir(parents=True)
        (self._folder / driver).mkdir(exist_ok=True)
        (entry / "device" / "driver").symlink_to(self._folder / driver)
        (entry / "index").write_text(f"{index}\n", encoding="ascii")
        camera.is_there, camera.since = True, time.monotonic()
        self._cameras[str(node)] = camera
        node.touch()

    def unplug(self, number: int) -> None:
        """Pull it."""
        node = self.nodes / f"video{number}"
        shutil.rmtree(self._list / f"video{number}")
        node.unlink()
        self._cameras.pop(str(node)).is_there = False

    def _camera(self, node: str, api: int) -> FakeCamera | None:
        assert api == cv2.CAP_V4L2
        return self._cameras.get(node)

    def _ioctl(self, device: int, request: int, argument: bytes) -> bytes:
        assert request == 0xC008561C
        number, value = struct.unpack("=Ii", argument)
        camera = self._cameras[str(Path(f"/proc/self/fd/{device}").readlink())]
        if number in camera.lacks:
            raise OSError(errno.EINVAL, "Invalid argument")
        camera.knobs[number] = value
        return argument


class FakeCapture:
    """What `cv2.VideoCapture` is to a camera; None is a node that cannot be opened."""

    def __init__(self, camera: FakeCamera | None) -> None:
        self._camera = camera

    def isOpened(self) -> bool:  # noqa: N802 - cv2's name
        return self._camera is not None

    def set(self, prop: int, value: float) -> bool:
        assert self._camera is not None
        if prop in self._camera.lacks:
            return False
        self._camera.properties[prop] = value
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        camera = self._camera
        assert camera is not None
        if camera.hangs:
            camera.returned.wait(60)
        before = camera.number
        while camera.is_there and camera.number == before < 255:
            time.sleep(0.001)
        if not camera.is_there:
            return False, None
        return True, np.full((72, 128, 3), camera.number, np.uint8)

    def release(self) -> None:
        self._camera = None
