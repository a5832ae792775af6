"""F1, the updater: the power goes at any moment of an update, and afterwards a whole version runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from provisioning.update.outcomes import GOOD, Outcome
from tests.faults.children import child, module
from tests.faults.power import Disk, disk_of_its_own
from tests.faults.runs import seed, times
from tests.faults.update_program import table_on

CUTS = times(25, 300)
FIRST = "0.0"
MOST_S = 0.12
"""About as long as an update takes here, and a little longer."""


@dataclass
class Updates:
    """One unit's disk through one update after the other, each cut at some moment."""

    disk: Disk
    scratch: Path
    dice: Random
    mutant: str = "none"
    breaches: list[str] = field(default_factory=list)
    moments: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """The first version."""
        self.disk.data.mkdir()
        table_on(self.disk.data, self.scratch).begin(FIRST)

    def cut(self, life: int) -> None:
        """Begin an update, cut the power, and see what the disk has kept and how it goes on."""
        table = table_on(self.disk.data, self.scratch)
        old, new = table.links["current"], f"0.{life + 1}"
        assert old is not None
        command = module("update_program", self.disk.data, self.scratch, new, self.mutant)
        with child(command, self.scratch / "errors") as running:
            running.wait_for(lambda lines: "ready" in lines)
            time.sleep(self.dice.uniform(0, MOST_S))
            running.freeze()
            self.disk.cut_power()
        said = running.lines[1:]
        self.disk.pull_out()
        self.disk.plug_in()
        self._note(table.links, old, new, said)
        wrong = table.breaches({old, new})
        if said == [f"{Outcome.UPDATED} {new}"] and table.links["current"] != new:
            wrong.append(f"{said[0]} was said, but {table.links} is there")
        elif said and said != [f"{Outcome.UPDATED} {new}"]:
            wrong.append(f"it said {said}")
        if not wrong:
            wrong += self._goes_on(old, new)
        self.breaches += [f"cut {life}: {each}" for each in wrong]

    def _goes_on(self, old: str, new: str) -> list[str]:
        """The unit is switched on, and somebody takes the same release in again."""
        table = table_on(self.disk.data, self.scratch)
        table.switch_on()
        wrong = table.breaches({old, new})
        outcome = table.updater.take(self.scratch / "stick" / new).outcome
        if outcome not in GOOD or table.links != {"current": new, "trusted": new, "former": old}:
            wrong.append(f"the repeat ended with {outcome} and left {table.links}")
        if table.place.versions() != sorted((old, new), key=str):
            wrong.append(f"the repeat left {table.place.versions()}")
        return wrong + table.breaches({new})

    def _note(self, links: dict[str, str | None], old: str, new: str, said: list[str]) -> None:
        if said:
            moment = "after it"
        elif links["current"] == old:
            moment = "before the change"
        else:
            moment = "on trial" if links["trusted"] == old else "trusted"
        self.moments[moment] = self.moments.get(moment, 0) + 1


@pytest.mark.timeout(times(300, 3_600))
def test_a_power_cut_at_any_moment_of_an_update_leaves_a_version_that_runs(tmp_path: Path) -> None:
    start = seed()
    with disk_of_its_own(tmp_path) as disk:
        updates = Updates(disk, tmp_path / "unit", Random(start))
        updates.begin()
        for life in range(CUTS):
            updates.cut(life)
    print(
        f"F1: {CUTS} cuts of an updater ({updates.moments}), {len(updates.breaches)} violations "
        f"(YUKEMURI_SEED={start})"
    )
    assert updates.breaches == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", ["seals-unsynced", "links-unsynced"])
def test_a_power_cut_finds_an_updater_that(tmp_path: Path, mutant: str) -> None:
    start = seed()
    with disk_of_its_own(tmp_path) as disk:
        updates = Updates(disk, tmp_path / "unit", Random(start), mutant)
        updates.begin()
        for life in range(CUTS):
            updates.cut(life)
            if updates.breaches:
                break
    print(f"F28: updater, {mutant}: {updates.breaches[:1]} at cut {life} (YUKEMURI_SEED={start})")
    assert updates.breaches
