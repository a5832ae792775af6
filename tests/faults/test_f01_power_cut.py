"""F1: the power goes at any moment; every green lamp is one record of the journal, and the bus is ready again soon."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.cuts import Lives
from tests.faults.power import disk_of_its_own
from tests.faults.runs import seed, times

pytestmark = pytest.mark.alone

CUTS = 25
ROUNDS = times(1, 12)
READY_S = 5.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("nth", range(ROUNDS))
def test_no_green_lamp_is_lost_or_doubled_by_a_power_cut(tmp_path: Path, nth: int) -> None:
    # A long run that was broken off goes on with the rounds that have not passed: pytest --lf, or by their numbers.
    start = seed()
    with disk_of_its_own(tmp_path) as disk:
        lives = Lives(disk, tmp_path, Random(start + nth))
        for life in range(CUTS):
            lives.cut(life)
    print(
        f"F1: {CUTS} cuts, {len(lives.greens)} green lamps, {len(lives.breaches)} lost, doubled or missing, "
        f"ready after at most {max(lives.starts):.1f} s (YUKEMURI_SEED={start})"
    )
    assert lives.breaches == []
    assert len(lives.greens) >= CUTS
    assert max(lives.starts) <= READY_S
