"""Door openings, and which of them a tap belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SURE = 0.9
TAP_S = 60.0
"""So long after the door closed a boarding still belongs to it, and before it opens an alighting."""


@dataclass(slots=True)
class Opening:
    """One opening of the door. `opened` and `closed` are monotonic seconds, `closed` None while it is open.

    `number` names it among the trip's. `shares` are the stops (indexes) it may have been, likeliest first, each with
    its share of the belief. `fix_age_s` is how old the last fix was. `settled` means that nothing seen later changes
    it any more. `ask` means: the driver is to be asked. `by_driver`: they said it.
    """

    number: int
    opened: float
    closed: float | None
    shares: tuple[tuple[int, float], ...]
    fix_age_s: float
    ask: bool
    settled: bool = False
    by_driver: bool = False

    @property
    def stop_index(self) -> int:
        """The likeliest stop."""
        return self.shares[0][0]

    @property
    def flagged(self) -> bool:
        """Whether a fare by it stands under reserve: unsure, or nobody answered the question."""
        return self.ask or self.confidence < SURE

    @property
    def confidence(self) -> float:
        """What speaks for it, 0 to 1."""
        return self.shares[0][1]

    @property
    def candidates(self) -> tuple[int, ...]:
        """Two or three stops for the driver's buttons, in the order they are driven."""
        likely = [index for index, share in self.shares[:3] if share >= 0.02]
        return tuple(sorted(likely if len(likely) > 1 else [index for index, _ in self.shares[:3]]))


def opening_of_boarding(openings: Sequence[Opening], mono: float) -> Opening | None:
    """The last opening begun by `mono`, if it closed at most TAP_S ago; `openings` in order."""
    begun = [each for each in openings if each.opened <= mono]
    if not begun or (begun[-1].closed is not None and mono - begun[-1].closed > TAP_S):
        return None
    return begun[-1]


def opening_of_alighting(openings: Sequence[Opening], mono: float) -> Opening | None:
    """The opening that is on at `mono`, else the next one that begins within TAP_S; None while there is none."""
    begun = [each for each in openings if each.opened <= mono]
    if begun and (begun[-1].closed is None or mono <= begun[-1].closed):
        return begun[-1]
    return next((each for each in openings if mono < each.opened <= mono + TAP_S), None)
