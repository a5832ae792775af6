"""The bench's camera: pictures over a Unix stream socket."""

from __future__ import annotations

import socket
import struct

import numpy as np

from device.clock import TimeSource
from device.reader.frames import SILENT, SILENT_SECONDS, GrabbingSource
from device.reader.gray import Gray

MAX_SIDE = 4096
MAX_PIXELS = 3840 * 2160

HEADER = struct.Struct(">III")
"""Before each picture on the bench's socket: width, height, number of the frame; then width x height bytes of gray."""


class SocketFrames(GrabbingSource):
    """Pictures over the Unix stream socket at `path`, each behind a HEADER."""

    def __init__(self, path: str, *, time: TimeSource | None = None) -> None:
        super().__init__(time)
        self._path = path

    def _grab_until_gone(self) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(SILENT_SECONDS)
            try:
                line.connect(self._path)
                self._opened([])
                return self._receive(line)
            except TimeoutError:
                return SILENT
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


def _fill(line: socket.socket, target: Gray) -> None:
    view = target.data
    while view:
        got = line.recv_into(view)
        if got == 0:
            raise EOFError("the other end closed")
        view = view[got:]
