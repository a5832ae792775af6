"""Holds: value set aside for something that may come, in the order in which it would be used.

A hold is one of a series: what takes from it (a capture) resolves it and opens its successor in the same event. Each is
resolved once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HoldKind(StrEnum):
    """What a hold is for. The values stand in the ledger and stay stable."""

    PASS = "pass"
    """What buses may take offline for a pass."""
    FIRST_SPEND = "first-spend"
    """A card charge that may not be spent for its first hours."""
    DISPUTE = "dispute"
    """What is left of a disputed card charge."""


class Resolution(StrEnum):
    """How a hold ended. The values stand in the ledger and stay stable."""

    POSTED = "posted"
    """Something was taken from it, wholly or partly."""
    RELEASED = "released"
    """It was not needed any more, or another took its place."""
    EXPIRED = "expired"
    """Its time was over."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An open hold. `parts` are lots' ids and units, in order of use; `until` is Unix seconds, None without limit."""

    id: int
    series: str
    kind: HoldKind
    until: int | None
    parts: tuple[tuple[int, int], ...]

    @property
    def amount(self) -> int:
        """Units in it."""
        return sum(amount for _, amount in self.parts)
