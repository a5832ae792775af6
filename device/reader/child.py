"""The child that looks: newest picture, decode, say what was read. It decides nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2

from device.clock import SystemTime, TimeSource
from device.reader.decode import read_codes
from device.reader.frames import CameraGone, Frame, FrameSource, make_source
from device.reader.messages import MAX_CODE_BYTES, MAX_CODES, Seen, State, to_line
from device.reader.rights import forgo_processes, forgo_rights
from device.reader.source import Source, SourceKind, parse_source

_BEAT_SECONDS = 0.5
_MEMORY = 512 * 1024 * 1024
_MEMORY_CSI = 2048 * 1024 * 1024
"""Addresses, not memory in use: libcamera's threads reserve their stacks and heaps."""
_STARTING = "カメラを準備しています / Starting the camera"


def run(setting: str, parent: int) -> None:
    """Look at the source until the parent (a process id) is gone. Raises ValueError for an unknown setting."""
    source = parse_source(setting)
    # Our own files cannot be read any more once the rights are gone.
    frames = make_source(source)
    # A pool of threads would be of no use for one small picture at a time.
    cv2.setNumThreads(1)
    locked = forgo_rights(
        parent=parent,
        memory=_MEMORY_CSI if source.kind is SourceKind.CSI else _MEMORY,
        readable=_readable(source),
        devices=source.kind in (SourceKind.CAMERA, SourceKind.CSI),
        connect=source.kind is SourceKind.URL,
        keep_user=source.kind is SourceKind.SOCKET,
    )
    if not locked:
        sys.stderr.write("no Landlock in this kernel: files and TCP are left to the unit\n")
    frames.start()
    if source.kind in (SourceKind.CAMERA, SourceKind.SOCKET):
        forgo_processes()  # films and network cameras need FFmpeg's threads, at every opening anew
    try:
        watch(frames, _say, SystemTime())
    except BrokenPipeError:
        raise SystemExit(0) from None


def watch(frames: FrameSource, say: Callable[[Seen | State], None], time: TimeSource) -> None:
    """Report every picture's codes, and the state twice a second and whenever it changes; ends only by an exception."""
    problem, told, told_at = _STARTING, "", float("-inf")
    while True:
        frame: Frame | None = None
        try:
            frame = frames.newest(_BEAT_SECONDS / 2)
        except CameraGone as gone:
            problem = str(gone)
        if frame is not None:
            problem = ""
            if codes := distinct_codes(frame):
                say(Seen(codes, frame.mono))
        now = time.monotonic()
        if problem != told or now - told_at >= _BEAT_SECONDS:
            say(State(problem))
            told, told_at = problem, now


def distinct_codes(frame: Frame) -> list[bytes]:
    """Each code in the picture once, at most MAX_CODES; an empty code says nothing and is left out."""
    found = dict.fromkeys(code for code in read_codes(frame.gray) if 0 < len(code) <= MAX_CODE_BYTES)
    return list(found)[:MAX_CODES]


def _say(message: Seen | State) -> None:
    sys.stdout.buffer.write(to_line(message))
    sys.stdout.buffer.flush()


def _readable(source: Source) -> list[Path]:
    if source.kind is SourceKind.FILE:
        return [Path(source.target).absolute().parent]
    if source.kind is SourceKind.CSI:
        return [Path("/run/udev")]  # where libcamera learns of devices
    if source.kind is SourceKind.URL:
        return [Path("/etc/hosts"), Path("/etc/resolv.conf"), Path("/etc/nsswitch.conf"), Path("/etc/ssl")]
    return []
