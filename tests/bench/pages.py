"""`pages`: every page of the office's staff over a year of the village, asked for through the server it runs on.

And what the server does by itself meanwhile: while it writes, a page that writes waits.
"""

from __future__ import annotations

import gc
import http.client
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Flask
from rich.console import Console
from rich.progress import Progress

from central.access.browser import COOKIES
from central.access.sessions import Kind
from central.access.who import Role
from central.app import create_app
from central.database.transaction import Connection
from central.devices.data_folder import Office, open_office
from central.japan import seconds_of
from central.main import pass_by_what_is_there, reckon
from central.my_page.pages import Issuing
from central.points.expire_points import expire
from central.points.notify_members import make_notices
from central.practice.village import ISSUER
from device.screen.server import ScreenServer
from tests.bench import pages_year
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.page_addresses import ADDRESSES, DOWNLOADS, FORM, real_of, without_address
from tests.bench.pages_year import LAST_DAY, make_year
from tests.bench.result import Bound, Check, Result, percentile
from tests.central.signed_in import as_staff, cookie
from tests.central.today_village import Shown, seal

RUNS = 30
ALLOWED_MS = 300.0
LISTED = 12
"""Pages in the table: the slowest."""
PATIENCE_S = 120.0
WORK = {
    "reckon": "サーバーの仕事：忘れた降車、携帯の乗車、確保の解放 / work: rides, holds",
    "expire": "サーバーの仕事：期限切れ / work: expiry",
    "notices": "サーバーの仕事：期限の知らせ / work: notices of expiry",
}
"""What the server's timers write, in words."""
EVENING = seconds_of(LAST_DAY)[0] + 22 * 3600


@dataclass(frozen=True, slots=True)
class Timed:
    """What one address, or the server's own work under a name, took each time it was asked for, in milliseconds."""

    endpoint: str
    address: str
    is_page: bool
    samples: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The median."""
        return percentile(self.samples, 0.5)

    @property
    def p99(self) -> float:
        """The 99th percentile; of fewer than 100 the slowest."""
        return percentile(self.samples, 0.99)


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Make the year where there is none yet, then ask every address once for each run, after one that is not counted.

    Raises NoRealDisk as the other benchmarks do; NotMeasured where a page has no address or another answer than 200.
    """
    make_on_disk(data)
    with Progress(console=Console(stderr=True), transient=True) as days:
        making = days.add_task("村の一年を作る / making the year", total=pages_year.DAYS)
        folder = make_year(data, lambda done: days.update(making, completed=done))
    office = open_office(folder, EVENING)
    try:
        app = app_of(office)
        if missing := without_address(app):
            raise NotMeasured(
                f"Give these pages an address in tests/bench/page_addresses.py: {sorted(missing)}"
            )
        with office.database.read() as connection:
            real = real_of(connection)
        with serving(app) as (host, port):
            samples = _ask(host, port, list(addresses(real)), runs, progress)
        work = [_time_work(name, do, runs) for name, do in work_of(office).items()]
    finally:
        office.database.close()
    return result(samples, work, data)


def app_of(office: Office, now: int = EVENING) -> Flask:
    """The office's pages in the year's last evening, with whoever may do everything signed in."""
    issuing = Issuing(ISSUER, office.keys, secrets.token_bytes)
    return as_staff(create_app(office.database, Shown(), lambda: now, seal, issuing=issuing))


