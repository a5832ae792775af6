"""`sync`: full journals of several buses into the office's books, beside paho alone and SQLite alone with the same."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from central.database.ledger_tables import entries
from central.database.tables import records, rides
from central.database.transaction import Connection
from central.devices.data_folder import open_office
from central.devices.register_device import DeviceKind, register_device
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result
from tests.bench.sync_buses import FIRST_WALL, PARTY, PER_STOP, Drained, Homecoming, drain, fill, new_bus
from tests.bench.sync_office import paho_alone, running_broker, running_office
from tests.bench.sync_sqlite import sqlite_alone
from tests.central.office import card_of

RUNS = 3
RECORDS = 100_000
BUSES = 4
MEMBERS = 200
MONEY = 1_000_000
"""Yen on every card: nobody falls short."""
BACKLOG = 500
BACKLOG_S = 5.0
"""In which one bus's backlog is to be in the books, from its connecting."""
SHARE = 0.25

PARTS = {
    "ours": "バスの記録簿から役場の帳簿まで、受領の返事も / from buses' journals into the office's books, acknowledged",
    "paho": "同じバイト列を paho が受けるだけ / paho alone receiving the same bytes",
    "sqlite": "同じ行を SQLite が書くだけ / SQLite alone writing the same rows",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds for all `records`, and for one bus's backlog; `commits` the office needed."""

    records: int
    ours: float
    paho: float
    sqlite: float
    backlog: float
    commits: int


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Drain everything `runs` times. Raises NoRealDisk, and NotMeasured where the books are not what was sent."""
    make_on_disk(data)
    # That a bus has hung up at the end is no news here.
    logging.getLogger("device.link").setLevel(logging.ERROR)
    samples: list[Sample] = []
    for done in range(1, runs + 1):
        with tempfile.TemporaryDirectory(dir=data) as folder:
            samples.append(_once(Path(folder)))
        progress(done)
    return result(samples, data)


def result(samples: Sequence[Sample], data: Path) -> Result:
    """The figures of the samples, measured on the disk of `data`, against the targets."""
    rates = {part: [sample.records / float(getattr(sample, part)) for sample in samples] for part in PARTS}
    ours, paho, sqlite = (median(rates[part]) for part in PARTS)
    slowest = max(sample.backlog for sample in samples)
    size, commits = samples[0].records, median(sample.commits for sample in samples)
    words = f"{BACKLOG} 件がたまったバス一台、最も遅い回、秒 / one bus's backlog of {BACKLOG}, slowest run, seconds"
    return Result(
        name="sync",
        metrics={
            "records": size,
            "records_per_s": ours,
            "records_per_s_slowest": min(rates["ours"]),
            "commits": commits,
            "backlog_p50_s": median(sample.backlog for sample in samples),
            "backlog_slowest_s": slowest,
        },
        limits={
            "paho_records_per_s": paho,
            "sqlite_records_per_s": sqlite,
            "allowed_records_per_s": SHARE * min(paho, sqlite),
            "allowed_backlog_s": BACKLOG_S,
        },
        checks={
            "of_the_slower": Check(ours / min(paho, sqlite), SHARE, Bound.AT_LEAST),
            "backlog_of_allowed": Check(slowest / BACKLOG_S, 1.0, Bound.AT_MOST),
        },
        machine=this_machine(data),
        runs=len(samples),
        table=(
            (f"{size:,} 件、中央値 / records, median", "件毎秒 / per second"),
            *((words, f"{median(rates[part]):,.0f}") for part, words in PARTS.items()),
            (f"求める速さ / to reach: {SHARE} × 遅いほう / the slower", f"{SHARE * min(paho, sqlite):,.0f}"),
            (words, f"{slowest:.2f}"),
        ),
    )


def _once(folder: Path) -> Sample:
    buses = [new_bus(folder / "buses", number) for number in range(1, BUSES + 2)]
    *many, late = buses
    office = folder / "office"
    passes = _found(office, buses)
    for bus in many:
        fill(bus, passes, RECORDS // BUSES)
    fill(late, passes, BACKLOG)
    with running_broker(folder / "broker", buses) as port, running_office(office, port) as running:
        before = running.ask("commits")
        drained, ours = _drain(many, office, port)
        commits = running.ask("commits") - before
        _, backlog = _drain([late], office, port)
    _expect_all(office, RECORDS + BACKLOG)
    return Sample(
        records=RECORDS,
        ours=ours,
        paho=paho_alone(folder / "peer-broker", many, [each.batches for each in drained]),
        sqlite=sqlite_alone(office, folder / "peer", [bus.device for bus in many], commits),
        backlog=backlog,
        commits=commits,
    )


def _found(data: Path, buses: Sequence[Homecoming]) -> list[str]:
    """A new office that knows the buses; the passes of its members."""
    office = open_office(data, FIRST_WALL)
    try:
        with office.database.write() as connection:
            for bus in buses:
                register_device(connection, bus.device, DeviceKind.BUS, bus.public)
            return [card_of(connection, office, f"member-{number}", MONEY) for number in range(MEMBERS)]
    finally:
        office.database.close()


def _drain(buses: Sequence[Homecoming], office: Path, port: int) -> tuple[list[Drained], float]:
    """All of them at once; seconds from the first one's connecting to the last one's last acknowledgement."""
    begin = threading.Barrier(len(buses))
    with ThreadPoolExecutor(len(buses)) as threads:
        drained = list(threads.map(lambda bus: drain(bus, office, port, begin), buses))
    return drained, max(each.ended for each in drained) - min(each.begun for each in drained)


def _expect_all(data: Path, sent: int) -> None:
    """Raises NotMeasured unless every record stands in the books, with every ride ended and paid."""
    office = open_office(data, FIRST_WALL)
    try:
        with office.database.read() as connection:
            found = _books(connection)
    finally:
        office.database.close()
    wanted = (sent, sent * PARTY // PER_STOP, 0)
    if found != wanted:
        raise NotMeasured(f"Records, rides paid and entries astray are {found} instead of {wanted}.")


def _books(connection: Connection) -> tuple[int, int, int]:
    applied = select(func.count()).where(records.c.refused == "")
    paid = select(func.count()).where(rides.c.state == "complete", rides.c.fare > 0)
    astray = select(func.coalesce(func.sum(entries.c.amount), 0))
    return (
        connection.execute(applied).scalar_one(),
        connection.execute(paid).scalar_one(),
        connection.execute(astray).scalar_one(),
    )
