"""F17: clocks that begin in 1970, are set back by 1,024 weeks or stand at second 60. Order stays, nothing runs out."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from device.clock import BELIEVABLE_S, CONTRADICTING, NETWORK_CONTRADICTING
from device.journal import Journal
from device.journal.journal import DAY_S, KEPT_DAYS
from kiosk import desk as desk_module
from kiosk.desk import NETWORK_S
from rules.instant import ClockQuality
from rules.messages.events import ClockSet, Tapped
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from terminal.facts import FixSeen
from tests.device.events import NOW, started
from tests.faults.children import REPOSITORY
from tests.kiosk import desk_bench as kiosk_bench
from tests.terminal.loop_bench import T1, UNIT, World, bus_on

CORRECTED_S = 2.0
WEEKS_1024 = 1_024 * 7 * DAY_S
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))

WRITE = """
import sys, time
from pathlib import Path
from device.clock import Clock, SystemTime
from device.journal import Journal
from rules.messages.events import Started
with Journal(Path(sys.argv[1]), "bus-001", any_disk=True).open() as journal:
    clock = Clock(SystemTime(), "boot", journal.floor)
    journal.write([Started(at=clock.now(), version=str(int(time.time())))])
    print(journal.last.number, len(journal.records_after(0, 100)), flush=True)
