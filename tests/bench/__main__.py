"""`python -m tests.bench NAME`: one benchmark. `./dev bench NAME` calls it.

The figures go to stdout: a table, or with --json one document on one line. Exit 0 if every target is reached, 1 if one
is missed or nothing could be measured, 2 for wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.bench import (
    footprint,
    ledger,
    locate,
    memory,
    network,
    pages,
    restore,
    scan,
    start,
    sync,
    tap,
    wire,
    year,
)
from tests.bench.machine import NoRealDisk, NotMeasured
from tests.bench.readme import NoMarkers, has_place, write_figures

if TYPE_CHECKING:
    from tests.bench.result import Result

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DATA = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What it measures, in a few words; how; and how many runs it takes by itself."""

    words: str
    measure: Callable[[Path, int, Callable[[int], object]], Result]
    runs: int


BENCHMARKS = {
    "footprint": Benchmark(
        "端末のメモリー・CPU・起動 / the terminal's memory, CPU and start", footprint.measure, footprint.RUNS
    ),
    "ledger": Benchmark(
        "毎秒いくつ支払えるか / payments a second, durable, beside SQLite alone", ledger.measure, ledger.RUNS
    ),
    "locate": Benchmark(
        "どの停留所でのタップか / at which stop a tap was, beside simple ways", locate.measure, locate.RUNS
    ),
    "memory": Benchmark(
        "村のサーバー全体のメモリー / the village's whole server on a year's books",
        memory.measure,
        memory.RUNS,
    ),
    "network": Benchmark(
        "時刻表と運賃の取込み / a feed → an edition → on the bus", network.measure, network.RUNS
    ),
    "pages": Benchmark(
        "村の一年の上の、職員の画面 / every page of the staff over a village's year",
        pages.measure,
        pages.RUNS,
    ),
    "restore": Benchmark(
        "村の一年をバックアップから戻す / a village's year out of its backup", restore.measure, restore.RUNS
    ),
    "scan": Benchmark("QRコードの読み取り / reading codes, beside other readers", scan.measure, scan.RUNS),
    "start": Benchmark(
        "端末の開始から最初の緑まで / the terminal's start → the first green lamp", start.measure, start.RUNS
    ),
    "sync": Benchmark(
        "バスの記録を役場の帳簿へ / buses' journals → the office's books", sync.measure, sync.RUNS
    ),
    "tap": Benchmark(
        "コードの画像から合図まで / picture of a code → record committed → lamp", tap.measure, tap.RUNS
    ),
    "wire": Benchmark("バスの一月の通信量 / a bus's month on its mobile link", wire.measure, wire.RUNS),
    "year": Benchmark(
        "村の一年の元帳 / a village's year: verify, close, export, look up", year.measure, year.RUNS
    ),
}
_LIST = "\n".join(f"  {name:<9} {benchmark.words}" for name, benchmark in BENCHMARKS.items())


@click.command(epilog=f"\b\n計測の名前 / Names:\n{_LIST}")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="一行のJSON / one JSON document on one line")
@click.option("--runs", type=click.IntRange(min=1), help="回数 / how many measurements")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    help="計測に使うフォルダ（本物のディスク上） / folder to measure in, on a real disk; default: .bench",
)
@click.option(
    "--write-readme",
    is_flag=True,
    help="表をREADME.mdの <!-- bench NAME --> の間に書く / put the table into README.md between its markers",
)
def main(name: str, as_json: bool, runs: int | None, data: Path, write_readme: bool) -> None:
    """計測をひとつ行う / Run one benchmark, and beside it its limit in the same run."""
    benchmark = BENCHMARKS.get(name)
    if benchmark is None:
        known = ", ".join(BENCHMARKS)
        raise click.UsageError(
            f"計測「{name}」はありません。{known} から選んでください。 / "
            f"There is no benchmark {name!r}; choose from: {known}."
        )
    try:
        if write_readme:
            has_place(README, name)
        result = _with_progress(benchmark, name, data, runs or benchmark.runs)
    except (NotMeasured, NoRealDisk, NoMarkers) as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)
    table = result.to_markdown(datetime.now(UTC).astimezone().date().isoformat())
    click.echo(result.to_json() if as_json else table)
    if write_readme:
        write_figures(README, name, table)
    sys.exit(0 if result.ok else 1)


def _with_progress(benchmark: Benchmark, name: str, data: Path, runs: int) -> Result:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as progress:
        task = progress.add_task(name, total=runs)
        return benchmark.measure(data, runs, lambda done: progress.update(task, completed=done, refresh=True))


if __name__ == "__main__":
    main(prog_name="python -m tests.bench")
