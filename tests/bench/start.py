"""`start`: from the terminal's start, on a trip that was under way, to the first green lamp of a rider who waits.

The bus is cut off as by the key and its program started anew on the virtual bench, with its receiver, its camera and a
phone's code in front of it. What comes before on a real bus (firmware, kernel, systemd) needs the hardware.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from central.network.feeds.open_feed import read_feed
from hil.bench import Bench, MosquittoMissing, Plan
from hil.demo import LINE, NOTICE
from hil.journey import Journey
from hil.rounds import rounds
from hil.virtual.ports import PortTaken
from hil.virtual.processes import NotReady
from tests.bench.footprint import DAY, cpu_s, descendants
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile

if TYPE_CHECKING:
    from hil.riders import Rider
    from hil.rounds import Round

RUNS = 5
MOST_S = 45.0
"""From power-on, so what is measured here leaves the rest of it to firmware, kernel and systemd."""
PATIENCE_S = 40.0
NEW_CODE_S = 4.0
UNMEASURED = (
    "ファームウェアとブートローダー / firmware and boot loader",
    "カーネルから systemd まで / the kernel, until systemd",
    "systemd から端末の開始まで / systemd, until the terminal is started",
    "測位の始まり、カメラの起動 / the receiver's first fix, the camera's start",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds from the process's start to the green lamp, and of a core that were used until then."""

    green: float
    cpu: float


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Cut the bus off and start it `runs` times. Raises NotMeasured."""
    make_on_disk(data)
    this = next(rounds(read_feed(LINE).draft, DAY))
    samples = []
    # A Unix socket's path holds 107 bytes, which a checkout's folder may well exceed.
    with tempfile.TemporaryDirectory(prefix="yukemuri-start-") as folder:
        try:
            with Bench(Plan(Path(folder), LINE, NOTICE, DAY, this.out.departures[0])) as bench:
                journey = Journey(bench, bench.edition, this.out.trip_id, 1.0, lambda _: None, seed=1)
                journey.stand_until(lambda: bench.driver.start_trip(this.out, this.day), 1.0, PATIENCE_S)
                for number in range(1, runs + 1):
                    samples.append(_run(bench, this))
                    progress(number)
        except (NotReady, PortTaken, MosquittoMissing) as reason:
            raise NotMeasured(str(reason)) from reason
    return result(samples, data)


def result(samples: Sequence[Sample], data: Path) -> Result:
    """The median and the slowest, against what all of a start may take."""
    green = percentile([each.green for each in samples], 0.5)
    slowest = max(each.green for each in samples)
    cpu = percentile([each.cpu for each in samples], 0.5)
    return Result(
        name="start",
        metrics={"green_p50_s": green, "green_slowest_s": slowest, "cpu_p50_s": cpu},
        limits={"allowed_s": MOST_S},
        checks={"slowest_of_allowed": Check(slowest / MOST_S, 1.0, Bound.AT_MOST)},
        machine=this_machine(data),
        runs=len(samples),
        table=(
            (
                "電源から最初の緑まで、秒 / power-on to the first green, s",
                "中央値 / median",
                "最も遅い / slowest",
            ),
            ("端末の開始から緑まで / the terminal's start → green", f"{green:.2f}", f"{slowest:.2f}"),
            ("├ うち計算、1コアの秒 / of it computing, s of one core", f"{cpu:.2f}", ""),
            *((f"└ {words}", "未計測 / not measured", "") for words in UNMEASURED),
            ("許容 / allowed, all of it", "", f"{MOST_S:.0f}"),
        ),
    )


def _run(bench: Bench, this: Round) -> Sample:
    rider = bench.hand_out()[0]
    bench.bus.kill()
    greens = bench.wires.lit("green")
    with _standing(bench, this, rider):
        begun = time.monotonic()
        bench.bus.start()
        while bench.wires.lit("green") == greens:
            if time.monotonic() - begun > PATIENCE_S:
                raise NotMeasured("No rider was answered green after the start.")
            time.sleep(0.005)
        green = time.monotonic() - begun
        cpu = sum(cpu_s(each) for each in (bench.bus.pid, *descendants(bench.bus.pid)))
    bench.camera.show(None)
    return Sample(green, cpu)


@contextmanager
def _standing(bench: Bench, this: Round, rider: Rider) -> Iterator[None]:
    """Meanwhile the bus stands at its first stop, and the rider holds up the phone, whose code changes."""
    ending, rng = threading.Event(), np.random.default_rng(1)
    stop = bench.edition.stops_of(this.out.trip_id)[0]

    def world() -> None:
        shown = float("-inf")
        while not ending.wait(0.5):
            bench.receiver.say(stop.lat, stop.lon, wall=bench.clock.wall(), speed_mps=0.0)
            if time.monotonic() - shown > NEW_CODE_S:
                bench.camera.show(rider.seen(bench.clock.wall, rng))
                shown = time.monotonic()

    thread = threading.Thread(target=world, name="world", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
