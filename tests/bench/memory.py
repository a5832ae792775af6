"""`memory`: what the whole village's server takes, all of it at work on a year's books at once.

The office's program with its pages, its inbox and a real Mosquitto; the backup that ships what changes; buses that come
home with full journals; staff who ask for every page and file; and the night's verifying of ledger and audit log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import pyrage
from rich.console import Console
from rich.progress import Progress

from central.devices.data_folder import open_office
from central.devices.register_device import DeviceKind, register_device
from hil.office import ISSUER
from hil.virtual.ports import answers, free_port, serves
from hil.virtual.processes import NotReady, Program
from hil.virtual.settings_files import write_central_settings
from provisioning.broker import CENTRAL, find_mosquitto, write_broker_config
from tests.bench import pages_year
from tests.bench.footprint import descendants, pss_mb
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.page_addresses import real_of
from tests.bench.pages import EVENING, addresses, app_of, ask_once
from tests.bench.pages_year import make_year, records_in
from tests.bench.result import Bound, Check, Result
from tests.bench.sync_buses import VILLAGE, Homecoming, drain, fill, new_bus
from tests.bench.sync_office import PASSWORD
from tests.central.office import card_of

RUNS = 1
BUSES = 3
BACKLOG = 2_000
"""Records that each of them brings home: a week's."""
MEMBERS = 20
MONEY = 1_000_000
ASKERS = 4
EVERY_S = 0.2
PATIENCE_S = 900.0
MOST_MB = 1_024.0
PROGRAMS = {
    "central": "from central.main import cli; cli()",
    "provision": "from provisioning.main import cli; cli()",
}
PARTS = {
    "central": "役場のプログラム / the office's program",
    "broker": "Mosquitto",
    "backup": "バックアップ / backup",
    "verify": "夜の検算 / the night's verifying",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run, in MB: each part's most, and the most of all at one moment.

    `asked` pages and files were asked for, `records` drained, on top of the `held` that stood in the books.
    """

    most: dict[str, float]
    together: float
    asked: int
    records: int
    held: int


class Watch:
    """Looks at the memory of programs while they work. What processes share is counted once."""

    def __init__(self) -> None:
        self.most = dict.fromkeys(PARTS, 0.0)
        self.together = 0.0
        self._parts: dict[str, int] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    @contextmanager
    def of(self, part: str, process: int) -> Iterator[None]:
        """That process is the part, for so long."""
        self._parts[part] = process
        try:
            yield
        finally:
            del self._parts[part]

    def _run(self) -> None:
        while not self._ending.wait(EVERY_S):
            sums = {part: _all_of(process) for part, process in list(self._parts.items())}
            for part, megabytes in sums.items():
                self.most[part] = max(self.most[part], megabytes)
            self.together = max(self.together, sum(sums.values()))


def _all_of(process: int) -> float:
    try:
        return sum(pss_mb(each) for each in (process, *descendants(process)))
    except OSError:
        # It has just ended.
        return 0.0


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Make the year where there is none yet, then have all at work on a copy of it, `runs` times.

    Raises NoRealDisk as the other benchmarks do, and NotMeasured where a part does not work.
    """
    make_on_disk(data)
    if os.geteuid() != 0:
        raise NotMeasured("Only root may ask what other users' programs share: run it as root.")
    with Progress(console=Console(stderr=True), transient=True) as days:
        making = days.add_task("村の一年を作る / making the year", total=pages_year.DAYS)
        year = make_year(data, lambda done: days.update(making, completed=done))
    samples = []
    for done in range(1, runs + 1):
        with tempfile.TemporaryDirectory(prefix="memory-", dir=data) as folder:
            try:
                samples.append(_run_once(Path(folder), year))
            except NotReady as reason:
                raise NotMeasured(str(reason)) from reason
        progress(done)
    return result(samples, data)


def result(samples: Sequence[Sample], data: Path) -> Result:
    """The run that took most, against what the server has."""
    worst = max(samples, key=lambda each: each.together)
    return Result(
        name="memory",
        metrics={
            "together_mb": worst.together,
            **{f"{part}_mb": megabytes for part, megabytes in worst.most.items()},
            "pages": worst.asked,
            "records": worst.records,
            "records_held": worst.held,
        },
        limits={"allowed_mb": MOST_MB},
        checks={"together_of_allowed": Check(worst.together / MOST_MB, 1.0, Bound.AT_MOST)},
        machine=this_machine(data),
        runs=len(samples),
        table=(
            (f"{worst.held:,} 件の記録の上で、最大 / over records, peak", "MB (PSS)", "許容 / allowed"),
            *((words, f"{worst.most[part]:,.0f}", "–") for part, words in PARTS.items()),
            ("同時に、すべて / all at one moment", f"{worst.together:,.0f}", f"{MOST_MB:,.0f}"),
        ),
    )


def _run_once(folder: Path, year: Path) -> Sample:
    office, place = folder / "office", folder / "place"
    place.mkdir()
    shutil.copytree(year, office)
    buses = [new_bus(folder / "buses", number) for number in range(901, 901 + BUSES)]
    asked = _found(office, buses)
    with ExitStack() as closing, Watch() as watch:

        def running(part: str, program: Program) -> None:
            closing.callback(program.stop)
            program.start()
            closing.enter_context(watch.of(part, program.pid))

        broker_port, url = free_port(), free_port()
        running("broker", _broker(folder / "broker", broker_port, buses))
        running("central", _central(folder, office, broker_port, url))
        running("backup", _backup(folder, office, place))
        threads = closing.enter_context(ThreadPoolExecutor(BUSES + ASKERS + 1))
        begin = threading.Barrier(BUSES)
        work: list[Future[object]] = [
            threads.submit(partial(drain, bus, office, broker_port, begin)) for bus in buses
        ]
        work += [threads.submit(partial(_ask, url, asked[first::ASKERS])) for first in range(ASKERS)]
        work.append(threads.submit(partial(_verify, watch, office)))
        for each in work:
            each.result(PATIENCE_S)
        time.sleep(2 * EVERY_S)
    return Sample(dict(watch.most), watch.together, len(asked), BUSES * BACKLOG, records_in(year))


def _found(data: Path, buses: Sequence[Homecoming]) -> list[str]:
    """The office knows the buses, whose journals are full, and an administrator; every address of its pages."""
    office = open_office(data, EVENING)
    try:
        app_of(office)
        with office.database.write() as connection:
            for bus in buses:
                register_device(connection, bus.device, DeviceKind.BUS, bus.public)
            passes = [card_of(connection, office, f"bench-{number}", MONEY) for number in range(MEMBERS)]
        with office.database.read() as connection:
            asked = [address for _, address, _ in addresses(real_of(connection))]
    finally:
        office.database.close()
    for bus in buses:
        fill(bus, passes, BACKLOG)
    return asked


def _broker(folder: Path, port: int, buses: Sequence[Homecoming]) -> Program:
    program = find_mosquitto()
    if program is None:
        raise NotMeasured("mosquitto is not installed: sudo apt-get install mosquitto")
    passwords = {bus.device: bus.password for bus in buses}
    config = write_broker_config(
        folder, port=port, village=VILLAGE, central_password=PASSWORD, devices=passwords
    )
    command = [str(program), "-c", str(config)]
    return Program("mosquitto", command, folder / "log", lambda: answers(port), PATIENCE_S)


def _central(folder: Path, office: Path, broker_port: int, port: int) -> Program:
    settings = write_central_settings(
        folder / "central.toml",
        village=VILLAGE,
        issuer=ISSUER,
        data=office,
        web_port=port,
        broker_port=broker_port,
        password=PASSWORD,
        address="",
    )
    command = [sys.executable, "-c", PROGRAMS["central"], "run", "--config", str(settings)]
    url = f"http://127.0.0.1:{port}/"
    return Program(CENTRAL, command, folder / "central.log", lambda: serves(url), PATIENCE_S)


def _backup(folder: Path, office: Path, place: Path) -> Program:
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    arguments = ["backup", "run", "--data", str(office), "--to", str(place), "--recipient", recipient]
    command = [sys.executable, "-c", PROGRAMS["provision"], *arguments]
    # Once it has its place; the whole copy is made while all else is at work.
    return Program("backup", command, folder / "backup.log", lambda: any(place.iterdir()))


def _ask(port: int, those: Sequence[str]) -> None:
    for address in those:
        ask_once("127.0.0.1", port, address)


def _verify(watch: Watch, office: Path) -> None:
    for what in ("ledger", "audit"):
        command = [sys.executable, "-c", PROGRAMS["central"], what, "verify", "--data", str(office)]
        quiet = subprocess.DEVNULL
        with (
            subprocess.Popen(command, stdout=quiet, stderr=quiet) as process,
            watch.of("verify", process.pid),
        ):
            if process.wait(PATIENCE_S) != 0:
                raise NotMeasured(f"{what} verify has found a difference.")
