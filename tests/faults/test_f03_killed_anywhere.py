"""F3: killed between any two system calls, a journal or the office's books hold all that was said, once and whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kill_central import books, found_office
from tests.faults.killed import content, device_breaches, killed_everywhere, office_breaches
from tests.faults.runs import seed, times

MOST_DEVICE, MOST_CENTRAL = times(250, 100_000), times(70, 100_000)
"""Of all calls; the long run takes every one."""


@pytest.mark.timeout(times(300, 3_600))
def test_a_device_killed_at_any_call_has_every_record_it_spoke_of(tmp_path: Path) -> None:
    start = seed()
    killed, calls = killed_everywhere("kill_device", tmp_path, MOST_DEVICE, start, "none")
    found = [breach for each in killed for breach in device_breaches(each)]
    print(
        f"F3: device killed at {len(killed)} of {calls} calls, {len(found)} violations (YUKEMURI_SEED={start})"
    )
    assert found == []


@pytest.mark.timeout(times(300, 3_600))
def test_an_office_killed_at_any_call_has_booked_once_all_it_acknowledged(tmp_path: Path) -> None:
    start = seed()
    office = tmp_path / "office"
    found_office(office)
    killed, calls = killed_everywhere("kill_central", tmp_path, MOST_CENTRAL, start, office, "none")
    with books(tmp_path / "first" / "write-0" / "data") as undisturbed:
        whole = content(undisturbed)
    found = [breach for each in killed for breach in office_breaches(each, whole)]
    print(
        f"F3: office killed at {len(killed)} of {calls} calls, {len(found)} violations (YUKEMURI_SEED={start})"
    )
    assert found == []
