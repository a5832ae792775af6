"""What the footprint bench promises: two real processes, their own figures, and a verdict on each target."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.broker import find_mosquitto
from tests.bench import __main__ as cli
from tests.bench import footprint
from tests.bench.footprint import Sample, cpu_s, descendants, pss_mb, rss_mb
from tests.bench.machine import NoRealDisk, NotMeasured, make_on_disk

GOOD = Sample((80.0, 50.0), (60.0, 32.0), (3.0, 4.0), 2.0, 1.5, 15.0)


@pytest.fixture
def disk() -> Iterator[Path]:
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "WATCHED_S", 4.0)
    monkeypatch.setattr(footprint, "SETTLE_S", 1.0)
    # A machine that runs other tests beside this one has no time for every picture.
    monkeypatch.setattr(footprint, "LEAST_FRAMES_A_SECOND", 1.0)


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
@pytest.mark.usefixtures("short")
def test_a_short_run_measures_the_terminal_and_its_reader(disk: Path) -> None:
    heard: list[int] = []
    document = json.loads(footprint.measure(disk, 1, heard.append).to_json())
    metrics = document["metrics"]
    assert (document["name"], document["runs"], heard) == ("footprint", 1, [1])
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    # Each has Python, numpy and its own libraries in memory.
    assert metrics["terminal_rss_mb"] > 30
    assert metrics["reader_rss_mb"] > 30
    assert metrics["rss_mb"] == pytest.approx(metrics["terminal_rss_mb"] + metrics["reader_rss_mb"], abs=0.01)
    assert metrics["terminal_cpu_percent"] > 0
    assert metrics["reader_cpu_percent"] > 0
    assert metrics["ready_s"] >= metrics["ready_cpu_s"] / 2 > 0


def test_a_reader_that_gets_too_few_pictures_is_not_measured() -> None:
    assert footprint.enough(15.0) == 15.0
    with pytest.raises(NotMeasured, match="pictures a second, not 15"):
        footprint.enough(10.0)


@pytest.mark.parametrize(
    ("sample", "missed"),
    [
        (GOOD, None),
        (Sample((100.0, 80.0), (90.0, 50.0), (3.0, 4.0), 2.0, 1.5, 15.0), None),
        (Sample((100.0, 80.0), (90.0, 61.0), (3.0, 4.0), 2.0, 1.5, 15.0), "memory_of_allowed"),
        (Sample((100.0, 51.0), (90.0, 0.0), (3.0, 4.0), 2.0, 1.5, 15.0), "memory_of_allowed"),
        (Sample((80.0, 50.0), (0, 0), (13.0, 13.0), 2.0, 1.5, 15.0), "cpu_of_allowed"),
        (Sample((80.0, 50.0), (0, 0), (3.0, 4.0), 3.1, 1.5, 15.0), "ready_of_allowed"),
    ],
)
def test_each_target_is_judged_for_both_processes_together(
    sample: Sample, missed: str | None, tmp_path: Path
) -> None:
    found = footprint.result([sample], tmp_path)
    assert [name for name, check in found.checks.items() if not check.held] == ([missed] if missed else [])
    assert found.ok == (missed is None)


def test_a_process_is_measured_by_what_it_takes() -> None:
    program = "import time; b = bytearray(b'x' * 64_000_000); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in descendants(os.getpid())
        assert 64_000_000 / 2**20 < rss_mb(child.pid) < 100
        assert 64_000_000 / 2**20 < pss_mb(child.pid) <= rss_mb(child.pid)
        child.kill()


def test_those_a_child_has_started_count_with_it() -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        assert {child.pid, grandchild} <= set(descendants(os.getpid()))
        os.kill(grandchild, signal.SIGKILL)


def test_a_process_that_works_for_a_while_has_used_that_time_of_a_core() -> None:
    before, until = cpu_s(os.getpid()), time.process_time() + 0.5
    while time.process_time() < until:
        pass
    assert 0.4 < cpu_s(os.getpid()) - before < 2.0
