"""`network`: a feed from its bytes to an edition and back on the bus, beside a plain csv reading of the same bytes."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from central.network.feeds.open_feed import open_feed
from rules.messages.edition_file import pack_edition, unpack_edition
from rules.network.feed.read import read
from tests.bench.big_feed import RULES, big_feed
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile

T = TypeVar("T")

RUNS = 7
REAL_FEED = Path(__file__).parents[3] / "shared" / "data" / "gtfs" / "donanbus_2020"
"""The largest real one at hand, where it is."""
IMPORT_S = 10.0
UNPACK_MS = 500.0

PARTS = {
    "read": "読む・調べる / read and check",
    "pack": "版にまとめる / pack",
    "unpack": "車載機で開く / unpack on the bus",
    "plain_csv": "同じバイト列をcsvで読むだけ / plain csv reading of the same bytes",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One feed once through, in milliseconds; `size` is the packed edition in bytes."""

    read: float
    pack: float
    unpack: float
    plain_csv: float
    size: int


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Each feed `runs` times, by turns. Raises NoRealDisk as the other benchmarks do, NotMeasured for a wrong reading.

    Everything is in memory before the clock starts: a disk says nothing of us.
    """
    make_on_disk(data)
    feeds = {"generated": big_feed()}
    if REAL_FEED.is_dir():
        feeds["donanbus"] = open_feed(REAL_FEED)
    samples: dict[str, list[Sample]] = {name: [] for name in feeds}
    for done in range(1, runs + 1):
        for name, files in feeds.items():
            samples[name].append(_once(files))
        progress(done)
    return result(samples, {name: sum(map(len, files.values())) for name, files in feeds.items()}, data)


def result(samples: Mapping[str, Sequence[Sample]], feed_bytes: Mapping[str, int], data: Path) -> Result:
    """The figures against the targets, which hold for the slowest run of any feed."""
    metrics: dict[str, float] = {}
    limits: dict[str, float] = {"allowed_import_ms": IMPORT_S * 1000, "allowed_unpack_ms": UNPACK_MS}
    imports, unpacks = [], []
    for name, those in samples.items():
        for part in PARTS:
            figures = limits if part == "plain_csv" else metrics
            figures[f"{name}_{part}_p50_ms"] = percentile([getattr(one, part) for one in those], 0.5)
        metrics[f"{name}_edition_bytes"] = those[0].size
        limits[f"{name}_feed_bytes"] = feed_bytes[name]
        imports.append(max(one.read + one.pack for one in those))
        unpacks.append(max(one.unpack for one in those))
    metrics |= {"import_worst_ms": max(imports), "unpack_worst_ms": max(unpacks)}
    return Result(
        name="network",
        metrics=metrics,
        limits=limits,
        checks={
            "import_of_allowed": Check(max(imports) / (IMPORT_S * 1000), 1.0, Bound.AT_MOST),
            "unpack_of_allowed": Check(max(unpacks) / UNPACK_MS, 1.0, Bound.AT_MOST),
        },
        machine=this_machine(data),
        runs=len(next(iter(samples.values()))),
        table=_table(samples, feed_bytes),
    )


def _table(
    samples: Mapping[str, Sequence[Sample]], feed_bytes: Mapping[str, int]
) -> tuple[tuple[str, ...], ...]:
    titles = {"generated": f"{RULES:,} 規則（作りもの） / rules, made up", "donanbus": "道南バス 2020"}
    return (
        ("ミリ秒、中央値 / milliseconds, median", *(titles[name] for name in samples)),
        *(
            (
                words,
                *(
                    f"{percentile([getattr(one, part) for one in each], 0.5):.0f}"
                    for each in samples.values()
                ),
            )
            for part, words in PARTS.items()
        ),
        ("元のデータ、バイト / feed, bytes", *(f"{feed_bytes[name]:,}" for name in samples)),
        ("版、バイト / edition, bytes", *(f"{each[0].size:,}" for each in samples.values())),
    )


def _once(files: Mapping[str, bytes]) -> Sample:
    plain_rows, plain = _timed(lambda: _plain(files))
    found, reading = _timed(lambda: read(files))
    packed, packing = _timed(lambda: pack_edition(found.draft))
    edition, unpacking = _timed(lambda: unpack_edition(packed))
    if edition != found.draft or plain_rows < found.fare_rule_count:
        raise NotMeasured("The edition that was unpacked is not the one that was packed.")
    return Sample(reading, packing, unpacking, plain, len(packed))


def _plain(files: Mapping[str, bytes]) -> int:
    """How many rows the csv module finds; nothing is done with them."""
    return sum(
        sum(1 for _ in csv.reader(io.StringIO(each.decode("utf-8-sig"), newline="")))
        for each in files.values()
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    done = work()
    return done, (time.perf_counter() - begun) * 1000.0
