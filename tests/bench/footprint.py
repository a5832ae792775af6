"""`footprint`: what a bus at work takes: memory, a core's time, and how long it is not there after a start.

The terminal runs as on the bus, in a process of its own with the reader's beside it, on the virtual bench: a trip is
under way, the receiver says a position a second, the camera gives 15 pictures a second of a door at which somebody
holds up a code now and then. Broker and office run too, and are not counted.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
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
from hil.virtual.scenes import phone_frame
from rules.passes.rider_pass import to_text
from rules.ride.locator.path import path_of_trip
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile

if TYPE_CHECKING:
    from hil.rounds import Round

RUNS = 3
WATCHED_S = 20.0
SETTLE_S = 3.0
DAY = date(2026, 11, 23)
PATIENCE_S = 20.0
SPEED_MPS = 8.0
CODE_EVERY_S = 5
CODE_FOR_S = 0.5
PHONE_BYTES = 195
LEAST_FRAMES_A_SECOND = 14.0
MOST_MB, MOST_CPU_PERCENT, MOST_READY_S = 150.0, 25.0, 3.0
_MB = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")

PARTS = ("terminal", "reader")


@dataclass(frozen=True, slots=True)
class Sample:
    """One start and what followed. `rss` and `pss` in MB and `cpu` in percent of a core, terminal and reader each.

    The reader is every process that the terminal has started. `rss` counts what processes share once for each, `pss`
    once for all, and is 0 where only root may ask. `ready` are the seconds from the process's start until the driver's
    page is there and a code held up has had its answer; `ready_cpu` are the seconds
    of a core that it took, which other programs on the machine hardly change.
    """

    rss: tuple[float, float]
    pss: tuple[float, float]
    cpu: tuple[float, float]
    ready: float
    ready_cpu: float
    frames_a_second: float


def measure(_data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Start the bus `runs` times and watch it for 20 seconds each. Raises NotMeasured."""
    make_on_disk(_data)
    this = next(rounds(read_feed(LINE).draft, DAY))
    samples: list[Sample] = []
    # A Unix socket's path holds 107 bytes, which a checkout's folder may well exceed.
    with tempfile.TemporaryDirectory(prefix="yukemuri-footprint-") as folder:
        try:
            with Bench(Plan(Path(folder), LINE, NOTICE, DAY, this.out.departures[0])) as bench:
                _begin_trip(bench, this)
                for number in range(1, runs + 1):
                    samples.append(_run(bench, this))
                    progress(number)
        except (NotReady, PortTaken, MosquittoMissing) as reason:
            raise NotMeasured(str(reason)) from reason
    return result(samples, _data)


def result(samples: Sequence[Sample], data: Path) -> Result:
    """The medians of the samples against the targets."""

    def median(values: list[float]) -> float:
        return percentile(values, 0.5)

    rss = [median([sample.rss[part] for sample in samples]) for part in range(2)]
    pss = [median([sample.pss[part] for sample in samples]) for part in range(2)]
    cpu = [median([sample.cpu[part] for sample in samples]) for part in range(2)]
    whole_rss = median([sum(sample.rss) for sample in samples])
    whole_pss = median([sum(sample.pss) for sample in samples])
    memory = whole_pss if all(min(sample.pss) for sample in samples) else whole_rss
    whole_cpu = median([sum(sample.cpu) for sample in samples])
    ready = median([sample.ready for sample in samples])
    rows = [
        ("常駐メモリー、MB / resident memory, MB (PSS)", *_row(pss, whole_pss), f"{MOST_MB:.0f}"),
        ("└ 共有分を重ねて / shared pages counted twice (RSS)", *_row(rss, whole_rss), ""),
        ("CPU、1コアの% / CPU, % of one core", *_row(cpu, whole_cpu), f"{MOST_CPU_PERCENT:.0f}"),
        ("起動から使えるまで、秒 / start to ready, s", "", "", f"{ready:.2f}", f"{MOST_READY_S:.0f}"),
    ]
    return Result(
        name="footprint",
        metrics={
            "memory_mb": memory,
            "rss_mb": whole_rss,
            "pss_mb": whole_pss,
            "cpu_percent": whole_cpu,
            "ready_s": ready,
            "ready_cpu_s": median([sample.ready_cpu for sample in samples]),
            **{f"{part}_rss_mb": value for part, value in zip(PARTS, rss, strict=True)},
            **{f"{part}_cpu_percent": value for part, value in zip(PARTS, cpu, strict=True)},
            "frames_a_second": median([sample.frames_a_second for sample in samples]),
        },
        limits={"memory_mb": MOST_MB, "cpu_percent": MOST_CPU_PERCENT, "ready_s": MOST_READY_S},
        checks={
            "memory_of_allowed": Check(memory / MOST_MB, 1.0, Bound.AT_MOST),
            "cpu_of_allowed": Check(whole_cpu / MOST_CPU_PERCENT, 1.0, Bound.AT_MOST),
            "ready_of_allowed": Check(ready / MOST_READY_S, 1.0, Bound.AT_MOST),
        },
        machine=this_machine(data),
        runs=len(samples),
        table=(("", "端末 / terminal", "読取り / reader", "計 / both", "目標 / target"), *rows),
    )


