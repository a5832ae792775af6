"""F2: whatever a disk makes of writes not yet synced, every committed record is there, and no half transaction."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.crash_verdict import judge
from tests.faults.journal_script import record_script
from tests.faults.runs import seed, times

STATES = 10_000
WRITES = times(56, 400)
MIXES = times(20, 50)


@pytest.mark.timeout(times(300, 7_200))
def test_no_crash_state_lacks_a_committed_record_or_holds_half_a_transaction(tmp_path: Path) -> None:
    start = seed()
    script = record_script(tmp_path / "data", WRITES, Random(start))
    verdict = judge(script, tmp_path, start, MIXES)
    print(
        f"F2: {verdict.states} states, {len(verdict.breaches)} violations, "
        f"{verdict.states / verdict.seconds:.0f} a second and process, "
        f"{verdict.by_the_journal} of them opened by the journal (YUKEMURI_SEED={start})"
    )
    assert verdict.breaches == []
    assert verdict.states >= STATES
