"""F22: the bus hangs. Whoever started it hears nothing more within ten seconds, and so can start it again."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.ears import ears_at, heard
from tests.terminal.test_commands import Unit, new_unit, on_virtual_pins

SILENT_S = 10.0
PATIENCE_S = 30.0


@pytest.fixture
def ears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with ears_at(tmp_path / "notify") as notify:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield notify


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return new_unit(tmp_path)


def test_a_bus_that_hangs_falls_silent_and_one_that_goes_on_is_heard_again(
    ears: socket.socket, unit: Unit, repository: Path
) -> None:
    with on_virtual_pins(unit, repository) as bus:
        assert "READY=1" in heard(ears, PATIENCE_S)
        assert [heard(ears, SILENT_S) for _ in range(3)] == ["WATCHDOG=1"] * 3
        os.kill(bus.pid, signal.SIGSTOP)
        stopped = last = time.monotonic()
        while heard(ears, SILENT_S):
            # What was on its way already.
            last = time.monotonic()
            assert last - stopped <= SILENT_S
        os.kill(bus.pid, signal.SIGCONT)
        assert heard(ears, PATIENCE_S) == "WATCHDOG=1"
    print(f"F22: pings stopped {last - stopped:.1f} s after the hang, and came back after it")
