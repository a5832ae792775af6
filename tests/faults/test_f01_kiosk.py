"""F1 for the kiosk: the power goes at any moment; every code that stood on the screen is one record of the journal."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.faults.children import child, module
from tests.faults.kiosk_check import Code, kiosk_breaches_of_a_copy, shown_in
from tests.faults.power import disk_of_its_own
from tests.faults.runs import seed, times

pytestmark = pytest.mark.alone

CUTS = times(25, 300)
MOST_CODES = 20
MOST_S = 0.012
READY_S = 5.0


def _are_shown(enough: int, lines: list[str]) -> bool:
    return len(shown_in(lines)) >= enough


@pytest.mark.timeout(300)
def test_no_code_that_was_shown_is_lost_or_has_its_number_used_twice(tmp_path: Path) -> None:
    start = seed()
    dice, shown, wrong, starts = Random(start), list[Code](), list[str](), list[float]()
    with disk_of_its_own(tmp_path) as disk:
        for life in range(CUTS):
            with child(module("kiosk", disk.data, life), tmp_path / "errors") as kiosk:
                kiosk.wait_for(lambda lines: any(line.startswith("ready ") for line in lines))
                starts.append(time.monotonic() - kiosk.began)
                enough = dice.randint(1, MOST_CODES)
                kiosk.wait_for(partial(_are_shown, enough))
                time.sleep(dice.uniform(0, MOST_S))
                kiosk.freeze()
                disk.cut_power()
            shown += shown_in(kiosk.lines)
            disk.pull_out()
            disk.plug_in()
            found = kiosk_breaches_of_a_copy(disk.data, tmp_path / "copy", shown, kiosk.lines)
            wrong += [f"cut {life}: {breach}" for breach in found]
    print(
        f"F1 kiosk: {CUTS} cuts, {len(shown)} codes shown, {len(wrong)} lost, doubled or missing, "
        f"ready after at most {max(starts):.1f} s (YUKEMURI_SEED={start})"
    )
    assert wrong == []
    assert len(shown) == len(set(shown)) >= CUTS
    assert max(starts) <= READY_S
