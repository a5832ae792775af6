"""The units under systemd/: hardened as far as security asks, and naming only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click import Context, Group

from kiosk.main import cli
from tests.tidy.tree import ROOT

UNITS = sorted((ROOT / "systemd").glob("*/*.service"))
TIMERS = sorted((ROOT / "systemd").glob("*/*.timer"))
MOST_EXPOSED = 20
"""In tenths, as systemd-analyze counts: a bare unit scores over 9."""
GROUPS: dict[str, Group] = {"yukemuri-kiosk": cli}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_no_further_than_allowed(unit: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    command = [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_commands_that_there_are(unit: Path) -> None:
    for program, command in re.findall(r"/opt/yukemuri/bin/(\S+) (\S+)", unit.read_text(encoding="utf-8")):
        group = GROUPS[program]
        assert command in group.list_commands(Context(group))


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.name)
def test_a_timer_has_its_unit(timer: Path) -> None:
    assert timer.with_suffix(".service") in UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_who_asks_the_kiosk_is_its_own_user_and_needs_no_right_of_roots(unit: Path) -> None:
    """Its socket opens to that user alone: a root whose rights the unit takes away is not answered."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    if any("bin/yukemuri-kiosk screen" in line for line in lines):
        assert {"User=yukemuri", "CapabilityBoundingSet=", "AmbientCapabilities="} <= set(lines)
        assert not any(re.match(r"Exec\w+=\W*[+!].*/bin/yukemuri", line) for line in lines)
