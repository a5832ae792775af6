"""What a feed says that it should not, with the file and line that say it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

MAX_PROBLEMS_PER_FILE = 1000
"""Of one severity. What comes after them is counted, not kept."""


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    """Something of the feed could not be used, or says two things at once: mend it before publishing."""
    WARNING = "warning"
    """The feed can be used; the message says what was done instead."""
    NOTICE = "notice"
    """Somebody else's opinion, which the message names."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` counts from 1 as an editor does, the header being line 1; 0 means the whole file."""

    file: str
    line: int
    message_ja: str
    message_en: str
    severity: Severity

    @property
    def message(self) -> str:
        """Both languages, Japanese first."""
        return f"{self.message_ja} / {self.message_en}"


class FeedUnreadable(Exception):
    """Nothing can be made of the feed. The text is one sentence in Japanese and one in English, with the remedy."""

    def __init__(self, message_ja: str, message_en: str) -> None:
        super().__init__(f"{message_ja} / {message_en}")
        self.message_ja = message_ja
        self.message_en = message_en


class Problems:
    """Collects problems in the order they are found, a bounded number of each severity for each file."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._seen: Counter[tuple[str, Severity]] = Counter()

    def error(self, file: str, line: int, message_ja: str, message_en: str) -> None:
        """Something of the feed could not be used."""
        self._add(Problem(file, line, message_ja, message_en, Severity.ERROR))

    def warn(self, file: str, line: int, message_ja: str, message_en: str) -> None:
        """Something is odd, and the message says how it was taken."""
        self._add(Problem(file, line, message_ja, message_en, Severity.WARNING))

    def listed(self) -> tuple[Problem, ...]:
        """All that were kept, and for every file that had too many how many more there were."""
        more = (
            Problem(
                file,
                0,
                f"ほかに同様の問題が{count - MAX_PROBLEMS_PER_FILE}件あります。",
                f"{count - MAX_PROBLEMS_PER_FILE} more problems of this severity.",
                severity,
            )
            for (file, severity), count in self._seen.items()
            if count > MAX_PROBLEMS_PER_FILE
        )
        return (*self._kept, *more)

    def _add(self, problem: Problem) -> None:
        kind = (problem.file, problem.severity)
        self._seen[kind] += 1
        if self._seen[kind] <= MAX_PROBLEMS_PER_FILE:
            self._kept.append(problem)
