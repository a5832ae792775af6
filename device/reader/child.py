"""The one who looks: newest picture, decode, say what was read or what would help. It decides nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2

from device.clock import SystemTime, TimeSource
from device.reader.decode import Look, look
from device.reader.frames import CameraGone, Frame, FrameSource, make_source
from device.reader.gray import Gray
from device.reader.hints import Standing
from device.reader.lens import Lens
from device.reader.messages import MAX_CODE_BYTES, MAX_CODES, Message, Seen, State, Unread, to_line
from device.reader.readers import Reader
from device.reader.rights import forgo_processes, forgo_rights
from device.reader.source import Source, SourceKind, parse_source

_BEAT_SECONDS = 0.25
_MEMORY = 512 * 1024 * 1024
_MEMORY_CSI = 2048 * 1024 * 1024
"""Addresses, not memory in use: libcamera's threads reserve their stacks and heaps."""
_STARTING = "カメラを準備しています / Starting the camera"


class Read(Protocol):
    """Reads a picture; see `device.reader.decode.look`."""

    def __call__(self, gray: Gray, *, harder: bool) -> Look:
        """What the picture shows."""


def looking(setting: str, reader: Reader) -> Callable[[int], None]:
    """Looks at the source until the parent (a process id) is gone. The libraries are loaded here, and not again.

    Raises ValueError for an unknown setting.
    """
    source, read = parse_source(setting), reading(reader)
    # A pool of threads would be of no use for one small picture at a time.
    cv2.setNumThreads(1)
    return lambda parent: _look(source, read, parent)


def reading(reader: Reader) -> Read:
    """What the library's name stands for. zbar is loaded only where it is chosen."""
    if reader is Reader.PYZBAR:
        chosen: Read = importlib.import_module("device.reader.zbar").look
        return chosen
    return look


def _look(source: Source, read: Read, parent: int) -> None:
    # Our own files cannot be read any more once the rights are gone.
    frames = make_source(source)
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
        watch(frames, _say, SystemTime(), read)
    except BrokenPipeError:
        raise SystemExit(0) from None


def watch(frames: FrameSource, say: Callable[[Message], None], time: TimeSource, read: Read = look) -> None:
    """Report every picture's codes, what helps with one that cannot be read, and the state.

    The state is said some times a second and whenever it changes. Ends only by an exception.
    """
    state, told, told_at = State(_STARTING), State(_STARTING), float("-inf")
    standing, lens = Standing(), Lens()
    while True:
        frame: Frame | None = None
        try:
            frame = frames.newest(_BEAT_SECONDS / 2)
        except CameraGone as gone:
            state = State(str(gone))
        seen = read(frame.gray, harder=standing.is_worth_it(frame.mono)) if frame is not None else None
        if frame is not None:
            lens.see(frame.gray, frame.mono)
            state = State("", lens.note)
        now = time.monotonic()
        if state != told or now - told_at >= _BEAT_SECONDS:
            say(state)
            told, told_at = state, now
        if frame is not None and seen is not None:
            if codes := distinct_codes(seen):
                say(Seen(codes, frame.mono))
            if hint := standing.see(frame.gray, seen, frame.mono):
                say(Unread(hint))


def distinct_codes(seen: Look) -> list[bytes]:
    """Each code in the picture once, at most MAX_CODES; an empty code says nothing and is left out."""
    found = dict.fromkeys(code for code in seen.codes if 0 < len(code) <= MAX_CODE_BYTES)
    return list(found)[:MAX_CODES]


def _say(message: Message) -> None:
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
