"""L1-L10 over random histories: whatever is asked, in whatever order, the books are those of the plain model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.runs import times
from tests.ledger.machine import machine
from tests.ledger.referee import template


@pytest.mark.timeout(times(300, 7_200))
def test_no_history_breaks_a_property_of_the_ledger(tmp_path: Path) -> None:
    run = settings(max_examples=times(20, 5_000), stateful_step_count=times(30, 60))
    run_state_machine_as_test(machine(template(tmp_path)), settings=run)
