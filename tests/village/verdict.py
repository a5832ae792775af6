"""What a run comes to."""

from __future__ import annotations

from dataclasses import dataclass, field


class Violation(Exception):
    """An invariant of the design does not hold. `invariant` is its name there, I1 to I8."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one seed went. `violation` is None if everything held; `step` and `moment` are where it ended.

    `tally` counts what happened, so that a test can see that anything did.
    """

    seed: int
    bus_days: int
    records: int
    steps: int
    digest: str
    violation: str | None = None
    moment: str = ""
    tally: dict[str, int] = field(default_factory=dict)
