"""The camera, as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.facts import CameraState, CodeSeen, CodeUnread
from device.reader.process import ReaderProcess
from device.reader.readers import Reader

if TYPE_CHECKING:
    from device.ports import ReportCode

PASS = b"YP1:"
ALONE_SECONDS = 0.5
"""A code that is no pass is somebody's advertisement, until it has stood so long without a pass in view."""
GAP_SECONDS = 0.5
"""One that was not read for so long has gone."""


class Camera:
    """Reports CodeSeen for each pass in each picture, and for what else stands there alone.

    CodeUnread while a code cannot be read; CameraState when the camera or its reader comes or goes.
    """

    def __init__(self, source: str, report: ReportCode, reader: Reader = Reader.ZXING) -> None:
        """`source` as in `device.reader.source.parse_source`, which raises ValueError for an unknown one."""
        self._report = report
        self._preference = Preference()
        self._reader = ReaderProcess(
            source,
            self._on_codes,
            lambda problem, note: report(CameraState(problem, note)),
            lambda hint: report(CodeUnread(hint)),
            reader=reader,
        )

    def start(self) -> None:
        """Begin to look."""
        self._reader.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._reader.stop()

    def _on_codes(self, codes: list[bytes], mono: float) -> None:
        for code in self._preference.among(codes, mono):
            self._report(CodeSeen(code))


class Preference:
    """Takes the pass and not the poster beside it, in one picture and over several. Seconds are the pictures' own."""

    def __init__(self) -> None:
        self._pass_at = float("-inf")
        self._others: dict[bytes, tuple[float, float]] = {}

    def among(self, codes: list[bytes], mono: float) -> list[bytes]:
        """Which codes of the picture taken at `mono` are to be answered."""
        passes = [code for code in codes if code.startswith(PASS)]
        if passes:
            self._pass_at, self._others = mono, {}
            return passes
        still = {code: first for code, (first, last) in self._others.items() if mono - last < GAP_SECONDS}
        self._others = {code: (still.get(code, mono), mono) for code in codes}
        if mono - self._pass_at < ALONE_SECONDS:
            return []
        return [code for code, (first, _) in self._others.items() if mono - first >= ALONE_SECONDS]
