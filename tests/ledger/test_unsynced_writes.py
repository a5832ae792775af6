"""Whatever a disk makes of writes not yet synced, the ledger has every committed batch whole and none by halves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest

from central.database.transaction import Database
from central.ledger.post_orders import post_all
from tests.central.office import NOW
from tests.faults.crash_verdict import judge
from tests.faults.runs import seed, times
from tests.ledger.referee import REFUSALS, TABLES, template
from tests.ledger.scenes import CRASHED

MIXES = times(1, 50)
HISTORY = CRASHED[: times(3, len(CRASHED))]


def statements(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that the ledger's tables are laid with and the history is posted with, as SQLite runs it."""
    path = template(folder)
    said: list[str] = []

    def connect(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = _connect(*arguments, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(said.append)
        return connection

    _connect = sqlite3.connect
    with closing(_connect(path)) as connection:
        names = ", ".join(f"'{name}'" for name in (*TABLES, REFUSALS))
        laid = connection.execute(
            f"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({names})"  # noqa: S608
        ).fetchall()
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect)
        database = Database(path)
        for batch in HISTORY:
            with database.write() as writing:
                post_all(writing, batch, NOW)
        database.close()
    # A statement that sets off a trigger is said twice.
    once = [statement for statement, _ in groupby(said)]
    return [
        # The recorded files have no shared memory; what SQLite writes to the disk is the same.
        "PRAGMA locking_mode = exclusive",
        "PRAGMA journal_mode = wal",
        "PRAGMA synchronous = 2",
        "PRAGMA foreign_keys = 1",
        "BEGIN",
        *(sql for (sql,) in laid),
        "COMMIT",
        *(each for each in once if not each.startswith(("PRAGMA", "SELECT"))),
    ]


@pytest.mark.timeout(times(300, 7_200))
def test_no_crash_state_lacks_a_committed_batch_or_holds_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = seed()
    (tmp_path / "laid").mkdir()
    script = statements(tmp_path / "laid", monkeypatch)
    assert script.count("COMMIT") == 1 + len(HISTORY)
    verdict = judge(script, tmp_path, start, MIXES)
    print(f"{verdict.states} crash states, {len(verdict.breaches)} violations (YUKEMURI_SEED={start})")
    assert verdict.breaches == []
    assert verdict.states > 500
