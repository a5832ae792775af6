"""`ledger`: payments a second, each on the disk before it is answered, beside SQLite alone writing the same rows."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from central.database.ledger_tables import accounts, entries, groups, lot_moves, lots
from central.database.transaction import Database, database_file
from central.ledger.post_orders import Posted, post_all
from central.ledger.post_together import PostTogether
from central.ledger.verify_ledger import verify_ledger
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.charges import cash_charge_order
from rules.ledger.order import Move, Order, Spend
from rules.money import Yen
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result

RUNS = 5
"""Rounds, each of which measures all five one after another, so that a slow moment of the disk is shared."""
MEMBERS, SHOPS = 3_000, 60
PLENTY = Yen(1_000_000)
NOW = 1_790_000_000
CALLERS = {1: 300, 8: 1_200, 64: 6_400}
"""Payments in a round by how many pay at once."""
TOGETHER = 64
"""Payments in one commit of SQLite alone, for the second figure beside."""
ONE_OF_BARE, MANY_OF_BARE = 0.5, 0.3
"""What is to be reached: of SQLite alone with a commit each, and with one for TOGETHER."""
PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "foreign_keys = on",
    "cache_size = -65536",
    "wal_autocheckpoint = 8000",
)
"""The office's own."""


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Pay in `runs` rounds. Raises NoRealDisk if `data` is no folder on a disk, NotMeasured if a payment is refused.

    `data` is made if missing, and what the bench puts there is removed again. `progress` hears how many are done.
    """
    make_on_disk(data)
    with tempfile.TemporaryDirectory(dir=data) as folder:
        ours, bare = Path(folder) / "ours", Path(folder) / "bare"
        _fill(ours)
        bare.mkdir()
        shutil.copy(database_file(ours), database_file(bare))
        database = Database(database_file(ours))
        numbers = count(1)
        rates: dict[str, list[float]] = {name: [] for name in ("bare_1", "1", "8", "bare_64", "64")}
        with closing(_Bare(bare)) as alone:
            for done in range(1, runs + 1):
                rates["bare_1"].append(alone.rate(numbers, CALLERS[1], together=1))
                rates["1"].append(_rate(database, numbers, 1))
                rates["8"].append(_rate(database, numbers, 8))
                rates["bare_64"].append(alone.rate(numbers, CALLERS[64], together=TOGETHER))
                rates["64"].append(_rate(database, numbers, 64))
                progress(done)
        with database.read() as connection:
            problems = verify_ledger(connection).problems
        database.close()
    if problems:
        raise NotMeasured(f"The ledger does not verify: {problems[0]}")
    return _result({name: statistics.median(each) for name, each in rates.items()}, runs, data)


def _fill(folder: Path) -> None:
    database = Database(database_file(folder))
    database.create()
    orders = [cash_charge_order(f"charge/{number}", f"m{number}", PLENTY) for number in range(MEMBERS)]
    # The shops' accounts are there too: SQLite alone has no word for opening one.
    orders += [_payment(f"first/{shop}", shop) for shop in range(SHOPS)]
    with database.write() as connection:
        if not all(isinstance(answer, Posted) for answer in post_all(connection, orders, NOW)):
            raise NotMeasured("The village could not be made.")
    database.close()
    with closing(sqlite3.connect(database_file(folder))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _payment(command: str, number: int) -> Order:
    shop = AccountRef(AccountKind.SHOP, f"s{number % SHOPS}")
    return Order(command, "payment", (Move(Spend(f"m{number * 7919 % MEMBERS}"), shop, 100 + number % 900),))


def _rate(database: Database, numbers: Iterator[int], callers: int) -> float:
    """Payments a second from so many callers, each of whom waits for an answer before the next."""
    ledger = PostTogether(database)
    each = CALLERS[callers] // callers
    work = [
        [_payment(f"pay/{number}", number) for _, number in zip(range(each), numbers, strict=False)]
        for _ in range(callers)
    ]
    refused: list[object] = []
    ready = threading.Barrier(callers + 1)

    def pay(orders: list[Order]) -> None:
        ready.wait()
        for order in orders:
            answer = ledger.post(order, NOW)
            if not isinstance(answer, Posted):
                refused.append(answer)

    threads = [threading.Thread(target=pay, args=(orders,)) for orders in work]
    for thread in threads:
        thread.start()
    ready.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if refused:
        raise NotMeasured(f"{len(refused)} payments were not posted: {refused[0]}")
    return callers * each / seconds


def _text(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))


class _Bare:
    """SQLite alone: the rows that a payment becomes, written in a loop with nothing around."""

    _GROUP = _text(insert(groups))
    _ENTRY = _text(insert(entries))
    _MOVE = _text(insert(lot_moves))
    _BALANCE = _text(
        update(accounts)
        .where(accounts.c.id == bindparam("a"))
        .values(balance=accounts.c.balance + bindparam("b"))
    )
    _LOT = _text(
        update(lots).where(lots.c.id == bindparam("l")).values(remaining=lots.c.remaining - bindparam("b"))
    )

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(database_file(folder), isolation_level=None)
        for pragma in PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        self._group = self._one("SELECT max(id) FROM entry_groups")
        self._entry = self._one("SELECT max(id) FROM entries")
        self._lot_move = self._one("SELECT max(id) FROM lot_moves")
        self._members = [row[0] for row in self._db.execute("SELECT id FROM accounts WHERE kind = 'member'")]
        self._shops = [row[0] for row in self._db.execute("SELECT id FROM accounts WHERE kind = 'shop'")]
        self._lots = dict(self._db.execute("SELECT account_id, id FROM lots"))
        self._hash = hashlib.sha256(b"bare").hexdigest()

    def rate(self, numbers: Iterator[int], payments: int, together: int) -> float:
        """Payments a second, so many in one commit."""
        chosen = [number for _, number in zip(range(payments), numbers, strict=False)]
        begun = time.perf_counter()
        for first in range(0, payments, together):
            self._db.execute("BEGIN IMMEDIATE")
            for number in chosen[first : first + together]:
                self._pay(number)
            self._db.execute("COMMIT")
        return payments / (time.perf_counter() - begun)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def _pay(self, number: int) -> None:
        execute, amount = self._db.execute, 100 + number % 900
        member, shop = self._members[number * 7919 % MEMBERS], self._shops[number % SHOPS]
        self._group += 1
        execute(self._GROUP, (self._group, f"pay/{number}", "payment", self._hash, NOW, self._hash))
        execute(self._ENTRY, (self._entry + 1, self._group, member, -amount))
        execute(self._ENTRY, (self._entry + 2, self._group, shop, amount))
        self._lot_move += 1
        execute(self._MOVE, (self._lot_move, self._entry + 1, self._lots[member], -amount, ""))
        self._entry += 2
        execute(self._BALANCE, (-amount, member))
        execute(self._BALANCE, (amount, shop))
        execute(self._LOT, (amount, self._lots[member]))

    def _one(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0])


def _result(rates: dict[str, float], runs: int, data: Path) -> Result:
    checks = {
        "1_of_bare": Check(rates["1"] / rates["bare_1"], ONE_OF_BARE, Bound.AT_LEAST),
        "64_of_bare_64": Check(rates["64"] / rates["bare_64"], MANY_OF_BARE, Bound.AT_LEAST),
    }
    beside = {"1": "bare_1", "8": "bare_64", "64": "bare_64"}
    return Result(
        name="ledger",
        metrics={f"payments_per_s_{callers}": rates[callers] for callers in ("1", "8", "64")},
        limits={"bare_per_s_commit_each": rates["bare_1"], "bare_per_s_commit_per_64": rates["bare_64"]},
        checks=checks,
        machine=this_machine(data),
        runs=runs,
        table=(
            ("毎秒の支払い / payments a second", "元帳 / ledger", "SQLiteだけ / SQLite alone", "比 / ratio"),
            *(
                (
                    f"同時に {callers} 件 / {callers} at once",
                    f"{rates[callers]:,.0f}",
                    f"{rates[bare]:,.0f}",
                    f"{rates[callers] / rates[bare]:.2f}",
                )
                for callers, bare in beside.items()
            ),
        ),
    )
