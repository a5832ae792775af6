"""Which camera is meant: the setting, taken apart. Needs no camera library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    """How pictures come in."""

    CAMERA = "camera"
    FILE = "file"
    URL = "url"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Source:
    """A camera setting. `target` is a number or device node, a path, or the whole address."""

    kind: SourceKind
    target: str


def parse_source(setting: str) -> Source:
    """`camera:0`, `camera:/dev/video0`, `file:PATH`, `http(s)://…`, `rtsp://…` or `socket:/path`.

    Raises ValueError with the remedy for anything else.
    """
    scheme, _, rest = setting.partition(":")
    if rest.startswith("//") and len(rest) > 2 and scheme in ("http", "https", "rtsp"):
        return Source(SourceKind.URL, setting)
    if scheme == "camera" and ((rest.isascii() and rest.isdigit()) or rest.startswith("/dev/")):
        return Source(SourceKind.CAMERA, rest)
    if scheme == "file" and rest:
        return Source(SourceKind.FILE, rest)
    if scheme == "socket" and rest.startswith("/"):
        return Source(SourceKind.SOCKET, rest)
    raise ValueError(
        f"カメラの設定「{setting}」が読めません。camera:0、camera:/dev/video0、file:PATH、socket:/path、"
        f"http://… のどれかにしてください / Camera setting {setting!r} is not known; write camera:0, "
        "camera:/dev/video0, file:PATH, socket:/path or http://…"
    )
