"""F5, the updater: a disk that fills up at any point of an update leaves a version that runs, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.update import updater
from provisioning.update.outcomes import Outcome
from tests.faults.disks import small_disk
from tests.faults.runs import times
from tests.provisioning.update_bench import Table

MEGABYTES = 8
KIB = 1024
LEFT_KIB = range(0, 520, times(40, 4))
"""What is left when an update begins: from nothing to more than it takes."""


def test_a_disk_that_fills_up_during_an_update_leaves_a_version_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not even looked at beforehand: somebody else may fill it meanwhile.
    monkeypatch.setattr(updater, "ROOM_TIMES", 0)
    monkeypatch.setattr(updater, "ROOM_BYTES", 0)
    found: dict[Outcome, int] = {}
    with small_disk(tmp_path, MEGABYTES, has_log=False) as disk:
        place = disk / "place"
        old = "0.0"
        Table(tmp_path / "unit", at=place).begin(old)
        for nth, left in enumerate(LEFT_KIB):
            table = Table(tmp_path / "unit", at=place)
            new = f"0.{nth + 1}"
            release = table.release(new)
            stuffing = disk / "stuffing"
            fill(stuffing, left * KIB)
            outcome = table.updater.take(release).outcome
            found[outcome] = found.get(outcome, 0) + 1
            assert outcome in (Outcome.NO_ROOM, Outcome.UPDATED)
            assert table.breaches({old, new}) == []
            if outcome is Outcome.NO_ROOM and table.links["current"] == old:
                assert table.place.versions() == sorted({old, table.links["former"] or old})
            stuffing.unlink()
            table.updater.take(release)
            assert table.breaches({new}) == []
            assert table.links == {"current": new, "trusted": new, "former": old}
            old = new
    print(f"F5: updates on a disk with {LEFT_KIB[0]} to {LEFT_KIB[-1]} KiB left: {found}")
    assert set(found) == {Outcome.NO_ROOM, Outcome.UPDATED}


def fill(stuffing: Path, left: int) -> None:
    """All but so many bytes of the disk are taken."""
    with stuffing.open("wb", buffering=0) as file:
        file.write(b"")
        for size in (65_536, 4_096, 512, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
        file.truncate(max(0, file.tell() - left))
