"""What a single adult ride costs between two poles of a route."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rules.money import Yen

Pair = tuple[str, str, str]
"""(route_id, from_stop_id, to_stop_id)."""


class FareProblem(StrEnum):
    """Why a pair has no fare. Nothing is chosen silently: the office decides."""

    MISSING = "missing"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FareTable:
    """Adult fares for every ordered pair of poles within every trip, by route.

    A pair that is in neither mapping is missing.
    """

    prices: dict[Pair, Yen] = field(default_factory=dict)
    conflicts: dict[Pair, tuple[Yen, ...]] = field(default_factory=dict)

    def adult(self, route_id: str, from_stop_id: str, to_stop_id: str) -> Yen | FareProblem:
        """The adult fare, or why there is none."""
        pair = (route_id, from_stop_id, to_stop_id)
        if pair in self.prices:
            return self.prices[pair]
        return FareProblem.CONFLICT if pair in self.conflicts else FareProblem.MISSING

    def dearest(self) -> Yen:
        """The dearest adult single of the table; 0 where there is no fare at all."""
        return max(self.prices.values(), default=Yen(0))
