"""Films and pictures in files, for the bench, and network cameras."""

from __future__ import annotations

import cv2

from device.clock import TimeSource
from device.reader.frames import FPS, STUCK_SECONDS, GrabbingSource
from device.reader.gray import to_gray

_NETWORK_SECONDS = 60.0
"""FFmpeg gives a network camera up by itself after half of it."""


class FilmFrames(GrabbingSource):
    """The film or picture in a file, at its own pace and over again; or what a network camera's address sends."""

    def __init__(self, target: str, *, time: TimeSource | None = None) -> None:
        self._is_file = "://" not in target
        super().__init__(time, stuck_seconds=STUCK_SECONDS if self._is_file else _NETWORK_SECONDS)
        self._target = target

    def _grab_until_gone(self) -> str:
        capture = cv2.VideoCapture(self._target, cv2.CAP_ANY)
        try:
            if not capture.isOpened():
                return self._missing()
            self._opened([])
            return self._grab(capture)
        finally:
            capture.release()

    def _grab(self, capture: cv2.VideoCapture) -> str:
        fps = capture.get(cv2.CAP_PROP_FPS) if self._is_file else 0.0
        pause = 1.0 / (fps if 1.0 <= fps <= 60.0 else FPS) if self._is_file else 0.0
        seen_any = False
        while not self._ending.wait(pause):
            got, picture = capture.read()
            if not got:
                return "" if self._is_file and seen_any else self._missing()
            seen_any = True
            self._keep(to_gray(picture))
        return ""

    def _missing(self) -> str:
        if self._is_file:
            return (
                f"映像ファイル {self._target} を開けません。場所と読み取り権を確かめてください / "
                f"Cannot open the film {self._target}; check that it is there and that every user may read it"
            )
        # The address may carry a password, so it is not said.
        return (
            "ネットワークカメラにつながりません。電源と配線、設定のアドレスを確かめてください / "
            "The network camera does not answer; check its power, its cable and the address in the settings"
        )
