"""F10. A mountain road: 30 of 100 packets are lost, and 64 kbit/s is all there is. It takes longer, and that is all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.distant import distant
from tests.faults.scale import LONG, until
from tests.faults.village import BUS
from tests.faults.wire import wire

LOST_PERCENT = 30
KILOBITS = 64
TAPS, WITHIN_S = (500, 600.0) if LONG else (30, 150.0)

pytestmark = pytest.mark.timeout(WITHIN_S + 120)


def test_a_thin_and_lossy_network_only_takes_longer(tmp_path: Path) -> None:
    with wire() as line, distant(tmp_path, line, BUS) as far:
        bus = far.machines[BUS]
        line.lose(LOST_PERCENT)
        line.thin(KILOBITS)
        bus.taps(TAPS)
        took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
        dropped = line.dropped()
        assert dropped > 0
        greens = far.assert_all_arrived(BUS, bus.stop())
    assert greens == TAPS
    print(
        f"F10: {LOST_PERCENT} % loss ({dropped} packets), {KILOBITS} kbit/s, {greens} taps, 0 lost, "
        f"queue empty after {took:.1f} s"
    )
