"""`restore`: a year of the village out of its backup: how long it takes, how large it is, how much is lost at most.

The year's data folder is copied, shipped, and worked in for an hour with a parcel each five seconds. Then the
drill brings it back by its command, and works out every balance. How much is lost is measured with the command that
ships: somebody writes all the time, and the machine dies at any moment.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
from rich.console import Console
from rich.progress import Progress

from central.audit.write_down import write_down
from central.database.transaction import Database, database_file
from provisioning.backup.commands import EVERY_S
from provisioning.backup.parcels import DAY_S, list_backups
from provisioning.backup.ship import Shipper
from provisioning.backup.state import read_state
from tests.bench import pages_year
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.pages import EVENING
from tests.bench.pages_year import make_year, records_in
from tests.bench.result import Bound, Check, Result, percentile

RUNS = 3
PARCELS = 3600 // EVERY_S
"""An hour in which something is written within every five seconds."""
MOST_LOST_S = 10.0
WRITES_EVERY_S = 0.05
LOOKS_EVERY_S = 0.5
WRITTEN_S = (6.0, 16.0)
"""The machine dies so long after the first parcel, at random."""
PATIENCE_S = 900.0
PROGRAM = (sys.executable, "-c", "from provisioning.main import cli; cli()")
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """Records of machines in the books; bytes of the database, of its whole copy, and of a parcel on average."""

    records: int
    database: int
    base: int
    parcel: float


@dataclass(frozen=True, slots=True)
class Copied:
    """Seconds: of the day's whole copy, and of the longest look for what has changed while it was made."""

    whole: float
    look: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one run: until all was back, until every balance was worked out too, and how much was lost."""

    restore: float
    drill: float
    lost: float


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Make the year where there is none yet, ship it, bring it back and kill `runs` times.

    Raises NoRealDisk as the other benchmarks do, and NotMeasured where a drill finds a difference.
    """
    make_on_disk(data)
    with Progress(console=Console(stderr=True), transient=True) as days:
        making = days.add_task("村の一年を作る / making the year", total=pages_year.DAYS)
        year = make_year(data, lambda done: days.update(making, completed=done))
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=data) as folder:
        place, office = Path(folder) / "place", Path(folder) / "office"
        place.mkdir()
        shutil.copytree(year, office)
        identity = pyrage.x25519.Identity.generate()
        safe = Path(folder) / "safe.txt"
        safe.write_text(f"{identity}\n", encoding="ascii")
        copied, size = _ship_a_day(office, place, identity)
        samples = []
        for done in range(1, runs + 1):
            restore, drill = _drill(place, safe)
            samples.append(Sample(restore, drill, _lose(office, Path(folder), identity, chance)))
            progress(done)
    return result(samples, copied, size, data)


def result(samples: Sequence[Sample], copied: Copied, size: Size, data: Path) -> Result:
    """The medians, and the most that was lost, against what may be lost."""
    restore = percentile([each.restore for each in samples], 0.5)
    drill = percentile([each.drill for each in samples], 0.5)
    lost = max(each.lost for each in samples)
    window = max(lost, copied.look + EVERY_S)
    return Result(
        name="restore",
        metrics={
            "restore_p50_s": restore,
            "drill_p50_s": drill,
            "lost_most_s": lost,
            "whole_copy_s": copied.whole,
            "look_beside_it_s": copied.look,
            "window_s": window,
            "records": size.records,
            "database_mb": size.database / _MB,
            "whole_copy_mb": size.base / _MB,
            "parcel_kb": size.parcel / 1000,
            "parcels": PARCELS,
        },
        limits={"allowed_lost_s": MOST_LOST_S},
        checks={"window_of_allowed": Check(window / MOST_LOST_S, 1.0, Bound.AT_MOST)},
        machine=this_machine(data),
        runs=len(samples),
        table=(
            (f"{size.records:,} 件の記録と小包 {PARCELS:,} 個 / records, parcels", "", "許容 / allowed"),
            ("役場のデータベース、MB / the office's database, MB", f"{size.database / _MB:,.0f}", "–"),
            ("バックアップの全体、MB / the whole copy, sealed, MB", f"{size.base / _MB:,.0f}", "–"),
            ("小包の平均、KB / a parcel, mean, KB", f"{size.parcel / 1000:,.1f}", "–"),
            ("戻すまで、秒、中央値 / restored, s, median", f"{restore:,.1f}", "–"),
            ("訓練（検算も）、秒、中央値 / drill with all balances, s, median", f"{drill:,.1f}", "–"),
            ("失われた時間、最大、秒 / lost at a crash, most, s", f"{lost:.1f}", f"{MOST_LOST_S:.0f}"),
            (
                "一日一度の全体の写しの間に失われうる時間、秒 / what may be lost while the day's whole copy is made, s",
                f"{window:.1f}",
                f"{MOST_LOST_S:.0f}",
            ),
        ),
    )


