"""What is set aside for a pass is free again once it has ended and every bus has said all about it."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.watermark.reach import watermark
from central.ledger.post_orders import Posted, holds_of_kind, post_all
from central.passes.store import ends_of_series
from rules.ledger.holds import HoldKind
from rules.ledger.rides import release_order

AFTER_END_S = 24 * 3600
"""A ride that began before the pass ended has been closed by then: no trip lasts a day."""


@dataclass(frozen=True, slots=True)
class Released:
    """How many holds were released, and how many are open yet."""

    released: int
    still_open: int


def release_ended(connection: Connection, now: int) -> Released:
    """Release what no bus can have taken anything from that is not here. Again, it does nothing."""
    holds = holds_of_kind(connection, HoldKind.PASS)
    until = watermark(connection, now).until
    if until is None or not holds:
        return Released(0, len(holds))
    ends = ends_of_series(connection, holds)
    orders = [
        release_order(f"release/{series}/{number}", series)
        for series, number in holds.items()
        if (end := ends.get(series)) is not None and end + AFTER_END_S <= until
    ]
    done = sum(isinstance(answer, Posted) for answer in post_all(connection, orders, now))
    return Released(done, len(holds) - done)
