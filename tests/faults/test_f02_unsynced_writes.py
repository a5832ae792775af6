"""F2: whatever a disk makes of writes that were not synced, every committed record is there, and no half transaction."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.children import REPOSITORY, module
from tests.faults.journal_script import record_script
from tests.faults.runs import seed, times

STATES = 10_000
WRITES = times(60, 600)
MIXES = times(20, 60)
SHARES = 2
"""Processes at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the processes say together; `seconds` of them all."""

    states: int
    by_the_journal: int
    seconds: float
    breaches: list[str]


def judge(script: list[str], folder: Path, start: int, mixes: int = MIXES) -> Verdict:
    """Every crash state of these statements, shared out to some processes."""
    path = folder / "script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    # Thousands of small files a second, none of which is to last.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        running = [
            subprocess.Popen(
                [
                    *module("crash_states", path, Path(scratch, str(share))),
                    *("--seed", str(start), "--share", str(share), str(SHARES), "--mixes", str(mixes)),
                ],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
            )
            for share in range(SHARES)
        ]
        outs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * SHARES
    told = [json.loads(out) for out in outs]
    return Verdict(
        sum(each["states"] for each in told),
        sum(each["by_the_journal"] for each in told),
        sum(each["seconds"] for each in told),
        [breach for each in told for breach in each["breaches"]],
    )


def test_no_crash_state_lacks_a_committed_record_or_holds_half_a_transaction(tmp_path: Path) -> None:
    start = seed()
    script = record_script(tmp_path / "data", WRITES, Random(start))
    verdict = judge(script, tmp_path, start)
    print(
        f"F2: {verdict.states} states, {len(verdict.breaches)} violations, "
        f"{verdict.states / verdict.seconds:.0f} a second and process, "
        f"{verdict.by_the_journal} of them opened by the journal (YUKEMURI_SEED={start})"
    )
    assert verdict.breaches == []
    assert verdict.states >= STATES
