"""One time for all processes of a bench: continuous, shared, at any speed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hil.virtual import clock as clock_module
from hil.virtual.clock import VirtualTime

START = 1_795_000_000.0


def test_a_world_begins_at_its_second_and_runs_at_its_rate(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START, rate=100.0)
    first = clock.monotonic()
    assert 0 <= first < 100 and clock.rate == 100.0
    time.sleep(0.1)
    assert 10 <= clock.monotonic() - first < 500
    assert clock.wall() - START == pytest.approx(clock.monotonic(), abs=50)


def test_all_who_attach_share_it(tmp_path: Path) -> None:
    made = VirtualTime.create(tmp_path / "clock", START, rate=0.0)
    joined = VirtualTime.attach(tmp_path / "clock")
    joined.set_rate(50.0)
    assert made.rate == 50.0
    made.set_rate(0.0)
    assert made.monotonic() == joined.monotonic() > 0


def test_another_process_sees_the_same_second(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START, rate=1.0)
    clock.sleep(0.05)
    clock.set_rate(0.0)
    code = "import sys; from pathlib import Path; from hil.virtual.clock import VirtualTime as V; "
    code += "print(V.attach(Path(sys.argv[1])).wall())"
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "clock")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(shown.stdout) == clock.wall()


def test_a_new_rate_makes_no_jump(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START, rate=1.0)
    for rate in (60.0, 0.0, 1.0, 1000.0, 0.5):
        before = clock.monotonic()
        real = time.monotonic()
        rates = (clock.rate, rate)
        clock.set_rate(rate)
        after = clock.monotonic()
        assert 0 <= after - before <= (time.monotonic() - real) * max(rates) + 1e-6


def test_time_never_goes_back_while_others_change_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = VirtualTime.create(path, START)
    over = threading.Event()
    backwards: list[float] = []

    def watch() -> None:
        own = VirtualTime.attach(path)
        last = own.monotonic()
        while not over.is_set():
            now = own.monotonic()
            if now < last:
                backwards.append(last - now)
            last = now

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for step in range(2000):
        clock.set_rate((0.0, 1000.0, 1.0, 100_000.0)[step % 4])
    over.set()
    for watcher in watchers:
        watcher.join()
    assert backwards == []


def test_writers_of_several_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = VirtualTime.create(path, START)
    code = "import sys; from pathlib import Path; from hil.virtual.clock import VirtualTime as V\n"
    code += "c = V.attach(Path(sys.argv[1]))\nfor n in range(6000): c.set_rate(n % 7)\n"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    last = 0.0
    while any(writer.poll() is None for writer in writers):
        now = clock.monotonic()
        assert now >= last
        last = now
    assert [writer.returncode for writer in writers] == [0, 0]
    assert int.from_bytes(path.read_bytes()[:8], sys.byteorder) == 24_000


def test_a_sleeper_notices_a_new_rate(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START, rate=0.0)
    awake = threading.Event()

    def nap() -> None:
        clock.sleep(600.0)
        awake.set()

    sleeper = threading.Thread(target=nap)
    sleeper.start()
    assert not awake.wait(0.1)
    clock.set_rate(10_000.0)
    assert awake.wait(5)
    sleeper.join()
    assert clock.monotonic() >= 600.0


def test_sleeping_takes_as_long_as_it_should(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START, rate=100.0)
    begun = time.monotonic()
    clock.sleep(20.0)
    assert 0.19 <= time.monotonic() - begun < 2


def test_bad_rates_and_foreign_files_are_refused(tmp_path: Path) -> None:
    clock = VirtualTime.create(tmp_path / "clock", START)
    for rate in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="rate"):
            clock.set_rate(rate)
    (tmp_path / "other").write_bytes(b"something else")
    with pytest.raises(ValueError, match="not a virtual bench's clock"):
        VirtualTime.attach(tmp_path / "other")
    with pytest.raises(FileNotFoundError):
        VirtualTime.attach(tmp_path / "none")


def test_a_half_written_clock_is_said_and_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "_TORN_READS", 20)
    path = tmp_path / "clock"
    clock = VirtualTime.create(path, START)
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write((1).to_bytes(8, sys.byteorder))
    with pytest.raises(RuntimeError, match="half written"):
        clock.monotonic()
    with path.open("r+b") as file:
        file.write(content)
    assert clock.monotonic() >= 0
