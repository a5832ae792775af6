"""F4: after a write or a sync that failed, no lamp is green; the bus ends at once and the journal opens cleanly."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.failed import after_the_failure, breaches_of
from tests.faults.runs import seed, times
from tests.faults.traced import TO_THE_DISK, Strike, calls_of, every_call, strike, undisturbed

MOST = times(24, 10_000)
BUS = ("none", "seldom")
SYNCS = ("fdatasync", "fsync")


@pytest.mark.timeout(times(300, 3_600))
@pytest.mark.parametrize(
    ("error", "calls", "again"),
    [("EIO", TO_THE_DISK, ""), ("EIO", TO_THE_DISK, "+"), ("ENOSPC", SYNCS, "")],
    ids=["EIO once", "EIO for ever", "ENOSPC on a sync"],
)
def test_a_disk_that_fails_shows_red_and_ends_the_bus(
    tmp_path: Path, error: str, calls: tuple[str, ...], again: str
) -> None:
    start = seed()
    first = undisturbed("fail_bus", tmp_path / "first", *BUS)
    found = calls_of(first, first="ready", last="ended")
    faults = every_call(found, calls, MOST, Random(start))
    how = Strike(f"error={error}", calls, again)
    struck = strike(how, tmp_path / "struck", "fail_bus", faults, first, *BUS)
    wrong = [breach for each in struck for breach in breaches_of(each)]
    slowest = max(after_the_failure(each)[1] for each in struck)
    print(
        f"F4: {error}{again} at {len(struck)} of {sum(len(found[call]) for call in calls)} calls, "
        f"{len(wrong)} violations, ended after at most {slowest:.2f} s (YUKEMURI_SEED={start})"
    )
    assert wrong == []
