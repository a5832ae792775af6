"""Alarms that wait because no mail goes out, kept beside the database: only the desk can still say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from central.desk.work import Work
from central.words.say_event import Tone

FILE = ".unsent-alarms.json"
TRIED_S = 600
"""Alarms are tried every minute. What was tried last so long ago is tried no more: they were switched off since."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """So many alarms wait; none could be sent from Unix second `since` to `tried`."""

    count: int
    since: int
    tried: int


def read_unsent(folder: Path, now: int) -> Unsent | None:
    """None where all alarms have gone out by Unix second `now`, nobody sends any, or the file is not one of ours."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        unsent = Unsent(*(int(found[name]) for name in ("count", "since", "tried")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return unsent if abs(now - unsent.tried) <= TRIED_S else None


def write_unsent(folder: Path, count: int, now: int) -> None:
    """So many could not be sent at Unix second `now`; with 0 there is no file. Raises OSError."""
    if not count:
        (folder / FILE).unlink(missing_ok=True)
        return
    before = read_unsent(folder, now)
    unfinished = folder / f"{FILE}.new"
    unfinished.write_text(
        json.dumps(asdict(Unsent(count, before.since if before else now, now))), encoding="utf-8"
    )
    unfinished.rename(folder / FILE)


def unsent_work(unsent: Unsent | None) -> Iterator[Work]:
    """That it is so, among what needs a person."""
    if unsent is not None:
        yield Work(
            "mail", Tone.BAD, ("知らせのメールを送れない", "alarms cannot be mailed"), unsent.since,
            ("どうするか見る", "What to do"), "desk.desk", anchor="mail-down",
            detail=(
                f"{unsent.count:,}件が待っています。設定の [mail] とメールサーバーを確かめてください",
                f"{unsent.count:,} wait; check [mail] in the settings, and the mail server",
            ),
        )  # fmt: skip
