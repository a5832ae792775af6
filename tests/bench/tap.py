"""`tap`: how long a rider waits, from the picture of their code to the lamp, beside a bare commit of the record."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from device.journal import PRAGMAS, Journal
from hil.virtual.scenes import empty_frame
from rules.messages.codec import decode_event
from rules.messages.events import Tapped
from tests.bench.bus import UNIT, BenchBus, Stamps
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile
from tests.bench.riding import SEED, Riding, bench_line
from tests.ride.builders import Office

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from device.journal import Record
    from tests.bench.riding import Held

RUNS = 400
WARM_UP = 12
"""Taps and commits before the first that counts: libraries load their tables, files get their first pages."""
AT_ONCE = 6
"""People getting off, and on, at each stop."""
ANSWER_S = 10.0
PAUSE_S = (0.04, 0.12)
"""Between a tap and a bare commit, and again before the next tap; drawn by chance, so that a tap falls anywhere between
two pictures of the empty door."""
P50_MORE_MS = 5.0
P99_TIMES, P99_MORE_MS = 2.0, 10.0

PARTS = {
    "tap": "画像を渡してから合図まで / frame handed in → signal set",
    "seen": "├ 画像から符号まで / frame → its code at the loop",
    "decode": "│ └ うち解読だけ / of it, decoding alone",
    "decide": "├ 判断 / deciding, signatures checked",
    "commit": "├ 記録 / commit, record and memory of the pass",
    "signal": "└ 合図 / lamp",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One tap and one bare commit of its record, in milliseconds.

    `seen`, `decide`, `commit` and `signal` add up to `tap`; `decode` is what decoding the same picture takes alone.
    """

    tap: float
    seen: float
    decode: float
    decide: float
    commit: float
    signal: float
    bare: float


class BareFile:
    """SQLite alone: the same kind of file as the journal's, one row a commit, nothing around it."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for name, value in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name} = {value}")
        self._connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, body BLOB, hash BLOB)")

    def commit(self, record: Record) -> float:
        """Milliseconds to put it on the disk."""
        row = (record.number, record.body, record.hash)
        begun = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO records (number, body, hash) VALUES (?, ?, ?)", row)
        self._connection.execute("COMMIT")
        return _ms(begun, time.perf_counter())

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Tap `runs` times. Raises NoRealDisk if `data` is no folder on a disk, NotMeasured if a tap is not answered green.

    `data` is made if missing, and what the bench puts there is removed again. `progress` hears how many are done.
    """
    make_on_disk(data)
    # As in the reader's child.
    cv2.setNumThreads(1)
    office, edition = Office(), bench_line()
    riding = Riding(office, edition)
    # A Unix socket's path holds 107 bytes, which a checkout's folder may well exceed.
    with tempfile.TemporaryDirectory(dir=data) as folder, tempfile.TemporaryDirectory() as short:
        unit, bare = Path(folder) / "bus", BareFile(Path(folder))
        samples: list[Sample] = []
        try:
            with BenchBus(unit, Path(short) / "camera", office.word(), edition) as bus:
                taps = _taps(bus, bare, riding.shows(bus, AT_ONCE))
                for sample in islice(taps, WARM_UP, WARM_UP + runs):
                    samples.append(sample)
                    progress(len(samples))
        finally:
            bare.close()
        written = green_records(unit)
    if written != WARM_UP + runs:
        raise NotMeasured(f"{WARM_UP + runs} taps were answered green, but {written} are in the journal.")
    return result(samples, riding.redrawn, data)


def green_records(unit: Path) -> int:
    """How many taps that ride stand in the journal of the folder `unit`, which nobody has open."""
    with Journal(unit, UNIT).open() as journal:
        events = [decode_event(record.body) for record in journal.records_after(0, journal.last.number)]
    return sum(isinstance(event, Tapped) and event.outcome.rides for event in events)


def result(samples: Sequence[Sample], redrawn: int, data: Path) -> Result:
    """The figures of the samples, measured on the disk of `data`, against the targets."""
    p50 = {key: percentile([getattr(sample, key) for sample in samples], 0.50) for key in (*PARTS, "bare")}
    p99 = {key: percentile([getattr(sample, key) for sample in samples], 0.99) for key in (*PARTS, "bare")}
    metrics = {f"{key}_{name}_ms": of[key] for key in PARTS for name, of in (("p50", p50), ("p99", p99))}
    allowed_p50, allowed_p99 = p50["bare"] + P50_MORE_MS, P99_TIMES * p99["bare"] + P99_MORE_MS
    limits = {
        "bare_commit_p50_ms": p50["bare"],
        "bare_commit_p99_ms": p99["bare"],
        "allowed_p50_ms": allowed_p50,
        "allowed_p99_ms": allowed_p99,
    }
    checks = {
        "p50_of_allowed": Check(p50["tap"] / allowed_p50, 1.0, Bound.AT_MOST),
        "p99_of_allowed": Check(p99["tap"] / allowed_p99, 1.0, Bound.AT_MOST),
    }
    rows = [(words, f"{p50[key]:.2f}", f"{p99[key]:.2f}") for key, words in PARTS.items()]
    return Result(
        name="tap",
        metrics={**metrics, "redrawn": redrawn},
        limits=limits,
        checks=checks,
        machine=this_machine(data),
        runs=len(samples),
        table=(
            ("ミリ秒 / milliseconds", "中央値 / median", "p99"),
            *rows,
            (
                "同じ記録の素のコミット / bare commit of the same record",
                f"{p50['bare']:.2f}",
                f"{p99['bare']:.2f}",
            ),
            ("許される長さ / allowed: p50 + 5, 2 × p99 + 10", f"{allowed_p50:.2f}", f"{allowed_p99:.2f}"),
        ),
    )


def _taps(bus: BenchBus, bare: BareFile, shows: Iterator[Held]) -> Iterator[Sample]:
    """A tap and then a bare commit of what it wrote, for each code held up."""
    rng = np.random.default_rng(SEED)
    doors = [empty_frame(rng) for _ in range(4)]
    bus.camera.show(doors[0])
    for number, held in enumerate(shows, 1):
        _pause(rng)
        stamps, record = _tap(bus, held, number)
        bus.camera.show(doors[number % len(doors)])
        _pause(rng)
        yield _sample(stamps, held.decode_ms, bare.commit(record))


def _tap(bus: BenchBus, held: Held, number: int) -> tuple[Stamps, Record]:
    stamps = bus.stamps = Stamps(expected=held.data)
    stamps.handed_in = time.perf_counter()
    bus.camera.show(held.frame)
    if not stamps.answered.wait(ANSWER_S):
        raise NotMeasured(f"Tap {number} was not answered within {ANSWER_S:.0f} s.")
    record = stamps.record
    if record is None or stamps.lamp != "green":
        written = record.body.decode() if record else "nothing"
        raise NotMeasured(f"Tap {number} was answered {stamps.lamp}; the journal says: {written}.")
    return stamps, record


def _sample(stamps: Stamps, decode: float, bare: float) -> Sample:
    return Sample(
        tap=_ms(stamps.handed_in, stamps.lit),
        seen=_ms(stamps.handed_in, stamps.seen),
        decode=decode,
        decide=_ms(stamps.seen, stamps.decided),
        commit=_ms(stamps.decided, stamps.written),
        signal=_ms(stamps.written, stamps.lit),
        bare=bare,
    )


def _pause(rng: np.random.Generator) -> None:
    time.sleep(float(rng.uniform(*PAUSE_S)))


def _ms(begun: float, ended: float) -> float:
    return (ended - begun) * 1000.0
