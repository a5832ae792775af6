"""The door's reader on picture files. They are opened and read in a child process, as a camera's pictures are."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import msgspec

from device.reader.start import child_command, child_environment

IMAGE_SECONDS = 10.0
MAX_IMAGE_BYTES = 64 * 1024 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024

MISSING = "ファイルを開けません。名前と読み取り権を確かめてください / Cannot open the file; check its name and rights"
TOO_LARGE = "64 MiB を超えています。小さくしてください / Larger than 64 MiB; make it smaller"
BROKEN = "画像として読めません。PNG・JPEG・WebP にしてください / Not a picture this reader opens; use PNG, JPEG or WebP"
GAVE_UP = "読み取りが終わりませんでした。別の画像で試してください / Reading broke off; try another picture"

_LENGTH = struct.Struct(">I")


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The child's answer for one picture; `problem` is "" if it could be opened, `ms` is the reading alone."""

    texts: Annotated[list[str], msgspec.Meta(max_length=1000)]
    ms: float
    problem: str


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One image: its name as given, the texts, milliseconds of reading, why it could not be opened ("" = it was)."""

    image: str
    texts: tuple[str, ...]
    ms: float
    problem: str

    @property
    def is_missing(self) -> bool:
        """True if there was no such file, or none that may be read."""
        return self.problem == MISSING

    def to_json(self) -> str:
        """One line of JSON: {"image", "texts", "ms"}. Escaped to ASCII, so that any file name can be printed."""
        return json.dumps({"image": self.image, "texts": self.texts, "ms": self.ms})


def scan(paths: Iterable[str]) -> Iterator[ScanLine]:
    """One line per path, in order. A picture that kills or hangs the child costs only its own line."""
    with _Reader() as reader:
        for path in paths:
            yield _scan_one(reader, path)


def receive(line: socket.socket, most: int = MAX_IMAGE_BYTES) -> bytes | None:
    """One length-prefixed message, None when the other end has closed. Raises OSError if it is cut or too long."""
    head = _exactly(line, _LENGTH.size)
    if head is None:
        return None
    (size,) = _LENGTH.unpack(head)
    if size > most:
        raise OSError(f"message of {size} bytes")
    return _exactly(line, size)


def send_reading(line: socket.socket, reading: Reading) -> None:
    """The child's half."""
    _send(line, msgspec.json.encode(reading))


class _Reader:
    """One child for all images, begun anew after each that it did not survive."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, image: bytes) -> Reading:
        line = self._line or self._begin()
        try:
            _send(line, image)
            answer = receive(line, MAX_ANSWER_BYTES)
            if answer is not None:
                return msgspec.json.decode(answer, type=Reading)
        except (OSError, msgspec.DecodeError):
            pass
        self._end()
        return Reading(texts=[], ms=0.0, problem=GAVE_UP)

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                child_command("--images"),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
            )
        ours.settimeout(IMAGE_SECONDS)
        self._line = ours
        return ours

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._line = self._child = None


def _scan_one(reader: _Reader, path: str) -> ScanLine:
    try:
        with Path(path).open("rb") as file:
            image = file.read(MAX_IMAGE_BYTES + 1)
    except (OSError, ValueError):
        return ScanLine(path, (), 0.0, MISSING)
    if len(image) > MAX_IMAGE_BYTES:
        return ScanLine(path, (), 0.0, TOO_LARGE)
    found = reader.read(image)
    return ScanLine(path, tuple(found.texts), found.ms, found.problem)


def _send(line: socket.socket, message: bytes) -> None:
    line.sendall(_LENGTH.pack(len(message)) + message)


def _exactly(line: socket.socket, size: int) -> bytes | None:
    got = bytearray()
    while len(got) < size:
        chunk = line.recv(min(size - len(got), 1 << 20))
        if not chunk:
            if got:
                raise OSError("cut short")
            return None
        got += chunk
    return bytes(got)
