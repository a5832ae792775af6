"""The backup on the desk: whether it is shipped, whether a drill has shown that it can be brought back, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.backup_state import BACKUP, DRILL
from central.desk.work import Work
from central.words.say_event import Tone
from central.words.words import Words
from rules.checkup.check import Check, Result

_NAMES: dict[str, Words] = {
    BACKUP: ("バックアップ", "backup"),
    DRILL: ("復元の訓練", "restore drill"),
}
_TONES = {Result.PASS: Tone.GOOD, Result.WARN: Tone.WARN, Result.FAIL: Tone.BAD}
_BADGES: dict[Tone, Words] = {
    Tone.GOOD: ("良好", "well"),
    Tone.WARN: ("確認", "look"),
    Tone.BAD: ("要対応", "act"),
}


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One check of it in words; `todo` is empty where it is well."""

    key: str
    name: Words
    tone: Tone
    badge: Words
    detail: Words
    todo: Words


def backup_lines(checks: Sequence[Check]) -> list[BackupLine]:
    """What the doctor says of the backup, for the desk."""
    lines = []
    for each in checks:
        tone = _TONES[each.result]
        words = (_NAMES[each.name], tone, _BADGES[tone], _halves(each.detail), _halves(each.remedy))
        lines.append(BackupLine(each.name, *words))
    return lines


def backup_work(lines: Sequence[BackupLine]) -> list[Work]:
    """Those among what needs a person."""
    return [
        Work(
            each.key,
            each.tone,
            each.name,
            None,
            ("どうするか見る", "What to do"),
            "desk.desk",
            anchor="server-backup",
            detail=each.detail,
        )
        for each in lines
        if each.tone is not Tone.GOOD
    ]


def _halves(text: str) -> Words:
    japanese, _, english = text.partition(" / ")
    return japanese, english
