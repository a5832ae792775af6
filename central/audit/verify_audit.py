"""The audit log gone through from its beginning: numbers without a gap, and a chain that holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from central.audit import store
from central.audit.chain import START, next_head
from central.database.transaction import Connection


@dataclass(slots=True)
class Verified:
    """How many entries there are, the chain's head at the last one, and every fault in words."""

    entries: int = 0
    head: str = START
    problems: list[str] = field(default_factory=list)


def verify(connection: Connection) -> Verified:
    """Go through all of it. A log cut short is found by its head alone: keep the one that was printed."""
    found = Verified()
    for entry in store.all_entries(connection):
        found.entries += 1
        if entry.id != found.entries:
            found.problems.append(
                f"{entry.id}: 番号が飛んでいます / number {found.entries} is not there before it"
            )
            found.entries = entry.id
        expected = next_head(found.head, entry.id, entry.at, entry.who, entry.what, entry.about, entry.detail)
        if expected != entry.chain:
            found.problems.append(
                f"{entry.id}: 鎖がつながりません / the chain breaks: {entry.chain} instead of {expected}"
            )
        found.head = entry.chain
    return found
