"""The knobs of a V4L2 camera, by linux/v4l2-controls.h: OpenCV does not reach all of them, as the mains frequency."""

from __future__ import annotations

import fcntl
import os
import struct

from device.reader.source import Optics

_SET = 0xC008561C  # VIDIOC_S_CTRL
_CONTROL = struct.Struct("=Ii")

_USER, _CAMERA = 0x00980900, 0x009A0900
POWER_LINE_FREQUENCY = _USER + 24
EXPOSURE_AUTO, EXPOSURE_ABSOLUTE, EXPOSURE_AUTO_PRIORITY = _CAMERA + 1, _CAMERA + 2, _CAMERA + 3
FOCUS_ABSOLUTE, FOCUS_AUTO = _CAMERA + 10, _CAMERA + 12
NAMES = {
    POWER_LINE_FREQUENCY: "power_line_frequency",
    EXPOSURE_AUTO: "auto_exposure",
    EXPOSURE_ABSOLUTE: "exposure_time_absolute",
    EXPOSURE_AUTO_PRIORITY: "exposure_dynamic_framerate",
    FOCUS_ABSOLUTE: "focus_absolute",
    FOCUS_AUTO: "focus_automatic_continuous",
}
"""As `v4l2-ctl --list-ctrls` calls them."""

_HZ_50 = 1
_MANUAL, _APERTURE_PRIORITY = 1, 3


def wanted(optics: Optics) -> dict[int, int]:
    """What to set, in this order: a camera takes a value only once its automatic is off."""
    found = {
        # 東北 has 50 Hz: at another one lamps beat in the picture.
        POWER_LINE_FREQUENCY: _HZ_50,
        # In the dark it would halve its pictures a second, and every moved phone would be a smear.
        EXPOSURE_AUTO_PRIORITY: 0,
        EXPOSURE_AUTO: _APERTURE_PRIORITY if optics.exposure_ms is None else _MANUAL,
        FOCUS_AUTO: 1 if optics.focus is None else 0,
    }
    if optics.exposure_ms is not None:
        found[EXPOSURE_ABSOLUTE] = round(optics.exposure_ms * 10)
    if optics.focus is not None:
        found[FOCUS_ABSOLUTE] = optics.focus
    return found


def set_controls(node: str, values: dict[int, int]) -> list[str]:
    """Set each by its number; the names of those that the camera at `node` does not take."""
    try:
        device = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return [NAMES[number] for number in values]
    try:
        return [NAMES[number] for number, value in values.items() if not _set(device, number, value)]
    finally:
        os.close(device)


def _set(device: int, number: int, value: int) -> bool:
    try:
        fcntl.ioctl(device, _SET, _CONTROL.pack(number, value))
    except OSError:
        return False
    return True