def addresses(real: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """(endpoint, address, whether it is a page) of everything that is asked for."""
    for is_page, those in ((True, ADDRESSES), (False, DOWNLOADS)):
        for endpoint, templates in those.items():
            yield from ((endpoint, template.format(**real), is_page) for template in templates)


def work_of(office: Office, now: int = EVENING) -> dict[str, Callable[[], object]]:
    """What the server's timers write, each name with one round of it."""

    def within(work: Callable[[Connection, int], object]) -> Callable[[], None]:
        def do() -> None:
            with office.database.write() as connection:
                work(connection, now)

        return do

    return {
        "reckon": within(reckon),
        "expire": lambda: expire(office.database, now),
        "notices": within(make_notices),
    }


def _time_work(name: str, do: Callable[[], object], runs: int) -> Timed:
    """The first round, which has a year to catch up with, is not counted."""
    samples = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        do()
        samples.append((time.perf_counter() - begun) * 1000.0)
    return Timed(f"work.{name}", name, False, tuple(samples[1:]))


@contextmanager
def serving(app: Flask) -> Iterator[tuple[str, int]]:
    """The pages on waitress on the loopback, with the collector as the server has it."""
    server = ScreenServer(app, port=0)
    pass_by_what_is_there()
    server.start()
    try:
        yield server.host, server.port
    finally:
        app.extensions["streams"].close()
        server.stop()
        gc.unfreeze()


def _ask(
    host: str, port: int, asked: list[tuple[str, str, bool]], runs: int, progress: Callable[[int], object]
) -> list[Timed]:
    taken: dict[str, list[float]] = {address: [] for _, address, _ in asked}
    for run in range(runs + 1):
        for _, address, _ in asked:
            taken[address].append(ask_once(host, port, address))
        progress(run)
    return [
        Timed(endpoint, address, is_page, tuple(taken[address][1:])) for endpoint, address, is_page in asked
    ]


def ask_once(host: str, port: int, address: str) -> float:
    """Milliseconds from the connection to the answer's last byte."""
    path, _, form = address.partition(FORM)
    headers = {
        "Cookie": f"{COOKIES[Kind.STAFF]}={cookie(Kind.STAFF, Role.ADMINISTRATOR)}",
        "Origin": f"http://{host}:{port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    begun = time.perf_counter()
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        method, body = ("POST", quote(form, safe="=&").encode()) if form else ("GET", None)
        connection.request(method, quote(path, safe="/?&=:%"), body, headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise NotMeasured(f"{urlsplit(path).path} answers {answer.status} instead of 200 ({address}).")
    return (time.perf_counter() - begun) * 1000.0


def result(timed: Sequence[Timed], work: Sequence[Timed], data: Path) -> Result:
    """Each endpoint's slowest address, and the server's own work, against what is allowed."""
    pages = sorted((each for each in timed if each.is_page), key=lambda each: -each.p99)
    files = sorted((each for each in timed if not each.is_page), key=lambda each: -each.p99)
    own = sorted(work, key=lambda each: -each.p99)
    slowest = {each.endpoint: each for each in reversed([*pages, *files, *own])}
    return Result(
        name="pages",
        metrics={
            f"{endpoint}_{name}_ms": value
            for endpoint, each in sorted(slowest.items())
            for name, value in (("p50", each.p50), ("p99", each.p99))
        }
        | {"addresses": len(timed)},
        limits={"allowed_page_p99_ms": ALLOWED_MS},
        checks={
            "slowest_page_of_allowed": Check(pages[0].p99 / ALLOWED_MS, 1.0, Bound.AT_MOST),
            "longest_work_of_allowed": Check(own[0].p99 / ALLOWED_MS, 1.0, Bound.AT_MOST),
        },
        machine=this_machine(data),
        runs=len(timed[0].samples),
        table=(
            (f"遅い順 / slowest of {len(pages)}", "中央値 / p50 ms", "p99 ms", "許容 / allowed"),
            *(_row(each, f"{ALLOWED_MS:,.0f}") for each in pages[:LISTED]),
            *(_row(each, "–") for each in files),
            *(_row(each, f"{ALLOWED_MS:,.0f}") for each in own),
        ),
    )


def _row(each: Timed, allowed: str) -> tuple[str, ...]:
    return (WORK.get(each.address, f"`{each.address}`"), f"{each.p50:,.1f}", f"{each.p99:,.1f}", allowed)
