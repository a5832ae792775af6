"""Whether there is room to write down what happens, and what staff are told about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.journal import ALARM_PERCENT

if TYPE_CHECKING:
    from device.journal import Journal

TEND_S = 1.0
ALL_PERCENT = 100
NEARLY_FULL = (
    "記録がもうすぐいっぱいです。事務所へ連絡してください。 / The journal is nearly full: call the office."
)
NO_SAFE_DISK = (
    "練習用の置き場です。電源が切れると記録は消えます。 / For practice: records are lost when the power goes."
)


class Room:
    """The journal's room, looked after once a second. Times are real monotonic seconds. `full` are the words for none.

    `fault` says why nothing can be recorded, `warning` what has not gone wrong yet; "" means all is well.
    """

    def __init__(self, journal: Journal, full: str) -> None:
        self._journal = journal
        self._full = full
        self._tended_at: float | None = None
        self.fault = ""
        self.warning = ""

    @property
    def is_there(self) -> bool:
        """Whether anything new may be written."""
        return not self.fault

    def is_due(self, now: float) -> bool:
        """Whether it is time to look after it."""
        return self._tended_at is None or now - self._tended_at >= TEND_S

    def tend(self, now: float) -> None:
        """Let go of what is old, make room, see how much there is. Raises JournalBroken."""
        self._tended_at = now
        self._journal.tend()
        percent = self._journal.percent
        self.fault = self._full if percent >= ALL_PERCENT else ""
        self.warning = "" if self._journal.on_safe_disk else NO_SAFE_DISK
        if percent >= ALARM_PERCENT:
            self.warning = NEARLY_FULL
