"""F3, the updater: killed between any two system calls, the old version runs or the new one, and a repeat ends it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from provisioning.update.outcomes import GOOD, Outcome
from tests.faults import traced
from tests.faults.kill_update import NEW, OLD
from tests.faults.killed import KILLED
from tests.faults.runs import seed, times
from tests.faults.traced import Strike, Struck, calls_of, every_call, strike, undisturbed
from tests.provisioning.update_bench import CRASHES, FAULTY, NOTHING_WRONG, Table

CALLS = (*traced.CALLS, "rename", "symlink")
"""Those by which an updater changes what lies on a disk, too."""
MOST = times(150, 100_000)


def killed_everywhere(
    folder: Path, wrong: str, mutant: str, most: int, start: int
) -> tuple[list[Struck], int]:
    """Updates, each killed at another call after it has begun; and how many calls there are."""
    arguments = (wrong or "well", mutant)
    first = undisturbed("kill_update", folder / "first", *arguments)
    calls = calls_of(first, first="begun", last="ended")
    faults = every_call(calls, CALLS, most, Random(start))
    how = Strike("signal=SIGKILL", CALLS)
    killed = strike(how, folder / "killed", "kill_update", faults, first, *arguments)
    assert [each.fault for each in killed if each.status != KILLED] == []
    return killed, sum(map(len, calls.values()))


def update_breaches(struck: Struck, wrong: str, *, power: bool) -> list[str]:
    """What is wrong with the unit now, after the power went too if `power`, and once the update was repeated."""
    table = Table(struck.folder / "unit")
    found = table.breaches({OLD, NEW})
    if power:
        table.switch_on()
        found += table.breaches({OLD, NEW})
    outcome = table.updater.take(table.folder / "stick" / NEW).outcome
    last = OLD if wrong else NEW
    if outcome not in ({Outcome.ROLLED_BACK} if wrong else GOOD):
        found.append(f"the repeat ended with {outcome}")
    found += table.breaches({last})
    if table.links != {"current": last, "trusted": last, "former": None if wrong else OLD}:
        found.append(f"the repeat left {table.links}")
    if (
        table.place.versions() != ([OLD] if wrong else [OLD, NEW])
        or (table.place.folder / "incoming").exists()
    ):
        found.append(f"the repeat left {table.place.versions()}")
    return [f"{struck.fault.name}: {breach}" for breach in found]


@pytest.fixture(autouse=True)
def more_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traced, "CALLS", CALLS)


@pytest.mark.timeout(times(300, 3_600))
@pytest.mark.parametrize("wrong", [NOTHING_WRONG, FAULTY, CRASHES])
def test_an_updater_killed_at_any_call_leaves_a_version_that_runs(tmp_path: Path, wrong: str) -> None:
    start = seed()
    killed, calls = killed_everywhere(tmp_path, wrong, "none", MOST, start)
    found = [
        breach
        for nth, each in enumerate(killed)
        for breach in update_breaches(each, wrong, power=nth % 2 == 0)
    ]
    print(
        f"F3: updater to a version that is {wrong or 'well'} killed at {len(killed)} of {calls} calls, "
        f"{len(found)} violations (YUKEMURI_SEED={start})"
    )
    assert found == []


@pytest.mark.parametrize(
    ("mutant", "wrong"), [("links-in-two-steps", NOTHING_WRONG), ("trusts-at-once", FAULTY)]
)
def test_a_kill_finds_an_updater_that(tmp_path: Path, mutant: str, wrong: str) -> None:
    start = seed()
    killed, _ = killed_everywhere(tmp_path, wrong, mutant, 100_000, start)
    found = []
    for each in killed:
        table = Table(each.folder / "unit")
        found += table.breaches({OLD, NEW})
        if table.links["trusted"] == NEW:
            found.append(f"{each.fault.name}: {NEW} is trusted, and it is {wrong}")
    print(f"F28: updater, {mutant}: {len(found)} breaches after {len(killed)} kills (YUKEMURI_SEED={start})")
    assert found
