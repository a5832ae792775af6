"""F9 and F11. The network is a black hole for two minutes: riders notice nothing, the bus does, and nothing is lost.

One outage serves both, because the two minutes are real.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.distant import distant_bus
from tests.faults.scale import LONG, percentile, until
from tests.faults.wire import wire

OUTAGE_S = 3600.0 if LONG else 120.0
TAPS = 500
ROUND_IT = 75
"""Taps before the outage, and as many after it: what they took is what a tap takes."""
NOTICED_S = 90.0
EMPTY_S = 60.0
AS_QUICK = {0.5: (2.0, 0.02), 0.99: (3.0, 0.25)}
"""Median and p99 in the outage: at most so many times those around it, and so many seconds for a busy disk."""

pytestmark = pytest.mark.timeout(OUTAGE_S + 240)


@dataclass(frozen=True)
class Outage:
    """What was seen."""

    around: list[float]
    during: list[float]
    waiting: int
    noticed_s: float
    empty_s: float
    greens: int
    last: dict[str, Any]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    folder = tmp_path_factory.mktemp("outage")
    with wire() as line, distant_bus(folder, line) as far:
        bus = far.bus
        until(lambda: bus.is_up, "the bus is up")
        around = bus.taps(ROUND_IT, 8.0)
        until(lambda: bus.waiting == 0, "all of before is taken in")
        line.cut()
        cut = time.monotonic()
        during = bus.taps(TAPS, OUTAGE_S)
        time.sleep(max(0.0, cut + OUTAGE_S - time.monotonic()))
        silent = bus.status()
        assert line.dropped() > 0
        line.mend()
        empty = until(lambda: bus.waiting == 0, "the queue is empty", EMPTY_S)
        around += bus.taps(ROUND_IT, 8.0)
        until(lambda: bus.waiting == 0, "all of after is taken in")
        last = bus.stop()
        greens = far.assert_all_arrived(last)
        downs = [moment for moment in silent["downs"] if moment >= cut]
        noticed = downs[0] - cut if downs else float("inf")
        yield Outage(around, during, silent["waiting"], noticed, empty, greens, last)


def test_500_taps_without_a_network_are_neither_lost_nor_slower(outage: Outage) -> None:
    assert outage.waiting >= TAPS, "the outage was none"
    assert outage.greens == TAPS + 2 * ROUND_IT
    assert outage.empty_s <= EMPTY_S
    ratios = []
    for share, (times, grace_s) in AS_QUICK.items():
        around, during = percentile(outage.around, share), percentile(outage.during, share)
        ratios.append(
            f"p{share * 100:.0f} {around * 1000:.1f} -> {during * 1000:.1f} ms (x {during / around:.2f})"
        )
        assert during <= times * around + grace_s
    print(
        f"F9: {TAPS} taps in {OUTAGE_S:.0f} s without network, 0 lost, queue empty after {outage.empty_s:.1f} s, "
        f"taps {', '.join(ratios)}"
    )


def test_a_black_hole_is_noticed_and_swallows_nothing(outage: Outage) -> None:
    assert outage.noticed_s <= NOTICED_S
    print(f"F11: black hole noticed after {outage.noticed_s:.1f} s, {outage.greens} taps, 0 lost")
