"""What the kiosk's tests share: a world in which a turn without a fact does not wait for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk import desk as desk_module
from tests.kiosk.desk_bench import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(desk_module, "TICK_S", 0.0)
    return World(tmp_path)
