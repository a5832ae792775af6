"""F3: what is wrong with a journal or with the office's books after the program was killed at some call."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from central.database.tables import records
from central.database.transaction import Connection
from central.ledger.verify_ledger import verify_ledger
from tests.central.office import balances, cursors, incidents_listed, record_rows, ride_rows
from tests.faults.journal_check import ALL, chain_breaches, opened
from tests.faults.kill_central import Books, books
from tests.faults.kiosk_check import kiosk_breaches, shown_in
from tests.faults.traced import CALLS, Strike, Struck, calls_of, every_call, strike, undisturbed
from tests.terminal.loop_bench import UNIT

KILL, KILLED = Strike("signal=SIGKILL"), -9


def device_breaches(struck: Struck) -> list[str]:
    """What a killed child's journal lacks of what the child said, or has by halves."""
    said = [line.split() for line in struck.said]
    told = {
        word: [line[1] for line in said if line[0] == word] for word in ("ready", "wrote", "acknowledged")
    }
    with opened(struck.folder / "data") as journal:
        written = journal.records_after(0, ALL)
        found = chain_breaches(journal.epoch, written, UNIT)
        count = int(journal.recall("count", "") or 0)
        if told["ready"] not in ([], [journal.epoch]):
            found.append(f"epoch {journal.epoch} in place of {told['ready']}")
        if len(written) != count:
            found.append(f"{len(written)} records beside a count of {count}")
        if len(written) < max(map(int, told["wrote"]), default=0):
            found.append(f"{len(written)} records, but {told['wrote'][-1]} said")
        if journal.acknowledged < max(map(int, told["acknowledged"]), default=0):
            found.append(f"acknowledged up to {journal.acknowledged}, but {told['acknowledged'][-1]} said")
    return [f"{struck.fault.name}: {breach}" for breach in found]


def kiosk_killed_breaches(struck: Struck) -> list[str]:
    """The same of a killed kiosk."""
    found = kiosk_breaches(struck.folder / "data", shown_in(struck.said), struck.said)
    return [f"{struck.fault.name}: {breach}" for breach in found]


def count(connection: Connection) -> int:
    """Records taken in; the sets of rows below would not show one that is there twice."""
    return connection.execute(select(func.count()).select_from(records)).scalar_one()


def content(office: Books) -> tuple[Any, ...]:
    """All that machines and money have left in the books."""
    with office.database.read() as connection:
        parts = (count, record_rows, ride_rows, balances, cursors, incidents_listed)
        return tuple(part(connection) for part in parts)


def office_breaches(struck: Struck, whole: tuple[Any, ...]) -> list[str]:
    """What a killed child's books lack of what it answered, and how they differ once the bus has sent all again."""
    answered = [int(line.split()[1]) for line in struck.said if line.startswith("acknowledged ")]
    found = []
    with books(struck.folder / "data") as office:
        with office.database.read() as connection:
            taken = count(connection)
            found += verify_ledger(connection).problems
        if taken < max(answered, default=0):
            found.append(f"{taken} records, but {answered[-1]} acknowledged")
        office.take_all(struck.folder / "data")
        if content(office) != whole:
            found.append("lost or doubled once all was sent again")
    return [f"{struck.fault.name}: {breach}" for breach in found]


def killed_everywhere(
    job: str, folder: Path, most: int, start: int, *arguments: object
) -> tuple[list[Struck], int]:
    """Children of a job, each killed at another call; and how many calls there are."""
    first = undisturbed(job, folder / "first", *arguments)
    calls = calls_of(first)
    faults = every_call(calls, CALLS, most, Random(start))
    killed = strike(KILL, folder / "killed", job, faults, first, *arguments)
    assert [each.fault for each in killed if each.status != KILLED] == []
    return killed, sum(map(len, calls.values()))
