"""A scanner module, as facts: the same ones as the camera's."""

from __future__ import annotations

import threading

from device.facts import CameraState, CodeFact, CodeSeen
from device.ports import ReportCode
from device.reader import scanner


class Scanner:
    """Reports CodeSeen for each code the module says, and CameraState when the module comes or goes."""

    def __init__(self, device: str, baud: int, report: ReportCode) -> None:
        """`device` and `baud` as in `device.reader.scanner.Scanner`."""
        self._scanner = scanner.Scanner(
            device,
            baud,
            lambda data: report(CodeSeen(data)),
            lambda problem: report(CameraState(problem)),
        )

    def start(self) -> None:
        """Begin to listen."""
        self._scanner.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._scanner.stop()


class EitherReads:
    """One CameraState of a camera and a scanner: while one of them reads, what the other lacks is only a note."""

    def __init__(self, report: ReportCode) -> None:
        self._report = report
        self._turn = threading.Lock()
        self._states: dict[str, CameraState | None] = {}

    def report_of(self, name: str) -> ReportCode:
        """Where the one called `name` is to report. Ask for all before the first begins."""
        self._states[name] = None

        def report(fact: CodeFact, /) -> bool:
            if not isinstance(fact, CameraState):
                return self._report(fact)
            # The two report from threads of their own; what was said last must be what holds.
            with self._turn:
                self._states[name] = fact
                return self._report(self._together())

        return report

    def _together(self) -> CameraState:
        known = [state for state in self._states.values() if state is not None]
        said = [sentence for state in known for sentence in (state.problem, state.note) if sentence]
        if any(not state.problem for state in known):
            return CameraState("", " ・ ".join(said))
        return CameraState(" ・ ".join(said))
