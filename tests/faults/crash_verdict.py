"""F2: the crash states of a script, judged by some processes at once."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults.children import REPOSITORY, module
from tests.terminal.loop_bench import UNIT

SHARES = 2
"""Processes at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the processes say together; `seconds` of them all."""

    states: int
    by_the_journal: int
    seconds: float
    breaches: list[str]


def judge(script: list[str], folder: Path, start: int, mixes: int, device: str = UNIT) -> Verdict:
    """Every crash state of these statements of a machine's journal, shared out to some processes."""
    path = folder / "script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    # Thousands of small files a second, none of which is to last.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        running = [
            subprocess.Popen(
                [
                    *module("crash_states", path, Path(scratch, str(share))),
                    *(
                        "--seed",
                        str(start),
                        "--share",
                        str(share),
                        str(SHARES),
                        "--mixes",
                        str(mixes),
                        "--device",
                        device,
                    ),
                ],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
            )
            for share in range(SHARES)
        ]
        try:
            outs = [process.communicate()[0] for process in running]
        finally:
            for process in running:
                process.kill()
                process.wait()
    assert [process.returncode for process in running] == [0] * SHARES
    told = [json.loads(out) for out in outs]
    return Verdict(
        sum(each["states"] for each in told),
        sum(each["by_the_journal"] for each in told),
        sum(each["seconds"] for each in told),
        [breach for each in told for breach in each["breaches"]],
    )
