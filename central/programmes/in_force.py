"""What a programme is on a day, out of all that was said of it, whatever the order in which it was said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from central.programmes.programme_text import programme_fields, read_programme
from central.programmes.store import Change
from rules.ledger.programmes import BUILT_IN, Programme, changed


@dataclass(frozen=True, slots=True)
class Kept:
    """A programme as it stands."""

    programme: Programme
    closed: bool = False


def kept_on(programme: str, changes: Iterable[Change], day: date) -> Kept | None:
    """One on a day in Japan, by its changes; None where there is none.

    Before its first change it is what it was added as. Closing is no plan but a stop: it holds whatever the day.
    """
    its = [each for each in changes if each.programme == programme and each.withdrawn is None]
    added = next((read_programme(each.content) for each in its if each.what == "added"), None)
    base = added or BUILT_IN.get(programme)
    if base is None:
        return None
    said = [each for each in its if each.what == "changed" and each.from_day <= day.isoformat()]
    fields = programme_fields(base)
    for each in sorted(said, key=lambda each: (each.from_day, each.id)):
        fields |= json.loads(each.content)
    return Kept(read_programme(json.dumps(fields)), any(each.what == "closed" for each in its))


def must_agree(programme: str, changes: list[Change]) -> None:
    """Raises what `read_programme` and `changed` raise for the first day on which the programme could not become so."""
    its = [each for each in changes if each.programme == programme and each.withdrawn is None]
    before = kept_on(programme, [each for each in its if each.what != "changed"], date.max)
    assert before is not None, "it was added, or is built in"
    for day in sorted({each.from_day for each in its if each.what == "changed"}):
        after = kept_on(programme, its, date.fromisoformat(day))
        assert after is not None
        changed(before.programme, after.programme)
        before = after