def _ship_a_day(office: Path, place: Path, identity: pyrage.x25519.Identity) -> tuple[Copied, Size]:
    """A day's whole copy beside the former backup, and the sizes, with all the parcels behind it."""
    ships, database = Shipper(office, place, identity.to_public(), 35), Database(database_file(office))
    try:
        ships.ship(EVENING - DAY_S)
        begun = time.perf_counter()
        ships.ship(EVENING)
        looks = [0.0]
        while len(list_backups(place)) == 1:
            time.sleep(LOOKS_EVERY_S)
            _write(database, -len(looks), EVENING)
            looked = time.perf_counter()
            ships.ship(EVENING)
            looks.append(time.perf_counter() - looked)
        copied = Copied(time.perf_counter() - begun, max(looks))
        for parcel in range(1, PARCELS + 1):
            _write(database, parcel, EVENING + parcel * EVERY_S)
            ships.ship(EVENING + parcel * EVERY_S)
    finally:
        ships.close()
        database.close()
    *_, kept = list_backups(place)
    if len(kept.parcels) < PARCELS:
        raise NotMeasured(f"{len(kept.parcels)} parcels were shipped instead of {PARCELS}.")
    parcels = sum(file.stat().st_size for _, file in kept.parcels)
    base = (kept.folder / "base.age").stat().st_size
    database_bytes = database_file(office).stat().st_size
    return copied, Size(records_in(office), database_bytes, base, parcels / len(kept.parcels))


def _write(database: Database, number: int, now: int) -> None:
    with database.write() as connection:
        write_down(connection, "staff:bench", "looked", f"bench:{number}", {}, now)


def _drill(place: Path, safe: Path) -> tuple[float, float]:
    """Seconds until all was back, and until it was verified."""
    begun = time.perf_counter()
    command = [*PROGRAM, "backup", "drill", "--from", str(place), "--identity", str(safe), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if ran.returncode != 0:
        raise NotMeasured(f"The drill failed: {(ran.stdout + ran.stderr)[-500:]}")
    return float(json.loads(ran.stdout)["seconds"]), time.perf_counter() - begun


def _lose(office: Path, folder: Path, identity: pyrage.x25519.Identity, chance: random.Random) -> float:
    """Seconds between the last write that came back and the moment at which everything died."""
    place, back = folder / "lost", folder / "back"
    place.mkdir()
    committed: dict[int, float] = {}
    database = Database(database_file(office))
    number = 1_000_000
    try:
        with _shipping(office, place, str(identity.to_public())) as process:
            lasts = chance.uniform(*WRITTEN_S)
            begun = time.monotonic()
            while time.monotonic() < begun + lasts:
                number += 1
                _write(database, number, EVENING)
                committed[number] = time.monotonic()
                time.sleep(WRITES_EVERY_S)
            process.kill()
            died = time.monotonic()
    finally:
        database.close()
    safe = folder / "safe.txt"
    command = [*PROGRAM, "restore", "--from", str(place), "--identity", str(safe), "--data", str(back)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if ran.returncode != 0:
        raise NotMeasured(f"Nothing was brought back: {ran.stderr[-500:]}")
    with closing(sqlite3.connect(database_file(back))) as restored:
        query = "SELECT about FROM audit_entries ORDER BY id DESC LIMIT 1"
        (about,) = restored.execute(query).fetchone()
    shutil.rmtree(place)
    shutil.rmtree(back)
    return died - committed.get(int(about.partition(":")[2]), begun)


@contextmanager
def _shipping(office: Path, place: Path, recipient: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command that ships, once the whole copy lies in its place."""
    begun = int(time.time())
    command = [*PROGRAM, "backup", "run", "--data", str(office), "--to", str(place), "--recipient", recipient]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not ((state := read_state(office)) and state.until >= begun and list_backups(place)):
                if time.monotonic() > deadline or process.poll() is not None:
                    raise NotMeasured("The whole copy has not been shipped.")
                time.sleep(0.1)
            yield process
        finally:
            process.kill()
