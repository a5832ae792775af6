"""Which inquiries the office asked to see. Every choice stands in the address; words to search for never do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from central.japan import parse_day
from central.words.paging import clean, page_asked


@dataclass(frozen=True, slots=True)
class Wanted:
    """Inquiries of one state, subject, way, member, next person, and range of days; "" and None mean all."""

    state: str = ""
    about: str = ""
    way: str = ""
    member: str = ""
    by: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anything may be left out."""
        return replace(self, page=1) != Wanted()

    def query(self, **changes: Any) -> dict[str, Any]:
        """The address's parameters, with `changes`. Only what differs from "everything" is written."""
        asked = replace(self, **changes)
        values = {
            "state": asked.state,
            "about": asked.about,
            "way": asked.way,
            "member": asked.member,
            "by": asked.by,
            "from": asked.first.isoformat() if asked.first else "",
            "to": asked.last.isoformat() if asked.last else "",
            "page": str(asked.page) if asked.page > 1 else "",
        }
        return {name: value for name, value in values.items() if value}


def read_wanted(args: Mapping[str, str]) -> Wanted | None:
    """The filter in an address's parameters; None for a date that is none. Whatever else is odd finds nothing."""
    days = [(asked, parse_day(asked)) for asked in (clean(args.get("from", "")), clean(args.get("to", "")))]
    if any(asked and day is None for asked, day in days):
        return None
    texts = {name: clean(args.get(name, "")) for name in ("state", "about", "way", "member", "by")}
    return Wanted(**texts, first=days[0][1], last=days[1][1], page=page_asked(args.get("page", "")))
