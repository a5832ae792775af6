"""`year`: a village's year in the ledger, and how long it takes to verify, to report, to export and to look up."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select

from central.database.ledger_tables import accounts, entries, groups
from central.database.transaction import Connection, Database, database_file
from central.ledger.export_beancount import beancount
from central.ledger.history.store import History
from central.ledger.verify_ledger import verify_ledger
from central.reports.close_month import closing_sheet
from central.reports.sheet import Verdict
from central.reports.unused import read_unused
from rules.ledger.accounts import AccountKind
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile
from tests.bench.village_year import write_year

T = TypeVar("T")

RUNS = 3
PAGE = 50
"""Lines of a member's history on a page."""
LOOKED_UP = 200
"""Members whose history is looked up in a run, those with the most entries; the median of them is the run's."""
BASE_DAY = date(2026, 9, 30)
MONTH = date(2027, 2, 1)
LATER = 2**40

PARTS = {
    "verify": "検算 / ledger verify",
    "close": "月次締め（検算を除く） / ledger close, without verifying",
    "unused": "未使用残高 / ledger unused",
    "export": "書き出し / ledger export",
    "history": "会員の履歴（取引の多い200人） / a member's history, of the 200 busiest",
}
ALLOWED_MS: Mapping[str, float] = {"verify": 20_000.0, "close": 5_000.0, "history": 20.0}


@dataclass(frozen=True, slots=True)
class Year:
    """What stands in the ledger."""

    groups: int
    entries: int
    lots: int


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Make the year once, then each part `runs` times. Raises NoRealDisk as the other benchmarks do.

    Raises NotMeasured if the year does not verify.
    """
    make_on_disk(data)
    with tempfile.TemporaryDirectory(dir=data) as folder:
        database = Database(database_file(Path(folder)))
        database.create()
        # A minute or several: the clock beside the bar goes on.
        write_year(database, lambda _: progress(0))
        samples: dict[str, list[float]] = {part: [] for part in PARTS}
        for done in range(1, runs + 1):
            year = _once(database, samples)
            progress(done)
        database.close()
    return result(samples, year, data)


def _once(database: Database, samples: dict[str, list[float]]) -> Year:
    with database.read() as connection:
        found, taken = _timed(lambda: verify_ledger(connection))
        samples["verify"].append(taken)
        verdict = Verdict.WRONG if found.problems else Verdict.RIGHT
        samples["close"].append(_timed(lambda: closing_sheet(connection, MONTH, LATER, verdict))[1])
        samples["unused"].append(_timed(lambda: read_unused(connection, BASE_DAY, LATER))[1])
        samples["export"].append(_timed(lambda: sum(map(len, beancount(History(connection)))))[1])
        looked_up = [
            _timed(lambda member=member: history(connection, member))[1]  # type: ignore[misc]
            for member in _busiest(connection)
        ]
        samples["history"].append(percentile(looked_up, 0.5))
    if found.problems:
        raise NotMeasured(f"The year does not verify: {found.problems[0]}")
    return Year(found.groups, found.entries, found.lots)


def history(connection: Connection, member: str) -> Sequence[object]:
    """What a page of a member's history asks for: the newest entries with what they were."""
    return connection.execute(
        select(entries.c.id, groups.c.what, groups.c.posted_at, accounts.c.unit, entries.c.amount)
        .join_from(accounts, entries)
        .join(groups)
        .where(accounts.c.kind == AccountKind.MEMBER.value, accounts.c.owner == member)
        .order_by(entries.c.id.desc())
        .limit(PAGE)
    ).all()


def _busiest(connection: Connection) -> list[str]:
    rows = connection.execute(
        select(accounts.c.owner)
        .join_from(accounts, entries)
        .where(accounts.c.kind == AccountKind.MEMBER.value)
        .group_by(accounts.c.owner)
        .order_by(func.count().desc(), accounts.c.owner)
        .limit(LOOKED_UP)
    )
    return [owner for (owner,) in rows]


def result(samples: Mapping[str, Sequence[float]], year: Year, data: Path) -> Result:
    """The medians against what is allowed."""
    medians = {part: percentile(those, 0.5) for part, those in samples.items()}
    return Result(
        name="year",
        metrics={f"{part}_p50_ms": median for part, median in medians.items()}
        | {"groups": year.groups, "entries": year.entries, "lots": year.lots},
        limits={f"allowed_{part}_ms": allowed for part, allowed in ALLOWED_MS.items()},
        checks={
            f"{part}_of_allowed": Check(medians[part] / allowed, 1.0, Bound.AT_MOST)
            for part, allowed in ALLOWED_MS.items()
        },
        machine=this_machine(data),
        runs=len(samples["verify"]),
        table=(
            (f"{year.groups:,} 取引 / events", "ミリ秒、中央値 / ms, median", "許容 / allowed"),
            *(
                (words, f"{medians[part]:,.1f}", f"{ALLOWED_MS[part]:,.0f}" if part in ALLOWED_MS else "–")
                for part, words in PARTS.items()
            ),
        ),
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    done = work()
    return done, (time.perf_counter() - begun) * 1000.0