def _row(parts: list[float], whole: float) -> tuple[str, ...]:
    return tuple(f"{value:.1f}" for value in (*parts, whole))


def _begin_trip(bench: Bench, this: Round) -> None:
    """The first start of all brings the network's edition; the trip goes on through every later one."""
    journey = Journey(bench, bench.edition, this.out.trip_id, 1.0, lambda _: None, seed=1)
    journey.stand_until(lambda: bench.driver.start_trip(this.out, this.day), 1.0, PATIENCE_S)


def _run(bench: Bench, this: Round) -> Sample:
    bench.bus.stop()
    bench.camera.show(_code(0))
    answers = bench.wires.answers()
    begun = time.monotonic()
    bench.bus.start()
    if not bench.wires.wait_for_answer(answers, PATIENCE_S):
        raise NotMeasured("The bus did not answer a code held up.")
    ready = time.monotonic() - begun
    terminal, reader = bench.bus.pid, descendants(bench.bus.pid)
    if not reader:
        raise NotMeasured("The bus has no reader of its own.")
    parts = ([terminal], reader)
    ready_cpu = sum(cpu_s(process) for process in (terminal, *reader))
    bench.camera.show(None)
    _drive(bench, this, SETTLE_S)
    before, taken, begun = [_sum(cpu_s, part) for part in parts], bench.camera.taken, time.monotonic()
    answers = bench.wires.answers()
    _drive(bench, this, WATCHED_S)
    lasted = time.monotonic() - begun
    frames = enough((bench.camera.taken - taken) / lasted)
    if bench.wires.answers() == answers:
        raise NotMeasured("The bus answered no code while it was watched.")
    used = [100 * (_sum(cpu_s, part) - earlier) / lasted for part, earlier in zip(parts, before, strict=True)]
    rss, pss = ([_sum(measured, part) for part in parts] for measured in (rss_mb, pss_mb))
    return Sample((rss[0], rss[1]), (pss[0], pss[1]), (used[0], used[1]), ready, ready_cpu, frames)


def _sum(measured: Callable[[int], float], processes: list[int]) -> float:
    return sum(measured(process) for process in processes)


def enough(frames_a_second: float) -> float:
    """The same again. Raises NotMeasured if they are too few to say what 15 a second take."""
    if frames_a_second < LEAST_FRAMES_A_SECOND:
        raise NotMeasured(
            f"The reader took {frames_a_second:.1f} pictures a second, not 15: this machine is too busy."
        )
    return frames_a_second


def _drive(bench: Bench, this: Round, seconds: float) -> None:
    """Along the trip's road, a fix a second, a stranger's code in the door every five."""
    path = path_of_trip(bench.edition, this.out.trip_id)
    cells, begun = len(path.xy), time.monotonic()
    for second in range(round(seconds)):
        east, north = path.xy[min(round(second * SPEED_MPS / 10), cells - 1)]
        lat, lon = path.degrees(float(east), float(north))
        bench.receiver.say(lat, lon, wall=bench.clock.wall(), speed_mps=SPEED_MPS)
        if second % CODE_EVERY_S == 1:
            bench.camera.show(_code(second))
            time.sleep(CODE_FOR_S)
            bench.camera.show(None)
        time.sleep(max(0.0, begun + second + 1 - time.monotonic()))


def _code(number: int) -> np.typing.NDArray[np.uint8]:
    """Of a phone's length, by nobody's key: it is answered as soon as it is read."""
    rng = np.random.default_rng(number)
    return phone_frame(to_text(rng.bytes(PHONE_BYTES)), rng)


def descendants(process: int) -> list[int]:
    """The process ids of those it has started, and of those they have."""
    started = [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return started + [below for child in started for below in descendants(child)]


def cpu_s(process: int) -> float:
    """Seconds of a core it has used, in the kernel too."""
    # The name in brackets may hold anything, blanks too.
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(process: int) -> float:
    """Memory it has in use, what it shares with others included."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB


def pss_mb(process: int) -> float:
    """As `rss_mb`, with what is shared by n counted as one n-th; 0 if only root may ask, as of the reader."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
