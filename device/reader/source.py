"""Which camera is meant: the setting, taken apart. Needs no camera library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class SourceKind(StrEnum):
    """How pictures come in."""

    CAMERA = "camera"
    CSI = "csi"
    FILE = "file"
    URL = "url"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Optics:
    """How a camera is to look.

    `distance_cm` is where a CSI camera with a focus motor is sharp; `focus` the same for a USB camera, a number of its
    own scale, None leaves it to its autofocus. `exposure_ms` fixes the exposure, None leaves it to the camera.
    `exposure_bias`, in stops, is for CSI cameras.
    """

    distance_cm: int = 15
    focus: int | None = None
    exposure_ms: float | None = None
    exposure_bias: float = -1.0
    """A phone's screen is brighter than the bus around it. A code is read at a fifth of its light, but not once its
    white has run into its black."""


@dataclass(frozen=True, slots=True)
class Source:
    """A camera setting. `target` is a number or device node, a path, or the whole address."""

    kind: SourceKind
    target: str
    optics: Optics = Optics()


_OF_KIND = {
    SourceKind.CAMERA: ("focus", "exposure_ms"),
    SourceKind.CSI: ("distance_cm", "exposure_ms", "exposure_bias"),
}
_LIMITS: dict[str, tuple[type[int | float], float, float]] = {
    "distance_cm": (int, 5, 100),
    "focus": (int, 0, 65_535),
    "exposure_ms": (float, 0.1, 100.0),
    "exposure_bias": (float, -4.0, 4.0),
}


def parse_source(setting: str) -> Source:
    """`camera:0`, `camera:/dev/…`, `csi:0`, `file:PATH`, `http(s)://…`, `rtsp://…` or `socket:/path`.

    `camera:` and `csi:` may be followed by what `Optics` has for them, as in `csi:0,distance_cm=12,exposure_bias=-1.5`.
    Raises ValueError with the remedy for anything else.
    """
    scheme, _, rest = setting.partition(":")
    if rest.startswith("//") and len(rest) > 2 and scheme in ("http", "https", "rtsp"):
        return Source(SourceKind.URL, setting)
    if scheme == "file" and rest:
        return Source(SourceKind.FILE, rest)
    if scheme == "socket" and rest.startswith("/"):
        return Source(SourceKind.SOCKET, rest)
    target, *options = rest.split(",")
    is_number = target.isascii() and target.isdigit()
    if scheme == "camera" and (is_number or target.startswith("/dev/")):
        return _with_optics(Source(SourceKind.CAMERA, target), options)
    if scheme == "csi" and is_number:
        return _with_optics(Source(SourceKind.CSI, target), options)
    raise ValueError(
        f"カメラの設定「{setting}」が読めません。camera:0、camera:/dev/v4l/by-id/…、csi:0、file:PATH、socket:/path、"
        f"http://… のどれかにしてください / Camera setting {setting!r} is not known; write camera:0, "
        "camera:/dev/v4l/by-id/…, csi:0, file:PATH, socket:/path or http://…"
    )


def _with_optics(source: Source, options: list[str]) -> Source:
    known = _OF_KIND[source.kind]
    given: dict[str, Any] = {}
    for option in options:
        name, _, text = option.partition("=")
        if name not in known:
            names = ", ".join(known)
            raise ValueError(
                f"{source.kind}: のカメラに「{name}」はありません。使えるのは {names} です / "
                f"A {source.kind}: camera has no {name!r}; it has {names}"
            )
        kind, low, high = _LIMITS[name]
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise ValueError(
                f"{name} は {low} から {high} の数にしてください / {name} must be a number from {low} to {high}"
            )
        given[name] = value
    return replace(source, optics=Optics(**given))
