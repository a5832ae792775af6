"""F28: a journal with one protection missing fails these tests. Each mutant is found by the fault that it is about."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from device.journal import PRAGMAS
from tests.faults.children import child, module
from tests.faults.crash_verdict import judge
from tests.faults.cuts import MOST_S, Lives
from tests.faults.failed import breaches_of
from tests.faults.journal_check import breaches, greens_in
from tests.faults.journal_script import record_script
from tests.faults.kill_central import books, found_office
from tests.faults.killed import KILL, content, device_breaches, killed_everywhere, office_breaches
from tests.faults.power import disk_of_its_own
from tests.faults.runs import seed
from tests.faults.test_f26_two_copies import ENDS_S, is_ready
from tests.faults.traced import Fault, Strike, calls_of, strike, undisturbed

CUTS = 25
"""At most: it ends with the first that finds something."""


@pytest.mark.parametrize("mutant", ["synchronous-normal", "commits-later"])
def test_a_power_cut_finds_a_journal_that(tmp_path: Path, mutant: str) -> None:
    start = seed()
    with disk_of_its_own(tmp_path) as disk:
        lives = Lives(disk, tmp_path, Random(start), mutant, rest_s=4 * MOST_S)
        for life in range(CUTS):
            lives.cut(life)
            if lives.breaches:
                break
    print(f"F28: {mutant} lost {len(lives.breaches)} lamps at cut {life} (YUKEMURI_SEED={start})")
    assert any("lost: " in breach for breach in lives.breaches)


@pytest.mark.parametrize("synchronous", [0, 1])
def test_crash_states_find_a_journal_with_synchronous(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: int
) -> None:
    start = seed()
    monkeypatch.setitem(PRAGMAS, "synchronous", synchronous)
    script = record_script(tmp_path / "data", 10, Random(start))
    verdict = judge(script, tmp_path, start, 4)
    print(
        f"F28: synchronous={synchronous} failed in {len(verdict.breaches)} of {verdict.states} states "
        f"(YUKEMURI_SEED={start})"
    )
    assert any("back at transaction" in breach for breach in verdict.breaches)


@pytest.mark.parametrize("mutant", ["piecemeal", "commits-later"])
def test_a_kill_finds_a_journal_that(tmp_path: Path, mutant: str) -> None:
    killed, _ = killed_everywhere("kill_device", tmp_path, 40, seed(), mutant)
    found = [breach for each in killed for breach in device_breaches(each)]
    print(f"F28: {mutant}: {len(found)} breaches after {len(killed)} kills")
    assert found


def test_a_kill_finds_an_office_that_answers_before_its_commit(tmp_path: Path) -> None:
    office = tmp_path / "office"
    found_office(office)
    struck = undisturbed("kill_central", tmp_path / "first", office, "answers-first")
    with books(struck.folder / "data") as whole_office:
        whole = content(whole_office)
    commits = [Fault("pwrite64", nth) for nth in calls_of(struck, first="acknowledged ")["pwrite64"][:4]]
    killed = strike(KILL, tmp_path / "killed", "kill_central", commits, struck, office, "answers-first")
    found = [breach for each in killed for breach in office_breaches(each, whole)]
    print(f"F28: an office that answers first: {len(found)} breaches after {len(killed)} kills")
    assert any("acknowledged" in breach for breach in found)


def test_a_failed_sync_finds_a_journal_that_goes_on(tmp_path: Path) -> None:
    bus = ("goes-on-after-an-error", "seldom")
    first = undisturbed("fail_bus", tmp_path / "first", *bus)
    nths = calls_of(first, first="green", last="ended")["fdatasync"]
    faults = [Fault("fdatasync", nth) for nth in nths[:3]]
    how = Strike("error=EIO", ["fdatasync"])
    struck = strike(how, tmp_path / "struck", "fail_bus", faults, first, *bus)
    found = [breach for each in struck for breach in breaches_of(each)]
    print(f"F28: a journal that goes on after an error: {len(found)} breaches after {len(struck)} errors")
    assert any("green lamps afterwards" in breach for breach in found)


def test_a_second_copy_finds_a_journal_without_its_lock(tmp_path: Path) -> None:
    command = module("bus", tmp_path / "data", 0, "--mutant", "no-lock")
    with child(command, tmp_path / "errors") as first:
        first.wait_for(is_ready)
        with child(command, tmp_path / "other errors") as second, pytest.raises(subprocess.TimeoutExpired):
            second.process.wait(2 * ENDS_S)
    print("F28: without its lock, a second copy waits for SQLite's")


@pytest.mark.parametrize(
    ("mutant", "breach"),
    [
        ("leaves-numbers-out", "is missing"),
        ("no-chain", "the chain breaks at"),
        ("writes-twice", "doubled: "),
    ],
)
def test_a_reading_finds_a_journal_that(tmp_path: Path, mutant: str, breach: str) -> None:
    command = module("bus", tmp_path / "data", 0, "--greens", 20, "--mutant", mutant)
    with child(command, tmp_path / "errors") as bus:
        bus.end()
    found = breaches(tmp_path / "data", greens_in(bus.lines), bus.lines[0].split()[1])
    print(f"F28: {mutant}: {len(found)} breaches")
    # Or the journal itself has noticed at the next start, and gone on in a new file.
    assert any(breach in sentence or sentence.startswith("epoch ") for sentence in found)
