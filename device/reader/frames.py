"""Where pictures come from. A source keeps the newest one only: an old picture of a door is worth nothing."""

from __future__ import annotations

import socket
import struct
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from device.clock import SystemTime, TimeSource
from device.reader.decode import Gray
from device.reader.source import SourceKind, parse_source

SILENT_SECONDS = 2.0
RETRY_SECONDS = 0.5
MAX_SIDE = 4096
MAX_PIXELS = 3840 * 2160

HEADER = struct.Struct(">III")
"""Before each picture on the bench's socket: width, height, number of the frame; then width x height bytes of gray."""

_FILE_FPS = 15.0
_SILENT = (
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


class FrameSource(Protocol):
    """A camera, a film or the bench."""

    def newest(self, timeout: float) -> Frame | None:
        """The newest picture not yet handed out, None if none came within `timeout` seconds.

        Raises CameraGone if none came because the camera is missing; the source itself keeps trying.
        """

    def close(self) -> None:
        """Let the camera go."""


class GrabbingSource(ABC):
    """A thread that opens, grabs and opens again, and keeps one picture."""

    def __init__(self, time: TimeSource | None = None) -> None:
        self._time = time or SystemTime()
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._problem = ""
        self._last_sign = 0.0
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
            if self._problem:
                raise CameraGone(self._problem)
            if self._time.monotonic() - self._last_sign > SILENT_SECONDS:
                raise CameraGone(_SILENT)
            return None

    def close(self) -> None:
        """Stop grabbing; a driver that hangs in a read is left behind with its daemon thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ending.is_set():
            problem = self._grab_until_gone()
            with self._changed:
                self._problem = problem
            self._ending.wait(RETRY_SECONDS)

    def _keep(self, gray: Gray) -> None:
        with self._changed:
            self._last_sign = self._time.monotonic()
            self._problem = ""
            self._frame = Frame(gray, self._last_sign)
            self._changed.notify()

    @abstractmethod
    def _grab_until_gone(self) -> str:
        """Open, hand pictures to `_keep` to the end, let go. Gives the sentence why it ended, "" after a film."""


class OpenCVFrames(GrabbingSource):
    """A USB camera (number or device node), a film or picture file, or a network camera's address."""

    def __init__(
        self, device: int | str, width: int = 1280, height: int = 720, *, time: TimeSource | None = None
    ) -> None:
        super().__init__(time)
        self._device = device
        self._size = (width, height)
        self._is_camera = isinstance(device, int) or device.startswith("/dev/")
        self._is_file = not self._is_camera and "://" not in str(device)

    def _grab_until_gone(self) -> str:
        capture = cv2.VideoCapture(self._device, cv2.CAP_V4L2 if self._is_camera else cv2.CAP_ANY)
        try:
            if not capture.isOpened():
                return self._missing()
            if self._is_camera:
                self._set_up(capture)
            return self._grab(capture)
        finally:
            capture.release()

    def _set_up(self, capture: cv2.VideoCapture) -> None:
        # Uncompressed, USB 2 carries about 10 pictures a second of this size.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _grab(self, capture: cv2.VideoCapture) -> str:
        fps = capture.get(cv2.CAP_PROP_FPS) if self._is_file else 0.0
        pause = 1.0 / (fps if 1.0 <= fps <= 60.0 else _FILE_FPS) if self._is_file else 0.0
        seen_any = False
        while not self._ending.wait(pause):
            got, picture = capture.read()
            if not got:
                return "" if self._is_file and seen_any else self._missing()
            seen_any = True
            self._keep(_to_gray(picture))
        return ""

    def _missing(self) -> str:
        if self._is_camera:
            return (
                f"カメラ {self._device} が見つかりません。USB の差し込みを確かめてください / "
                f"Camera {self._device} is missing; check its USB plug"
            )
        if self._is_file:
            return (
                f"映像ファイル {self._device} を開けません。場所と読み取り権を確かめてください / "
                f"Cannot open the film {self._device}; check that it is there and that every user may read it"
            )
        # The address may carry a password, so it is not said.
        return (
            "ネットワークカメラにつながりません。電源と配線、設定のアドレスを確かめてください / "
            "The network camera does not answer; check its power, its cable and the address in the settings"
        )


class SocketFrames(GrabbingSource):
    """The bench's camera: pictures over a Unix stream socket, each behind a HEADER."""

    def __init__(self, path: str, *, time: TimeSource | None = None) -> None:
        super().__init__(time)
        self._path = path

    def _grab_until_gone(self) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(SILENT_SECONDS)
            try:
                line.connect(self._path)
                return self._receive(line)
            except TimeoutError:
                return _SILENT
            except (OSError, EOFError):
                return (
                    f"試験台のカメラ {self._path} がありません。試験台を起動するか、カメラを差してください / "
                    f"The bench's camera {self._path} is gone; start the bench or plug its camera in"
                )

    def _receive(self, line: socket.socket) -> str:
        header = np.empty(HEADER.size, np.uint8)
        while not self._ending.is_set():
            _fill(line, header)
            width, height, _ = HEADER.unpack(header.tobytes())
            if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
                return (
                    f"試験台の画像が大きすぎます({width}×{height})。{MAX_SIDE} 以下にしてください / "
                    f"The bench sent a picture of {width}x{height}; keep each side between 1 and {MAX_SIDE}"
                )
            gray = np.empty((height, width), np.uint8)
            _fill(line, gray.reshape(-1))
            self._keep(gray)
        return ""


def open_source(setting: str, *, time: TimeSource | None = None) -> GrabbingSource:
    """The source a setting names (see `parse_source`), already grabbing. Raises ValueError for an unknown setting."""
    source = parse_source(setting)
    frames: GrabbingSource
    if source.kind is SourceKind.SOCKET:
        frames = SocketFrames(source.target, time=time)
    elif source.kind is SourceKind.CAMERA and source.target.isdigit():
        frames = OpenCVFrames(int(source.target), time=time)
    else:
        frames = OpenCVFrames(source.target, time=time)
    frames.start()
    return frames


def _fill(line: socket.socket, target: Gray) -> None:
    view = target.data
    while view:
        got = line.recv_into(view)
        if got == 0:
            raise EOFError("the other end closed")
        view = view[got:]


def _to_gray(picture: object) -> Gray:
    array = np.asarray(picture, dtype=np.uint8)
    if array.ndim == 2:
        return array
    return np.asarray(cv2.cvtColor(array, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
