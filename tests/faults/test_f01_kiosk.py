"""F1 for the kiosk: the power goes at any moment; every code that stood on the screen is one record of the journal."""

from __future__ import annotations

import shutil
import time
from functools import partial
from pathlib import Path
from random import Random

import pytest

from device.journal import Journal
from rules.messages.codec import decode_event
from rules.messages.events import PointsOffered
from tests.faults.children import child, module
from tests.faults.journal_check import ALL, chain_breaches
from tests.faults.power import disk_of_its_own
from tests.faults.runs import seed, times
from tests.kiosk.desk_bench import UNIT

pytestmark = pytest.mark.alone

CUTS = times(12, 300)
MOST_CODES = 20
MOST_S = 0.012
READY_S = 5.0

Code = tuple[int, int]
"""A code's number and moment."""


def shown_in(lines: list[str]) -> list[Code]:
    return [(int(number), int(moment)) for word, number, moment in map(str.split, lines) if word == "shown"]


def _are_shown(enough: int, lines: list[str]) -> bool:
    return len(shown_in(lines)) >= enough


def breaches(data: Path, copy: Path, shown: list[Code]) -> list[str]:
    """What is wrong with the journal, read from a copy."""
    shutil.copytree(data, copy)
    try:
        with Journal(copy, UNIT, any_disk=True).open() as journal:
            records = journal.records_after(0, ALL)
            found = chain_breaches(journal.epoch, records, UNIT)
    finally:
        shutil.rmtree(copy)
    events = [decode_event(record.body) for record in records]
    offered = [(event.number, event.moment) for event in events if isinstance(event, PointsOffered)]
    found += [f"lost: {code}" for code in shown if code not in offered]
    if [number for number, _ in offered] != list(range(1, len(offered) + 1)):
        found.append(f"a number is missing or doubled: {offered[-3:]}")
    return found


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
            wrong += [f"cut {life}: {breach}" for breach in breaches(disk.data, tmp_path / "copy", shown)]
    print(
        f"F1 kiosk: {CUTS} cuts, {len(shown)} codes shown, {len(wrong)} lost, doubled or missing, "
        f"ready after at most {max(starts):.1f} s (YUKEMURI_SEED={start})"
    )
    assert wrong == []
    assert len(shown) == len(set(shown)) >= CUTS
    assert max(starts) <= READY_S
