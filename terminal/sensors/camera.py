"""The camera at the door, as facts."""

from __future__ import annotations

from device.reader.process import ReaderProcess
from terminal.facts import CameraState, CodeSeen
from terminal.ports import Report


class Camera:
    """Reports CodeSeen for each code in each picture, and CameraState when the camera or its reader comes or goes."""

    def __init__(self, source: str, report: Report) -> None:
        """`source` as in `device.reader.source.parse_source`, which raises ValueError for an unknown one."""
        self._reader = ReaderProcess(
            source, lambda data: report(CodeSeen(data)), lambda problem: report(CameraState(problem))
        )

    def start(self) -> None:
        """Begin to look."""
        self._reader.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._reader.stop()
