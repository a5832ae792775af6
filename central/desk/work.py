"""One thing that needs a person now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from central.words.say_event import Tone
from central.words.words import Words


@dataclass(frozen=True, slots=True)
class Work:
    """`name` finds the row again, `what` says what it is and `detail` how much of it; `since` is a Unix second.

    `endpoint`, `args` and `anchor` are the one place that puts it right, `action` what its link says.
    """

    name: str
    tone: Tone
    what: Words
    since: int | None
    action: Words
    endpoint: str
    args: Mapping[str, str] = field(default_factory=dict)
    anchor: str = ""
    detail: Words = ("", "")


_WORST_FIRST = (Tone.BAD, Tone.WARN, Tone.PLAIN, Tone.GOOD)


def worst_first(work: list[Work], now: int) -> list[Work]:
    """The worst before the rest; of the same tone, what has waited longest."""
    return sorted(work, key=lambda each: (_WORST_FIRST.index(each.tone), each.since or now, each.name))
