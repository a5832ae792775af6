"""Where pictures come from. A source keeps the newest one only: an old picture of a door is worth nothing."""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from device.clock import SystemTime, TimeSource
from device.reader.gray import Gray
from device.reader.source import Source, SourceKind

SILENT_SECONDS = 2.0
RETRY_SECONDS = 0.5
OPENING_SECONDS = 15.0
"""A camera may take so long to open, with its library loaded from a cold card."""
STUCK_SECONDS = 4.0
"""An open camera whose driver says nothing for so long, not even that there is no picture, will not come back."""
WIDTH, HEIGHT = 1280, 720
FPS = 15.0

SILENT = (
    "カメラから画像が来ません。カメラを差し直してください / "
    "The camera sends no pictures; unplug it and plug it in again"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `gray` is (h, w) of 8 bits, `mono` seconds of CLOCK_BOOTTIME when it came in."""

    gray: Gray
    mono: float


class CameraGone(Exception):
    """No camera, or one that gives nothing. The text is a sentence for the driver, with the remedy."""


class CameraStuck(Exception):
    """The camera's driver holds its thread and lets go of nothing: only a new process can try again."""


class FrameSource(Protocol):
    """A camera, a film or the bench."""

    def newest(self, timeout: float) -> Frame | None:
        """The newest picture not yet handed out, None if none came within `timeout` seconds.

        Raises CameraGone if none came because the camera is missing; the source itself keeps trying. Raises
        CameraStuck if it cannot.
        """

    def close(self) -> None:
        """Let the camera go."""


class GrabbingSource(ABC):
    """A thread that opens, grabs and opens again, and keeps one picture.

    `stuck_seconds` are how long an open camera may hold the thread without a picture.
    """

    def __init__(self, time: TimeSource | None = None, *, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._time = time or SystemTime()
        self._stuck_seconds = stuck_seconds
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._problem = ""
        self._last_sign = 0.0
        self._expected_by = float("inf")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)

    def start(self) -> None:
        """Begin to grab."""
        self._last_sign = self._time.monotonic()
        self._thread.start()

    def newest(self, timeout: float) -> Frame | None:
        """See FrameSource."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, timeout)
            frame, self._frame = self._frame, None
            if frame is not None:
                return frame
            now = self._time.monotonic()
            if now > self._expected_by:
                raise CameraStuck(SILENT)
            if self._problem:
                raise CameraGone(self._problem)
            if now - self._last_sign > SILENT_SECONDS:
                raise CameraGone(SILENT)
            return None

    def close(self) -> None:
        """Stop grabbing; a driver that hangs in a read is left behind with its daemon thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._expected_by = self._time.monotonic() + max(OPENING_SECONDS, self._stuck_seconds)
            problem = self._grab_until_gone()
            with self._changed:
                self._problem = problem
            self._ending.wait(RETRY_SECONDS)

    def _opened(self, refused: list[str]) -> None:
        """From now on pictures are due. `refused` are the settings that this camera does not take."""
        if refused:
            sys.stderr.write(
                f"このカメラにない設定は使いません / settings this camera does not take: {', '.join(refused)}\n"
            )
        self._expected_by = self._time.monotonic() + self._stuck_seconds

    def _keep(self, gray: Gray) -> None:
        with self._changed:
            self._last_sign = self._time.monotonic()
            self._expected_by = self._last_sign + self._stuck_seconds
            self._problem = ""
            self._frame = Frame(gray, self._last_sign)
            self._changed.notify()

    @abstractmethod
    def _grab_until_gone(self) -> str:
        """Open, hand pictures to `_keep` to the end, let go. Gives the sentence why it ended, "" after a film."""


def make_source(source: Source, *, time: TimeSource | None = None) -> GrabbingSource:
    """What grabs from `source` once it is started. All of our own code it needs is loaded by then."""
    if source.kind is SourceKind.SOCKET:
        from device.reader.sockets import SocketFrames

        return SocketFrames(source.target, time=time)
    if source.kind is SourceKind.CSI:
        from device.reader.picamera import PiCameraFrames

        return PiCameraFrames(int(source.target), source.optics, time=time)
    if source.kind is SourceKind.CAMERA:
        from device.reader.usb import UsbFrames

        return UsbFrames(source.target, source.optics, time=time)
    from device.reader.films import FilmFrames

    return FilmFrames(source.target, time=time)
