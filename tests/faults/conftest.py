"""What the tests of faults share: no wait that only exists to spare a modem."""

from __future__ import annotations

import pytest

from tests.faults.scale import LONG


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the short run, what is lost is sent again after half a second instead of ten."""
    if not LONG:
        monkeypatch.setattr("device.sync.AGAIN_S", 0.5)
        monkeypatch.setattr("central.inbox.listener.TICK_S", 0.1)
