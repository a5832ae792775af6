"""F2: whatever a disk makes of writes not yet synced, every committed record is there, and no half transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.faults.crash_verdict import Verdict, judge
from tests.faults.journal_script import record_script
from tests.faults.kiosk_script import record_kiosk_script
from tests.faults.runs import seed, times
from tests.kiosk.desk_bench import UNIT as KIOSK
from tests.terminal.loop_bench import UNIT

STATES = times(10_000, 300_000)
WRITES = 28
MIXES = times(20, 50)
MOST_SCRIPTS = times(6, 150)
"""How many states one script has depends on the dice; so many scripts have them for certain."""


@pytest.mark.timeout(times(300, 7_200))
@pytest.mark.parametrize(
    ("device", "record"), [(UNIT, record_script), (KIOSK, record_kiosk_script)], ids=["journal", "kiosk"]
)
def test_no_crash_state_lacks_a_committed_record_or_holds_half_a_transaction(
    tmp_path: Path, device: str, record: Callable[[Path, int, Random], list[str]]
) -> None:
    start = seed()
    verdicts: list[Verdict] = []
    while sum(each.states for each in verdicts) < STATES and len(verdicts) < MOST_SCRIPTS:
        nth = start + len(verdicts)
        script = record(tmp_path / f"{nth}", WRITES, Random(nth))
        verdicts.append(judge(script, tmp_path, nth, MIXES, device))
    states = sum(each.states for each in verdicts)
    breaches = [breach for each in verdicts for breach in each.breaches]
    print(
        f"F2 {device}: {states} states of {len(verdicts)} scripts, {len(breaches)} violations, "
        f"{states / sum(each.seconds for each in verdicts):.0f} a second and process, "
        f"{sum(each.by_the_journal for each in verdicts)} of them opened by the journal (YUKEMURI_SEED={start})"
    )
    assert breaches == []
    assert states >= STATES
