"""F21: the data folder cannot be written, or lies where a power cut takes it. No start, or red at once; never green."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from device.facts import CodeSeen
from device.journal import Journal, JournalUnusable
from kiosk import desk as desk_module
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from tests.faults.disks import mounted, small_disk
from tests.kiosk import desk_bench as kiosk_bench
from tests.terminal.loop_bench import UNIT, World, bus_on, text_of

RED_S = 1.0


def refusal(folder: Path) -> str:
    begun = time.monotonic()
    with pytest.raises(JournalUnusable) as refused:
        Journal(folder, UNIT).open()
    assert time.monotonic() - begun <= RED_S
    text = str(refused.value)
    assert text.count(" / ") == 1
    return text


def test_a_tmpfs_is_refused(tmp_path: Path) -> None:
    with mounted(tmp_path / "data", "-t", "tmpfs", "tmpfs") as folder:
        assert "tmpfs" in refusal(folder / "unit")
    print("F21: tmpfs: start refused")


def test_an_overlay_is_refused(tmp_path: Path) -> None:
    for name in ("lower", "upper", "work"):
        (tmp_path / name).mkdir()
    layers = f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work"
    with mounted(tmp_path / "data", "-t", "overlay", "overlay", "-o", layers) as folder:
        assert "overlay" in refusal(folder / "unit")
    print("F21: overlay: start refused")


def test_a_disk_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=8) as disk:
        Journal(disk / "unit", UNIT).open().close()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert "check who owns the folder" in refusal(disk / "unit")
    print("F21: read-only disk: start refused")


def test_a_disk_that_turns_read_only_is_a_red_lamp_at_the_next_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    with small_disk(tmp_path, megabytes=32, has_log=True) as disk:
        world = World(disk / "unit")
        with bus_on(world) as table:
            table.set_out()
            assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
            greens = len(table.signals.answers)
            # What the kernel does by itself when the card fails.
            subprocess.run(["mount", "-o", "remount,abort", disk], check=False, capture_output=True)
            begun = time.monotonic()
            assert table.loop.report(CodeSeen(text_of(world.office.phone().code(world.moment))))
            # It has begun: `run` only goes on from here.
            table.loop.begin = lambda: None  # type: ignore[method-assign]
            assert table.loop.run() == 1
            took = time.monotonic() - begun
            assert table.signals.faulty
            assert len(table.signals.answers) == greens
    print(f"F21: turned read-only while serving: red after {took:.2f} s, 0 greens")
    assert took <= RED_S


def test_a_disk_that_turns_read_only_ends_the_kiosk_before_another_code_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "TICK_S", 0.0)
    with (
        small_disk(tmp_path, megabytes=32, has_log=True) as disk,
        kiosk_bench.kiosk_on(kiosk_bench.World(disk / "unit")) as table,
    ):
        table.offer()
        table.world.time.move(2.0)
        subprocess.run(["mount", "-o", "remount,abort", disk], check=False, capture_output=True)
        begun = time.monotonic()
        assert table.desk.report(kiosk_bench.ONE)
        table.desk.begin = lambda: None  # type: ignore[method-assign]
        assert table.desk.run() == 1
        took = time.monotonic() - begun
        assert table.page.codes == ()
        assert "Cannot record" in table.page.stopped
        assert list(table.seen_codes) == [1]
    print(f"F21 kiosk: turned read-only while serving: over after {took:.2f} s, 0 codes more")
    assert took <= RED_S
