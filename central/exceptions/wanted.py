"""What the office asked to see of the exceptions. Every choice stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from central.japan import parse_day
from central.words.paging import clean, page_asked

MAX_DEVICE = 200
"""As long as the name of a machine that an incident can name."""


class Show(StrEnum):
    """Which part of the list: by how its lines stand."""

    OPEN = ""
    """What somebody has to look at, also what a colleague has taken on."""
    MINE = "mine"
    DONE = "done"
    """Closed, or come right by itself."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Exceptions of one kind, machine and range of days; "" and None mean all. Days are those on which it came in.

    `who` is the name of whoever asks.
    """

    show: Show = Show.OPEN
    who: str = ""
    kind: str = ""
    device: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.kind or self.device or self.first or self.last)

    def query(self, **changes: Any) -> dict[str, Any]:
        """The address's parameters, with `changes`. Only what differs from "everything" is written."""
        asked = replace(self, **changes)
        values = {
            "show": str(asked.show),
            "kind": asked.kind,
            "device": asked.device,
            "from": asked.first.isoformat() if asked.first else "",
            "to": asked.last.isoformat() if asked.last else "",
            "page": str(asked.page) if asked.page > 1 else "",
        }
        return {name: value for name, value in values.items() if value}


def read_wanted(args: Mapping[str, str], who: str = "") -> Wanted | None:
    """The filter in an address's parameters; None for a date that is none. Whatever else is odd finds nothing."""
    days = [(asked, parse_day(asked)) for asked in (clean(args.get("from", "")), clean(args.get("to", "")))]
    if any(asked and day is None for asked, day in days):
        return None
    show = clean(args.get("show", ""))
    return Wanted(
        show=Show(show) if show in set(Show) else Show.OPEN,
        who=who,
        kind=clean(args.get("kind", "")),
        # Letter for letter: strangers call themselves what they like.
        device=args.get("device", "")[:MAX_DEVICE],
        first=days[0][1],
        last=days[1][1],
        page=page_asked(args.get("page", "")),
    )