"""


def test_a_bus_that_wakes_in_1970_keeps_order_and_knows_the_time_once_the_sky_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    world = World(tmp_path)
    with bus_on(world) as table:
        assert table.loop._bus.clock.now().wall == 0
        table.set_out()
        anchors = [event for event in table.events() if isinstance(event, ClockSet)]
        assert abs(anchors[0].wall - world.wall) <= CORRECTED_S
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        # The receiver rolls over: half a minute of sentences from 19 years ago.
        right = table.loop._bus.clock.now().wall
        for _ in range(30):
            world.time.move(1.0)
            seen = table.fix_at(0)
            table.do(FixSeen(seen.fix, (seen.wall or 0.0) - WEEKS_1024))
        now = table.loop._bus.clock.now().wall
        assert abs(now - right - 30) <= CORRECTED_S
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        taps = [event for event in table.events() if isinstance(event, Tapped)]
        assert [tap.outcome for tap in taps] == [Outcome.OK, Outcome.OK]
        numbers = [record.number for record in table.journal.records_after(0, 1_000)]
        assert numbers == list(range(1, len(numbers) + 1))
        floor = table.journal.floor
    world.boot = "later"
    with bus_on(world) as table:
        assert table.loop._bus.clock.now().wall == floor
    print(
        f"F17: from 1970 corrected to {abs(anchors[0].wall - NOW - 10):.0f} s, -1024 weeks not believed, 0 expired"
    )


@pytest.mark.parametrize("years", [27, 5])
def test_a_receiver_that_was_ahead_at_the_first_fix_does_not_outlive_its_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    world = World(tmp_path, proven=NOW - 30 * DAY_S)
    ahead = years * 366 * DAY_S
    with bus_on(world) as table:
        for _ in range(20):
            world.time.move(1.0)
            seen = table.fix_at(0)
            table.do(FixSeen(seen.fix, (seen.wall or 0.0) + ahead), T1)
        believed = table.loop._bus.clock.now().wall - world.wall > DAY_S
        assert believed == (ahead <= BELIEVABLE_S)
        assert (table.journal.floor > world.wall + DAY_S) == believed
    world.boot = "later"
    with bus_on(world) as table:
        waited = 0
        while not table.loop._bus.clock.now().wall_known:
            table.wait(1)
            table.do(table.fix_at(0))
            waited += 1
            assert waited <= CONTRADICTING
        assert abs(table.loop._bus.clock.now().wall - world.wall) <= CORRECTED_S
        table.do(T1)
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
    print(f"F17: {years} years ahead at the first fix: right again {waited} s after the restart, 0 expired")


def test_a_kiosk_that_wakes_in_1970_makes_codes_and_offers_them_again_whatever_its_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "TICK_S", 0.0)
    world = kiosk_bench.World(tmp_path, network=False)
    shown: list[int] = []
    with kiosk_bench.kiosk_on(world) as table:
        shown.append(table.offer())
        assert table.code_of(table.page.codes[-1].text).code.clock is ClockQuality.FLOOR
        # The network tells the time, two hours wrong, and later the right one.
        world.network, world.wrong_by = True, 7_200.0
        table.wait(12)
        shown.append(table.offer())
        world.wrong_by = 0.0
        table.wait(12)
        assert abs(table.desk._station.clock.now().wall - world.wall) <= CORRECTED_S
        shown.append(table.offer())
        assert set(table.again) == set(shown)
    world.begin_anew("without the network")
    world.network = False
    with kiosk_bench.kiosk_on(world) as table:
        assert set(table.again) == set(shown), "without the time nothing has run out"
        assert table.desk._station.clock.now().wall == table.journal.floor
        shown.append(table.offer())
    assert shown == list(range(1, len(shown) + 1))
    print(f"F17 kiosk: from 1970, 2 h wrong and back, {len(shown)} codes, 0 expired")


@pytest.mark.parametrize("wrong_s", [3 * DAY_S, 5 * 366 * DAY_S, 27 * 366 * DAY_S, -WEEKS_1024])
@pytest.mark.parametrize("restarts", [False, True], ids=["at once", "after a power cut"])
def test_a_kiosk_whose_network_was_wrong_is_right_within_minutes_of_its_being_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_s: float, *, restarts: bool
) -> None:
    monkeypatch.setattr(desk_module, "TICK_S", 0.0)
    world = kiosk_bench.World(tmp_path, wrong_by=float(wrong_s))
    with ExitStack() as power:
        table = power.enter_context(kiosk_bench.kiosk_on(world))
        table.wait(12)
        shown = [table.offer()]
        world.wrong_by, waited = 0.0, 0
        if restarts:
            power.close()
            world.begin_anew("again")
            table = power.enter_context(kiosk_bench.kiosk_on(world))
        while abs(table.desk._station.clock.now().wall - world.wall) > CORRECTED_S:
            table.wait(10)
            waited += 10
            assert waited <= NETWORK_CONTRADICTING * NETWORK_S
        shown.append(table.offer())
        assert shown == [1, 2]
        signed = table.code_of(table.page.codes[-1].text).code
        assert abs(signed.moment - world.wall) <= CORRECTED_S
        assert signed.clock is ClockQuality.NETWORK
        table.wait(60)
        assert abs(table.desk._station.clock.now().wall - world.wall) <= CORRECTED_S
    how = "after a restart" if restarts else "in the same run"
    print(f"F17 kiosk: network {wrong_s / DAY_S:,.0f} days wrong: right {waited} s after it was right, {how}")


def test_no_clock_of_the_machine_lets_a_record_go(tmp_path: Path) -> None:
    with Journal(tmp_path, UNIT, any_disk=True).open() as journal:
        for second in (-NOW, 0, 27 * 366 * DAY_S, -WEEKS_1024, 60):
            journal.write([started(str(second), second)])
            assert journal.acknowledge(journal.last.number, journal.last.hash.hex(), NOW)
            journal.tend()
        assert len(journal.records_after(0, 100)) == 5
        # The office's own clock jumps by 27 years: one more day on which something was acknowledged, no more.
        journal.write([started("jump")])
        assert journal.acknowledge(6, journal.last.hash.hex(), NOW + 27 * 366 * DAY_S)
        journal.tend()
        assert len(journal.records_after(0, 100)) == 6
        assert KEPT_DAYS == 35
    print("F17: machine's clock in 1970, +27 years, -1024 weeks; office's +27 years: 6 of 6 records kept")


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed: sudo apt-get install libfaketime")
def test_the_program_itself_runs_at_any_date(tmp_path: Path) -> None:
    dates = [
        "1970-01-01 00:00:05",
        "2053-06-01 12:00:00",
        "2007-02-12 08:00:00",
        "2016-12-31 23:59:60",
        "2026-11-26 09:00:00",
    ]
    said = []
    for date in dates:
        environment = {**os.environ, "LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"@{date}", "TZ": "UTC"}
        done = subprocess.run(
            [sys.executable, "-c", WRITE, tmp_path],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split())
    assert said == [[str(number), str(number)] for number in range(1, len(dates) + 1)]
    print(f"F17: libfaketime at {len(dates)} dates from 1970 to 2053: numbers 1 to {len(dates)}, none lost")
