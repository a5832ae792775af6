"""F9 and F11. The network is a black hole for two minutes: people notice nothing, machines do, and nothing is lost.

One outage serves both faults, a bus and a kiosk, because the two minutes are real.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.distant import distant
from tests.faults.scale import LONG, percentile, until
from tests.faults.village import BATH, BUS
from tests.faults.wire import wire

DEVICES = (BUS, BATH.device)
OUTAGE_S = 3600.0 if LONG else 120.0
TAPS = 500
ROUND_IT = 75
"""Taps before the outage, and as many after it: what they took is what a tap takes."""
NOTICED_S = 90.0
EMPTY_S = 60.0
AS_QUICK = {0.5: (2.0, 0.02), 0.99: (3.0, 0.25)}
"""Median and p99 in the outage: at most so many times those around it, and so many seconds for a busy disk."""

pytestmark = pytest.mark.timeout(OUTAGE_S + 240)


@dataclass(frozen=True)
class Outage:
    """What was seen of one machine."""

    around: list[float]
    during: list[float]
    waiting: int
    noticed_s: float
    empty_s: float
    greens: int
    last: dict[str, Any]


@pytest.fixture(scope="module")
def outages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outage]]:
    folder = tmp_path_factory.mktemp("outage")
    with wire() as line, distant(folder, line, *DEVICES) as far, ThreadPoolExecutor(len(DEVICES)) as threads:
        machines = far.machines.values()

        def all_tap(count: int, over_s: float) -> dict[str, list[float]]:
            tapping = {
                device: threads.submit(each.taps, count, over_s) for device, each in far.machines.items()
            }
            return {device: taken.result() for device, taken in tapping.items()}

        until(lambda: all(each.is_up for each in machines), "all are up")
        before = all_tap(ROUND_IT, 8.0)
        until(lambda: not any(each.waiting for each in machines), "all of before is taken in")
        line.cut()
        cut = time.monotonic()
        during = all_tap(TAPS, OUTAGE_S)
        time.sleep(max(0.0, cut + OUTAGE_S - time.monotonic()))
        silent = {device: each.status() for device, each in far.machines.items()}
        assert line.dropped() > 0
        line.mend()
        mended = time.monotonic()
        empty = {}
        for device, machine in far.machines.items():
            until(lambda machine=machine: machine.waiting == 0, "the queue is empty", EMPTY_S)  # type: ignore[misc]
            empty[device] = time.monotonic() - mended
        after = all_tap(ROUND_IT, 8.0)
        until(lambda: not any(each.waiting for each in machines), "all of after is taken in")
        lasts = {device: each.stop() for device, each in far.machines.items()}
        yield {
            device: Outage(
                before[device] + after[device],
                during[device],
                silent[device]["waiting"],
                min((moment for moment in silent[device]["downs"] if moment >= cut), default=float("inf"))
                - cut,
                empty[device],
                far.assert_all_arrived(device, lasts[device]),
                lasts[device],
            )
            for device in DEVICES
        }


@pytest.mark.parametrize("device", DEVICES)
def test_500_taps_without_a_network_are_neither_lost_nor_slower(
    outages: dict[str, Outage], device: str
) -> None:
    outage = outages[device]
    assert outage.waiting >= TAPS, "the outage was none"
    assert outage.greens == TAPS + 2 * ROUND_IT
    assert outage.empty_s <= EMPTY_S
    ratios = []
    for share, (times, grace_s) in AS_QUICK.items():
        around, during = percentile(outage.around, share), percentile(outage.during, share)
        ratios.append(
            f"p{share * 100:.0f} {around * 1000:.1f} -> {during * 1000:.1f} ms (x {during / around:.2f})"
        )
        assert during <= times * around + grace_s
    print(
        f"F9 {device}: {TAPS} taps in {OUTAGE_S:.0f} s without network, 0 lost, "
        f"queue empty after {outage.empty_s:.1f} s, taps {', '.join(ratios)}"
    )


@pytest.mark.parametrize("device", DEVICES)
def test_a_black_hole_is_noticed_and_swallows_nothing(outages: dict[str, Outage], device: str) -> None:
    outage = outages[device]
    assert outage.noticed_s <= NOTICED_S
    print(f"F11 {device}: black hole noticed after {outage.noticed_s:.1f} s, {outage.greens} taps, 0 lost")
