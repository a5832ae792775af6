"""The child that reads picture files. It gets their bytes, not their names, so it needs no file at all."""

from __future__ import annotations

import socket

import cv2
import numpy as np

from device.clock import SystemTime, TimeSource
from device.reader.decode import Gray, read_texts
from device.reader.rights import forgo_processes, forgo_rights
from device.reader.scan_images import BROKEN, Reading, receive, send_reading

_MEMORY = 1024 * 1024 * 1024


def run(parent: int) -> None:
    """Answer each picture on the socket at stdin until the other end closes."""
    cv2.setNumThreads(1)
    forgo_rights(parent=parent, memory=_MEMORY, readable=(), devices=False, connect=False, keep_user=False)
    forgo_processes()
    time = SystemTime()
    with socket.socket(fileno=0) as line:
        while (image := receive(line)) is not None:
            send_reading(line, _read(image, time))


def _read(image: bytes, time: TimeSource) -> Reading:
    gray = _open(image)
    if gray is None:
        return Reading(texts=[], ms=0.0, problem=BROKEN)
    begun = time.monotonic()
    texts = read_texts(gray)
    return Reading(texts=texts, ms=round((time.monotonic() - begun) * 1000, 3), problem="")


def _open(image: bytes) -> Gray | None:
    try:
        gray = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if gray is None else np.asarray(gray, dtype=np.uint8)
