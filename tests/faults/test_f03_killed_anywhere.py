"""F3: killed between any two system calls, a journal or the office's books hold all that was said, once and whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.kill_central import books, found_office
from tests.faults.killed import (
    content,
    device_breaches,
    killed_everywhere,
    kiosk_killed_breaches,
    office_breaches,
)
from tests.faults.runs import seed, times
from tests.faults.traced import Struck

MOST_DEVICE, MOST_CENTRAL = times(250, 100_000), times(70, 100_000)
"""Of all calls; the long run takes every one."""


@pytest.mark.timeout(times(300, 3_600))
@pytest.mark.parametrize(
    ("machine", "breaches_of"), [("device", device_breaches), ("kiosk", kiosk_killed_breaches)]
)
def test_a_machine_killed_at_any_call_has_everything_it_spoke_of(
    tmp_path: Path, machine: str, breaches_of: Callable[[Struck], list[str]]
) -> None:
    start = seed()
    killed, calls = killed_everywhere(f"kill_{machine}", tmp_path, MOST_DEVICE, start, "none")
    found = [breach for each in killed for breach in breaches_of(each)]
    print(
        f"F3: {machine} killed at {len(killed)} of {calls} calls, {len(found)} violations (YUKEMURI_SEED={start})"
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
