"""How a child of the reader is started: this Python, this code, and nothing of the parent's environment besides."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_MAX_IMAGE_PIXELS = 64 * 1024 * 1024


def child_command(*arguments: str) -> list[str]:
    """The command of `device.reader` with these arguments, bound to the life of this process."""
    return [sys.executable, "-P", "-m", "device.reader", *arguments, "--parent", str(os.getpid())]


def child_environment() -> dict[str, str]:
    """No credentials or settings go along; libraries are told to keep to one thread and modest pictures."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(_MAX_IMAGE_PIXELS),
        # A USB camera that hangs is opened anew; by itself OpenCV would wait for 10 s.
        "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",
    }
