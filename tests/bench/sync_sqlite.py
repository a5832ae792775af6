"""SQLite alone: the rows that the office wrote, written once more in as many transactions with nothing around."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.sql.elements import ClauseElement

from central.database.ledger_tables import accounts, entries, groups, hold_parts, holds, lot_moves, lots
from central.database.tables import code_uses, devices, journals, records, rides
from central.database.transaction import Database, database_file

Row = tuple[Any, ...]
Key = tuple[str, str, int]
"""A record's: device, epoch, number."""

PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "foreign_keys = on",
    "cache_size = -65536",
    "wal_autocheckpoint = 8000",
)
"""The office's own."""
_OPEN = {"state": "open"} | dict.fromkeys(
    ("alight_epoch", "alight_number", "alight_stop_id", "alight_index", "alight_wall")
)
_OPEN |= dict.fromkeys(("alight_unsure", "fare", "held", "cash", "owed"), 0)
"""What stands in a ride's row before its end, where that will write."""
_ENDS = [column.name for column in rides.columns if column.name in _OPEN]
"""In the table's order, which is also that of a statement."""


def _text(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))


_END_RIDE = _text(
    update(rides)
    .where(rides.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _ENDS})
)
_MOVE = _text(
    update(accounts)
    .where(accounts.c.id == bindparam("row"))
    .values(balance=accounts.c.balance + bindparam("amount"))
)
_SET_LOT = _text(
    update(lots)
    .where(lots.c.id == bindparam("row"))
    .values(remaining=bindparam("new_remaining"), held=bindparam("new_held"))
)
_RESOLVE = _text(
    update(holds)
    .where(holds.c.id == bindparam("row"))
    .values(resolved_by=bindparam("by"), how=bindparam("new_how"))
)
_LEDGER = (groups, entries, lots, lot_moves, holds, hold_parts)
_INSERT = {table: _text(insert(table)) for table in (devices, accounts, records, rides, code_uses, *_LEDGER)}
_cursor = upsert(journals)
_PUT_CURSOR = _text(
    _cursor.on_conflict_do_update(
        index_elements=["device", "epoch"],
        set_={"number": _cursor.excluded.number, "hash": _cursor.excluded.hash},
    )
)


@dataclass
class Transaction:
    """What one transaction writes: rows by the statement that writes them, in order: a ride begins before it ends."""

    writes: dict[str, list[Row]] = field(
        default_factory=lambda: {
            statement: []
            # A hold gives way to its successor.
            for statement in (
                *(_INSERT[table] for table in (records, rides, code_uses, groups, entries, lot_moves)),
                _RESOLVE,
                *(_INSERT[table] for table in (holds, hold_parts)),
                _END_RIDE,
                _MOVE,
                _SET_LOT,
                _PUT_CURSOR,
            )
        }
    )


def sqlite_alone(office: Path, folder: Path, buses: Sequence[str], transactions: int) -> float:
    """Seconds in which SQLite writes what these buses' records became in the office's data folder."""
    with closing(sqlite3.connect(database_file(office))) as source:
        source.row_factory = sqlite3.Row
        posted = _Posted(source)
        known = {table: _rows(source, table) for table in (devices, accounts)} | posted.before
        work = list(_work(source, buses, transactions, posted))
    laid = Database(database_file(folder))
    laid.create()
    laid.close()
    with closing(sqlite3.connect(database_file(folder), isolation_level=None)) as target:
        for pragma in PRAGMAS:
            target.execute(f"PRAGMA {pragma}")
        for table, rows in known.items():
            target.executemany(_INSERT[table], map(tuple, rows))
        begun = time.perf_counter()
        for transaction in work:
            target.execute("BEGIN IMMEDIATE")
            for statement, values in transaction.writes.items():
                target.executemany(statement, values)
            target.execute("COMMIT")
        return time.perf_counter() - begun


def _work(
    source: sqlite3.Connection, buses: Sequence[str], transactions: int, posted: _Posted
) -> Iterator[Transaction]:
    taken = [row for row in _rows(source, records) if row["device"] in buses]
    boarded, alighted = _rides(source)
    shown = {tuple(row)[-3:]: tuple(row) for row in _rows(source, code_uses)}
    size = -(-len(taken) // transactions)
    for first in range(0, len(taken), size):
        yield _transaction(taken[first : first + size], boarded, shown, alighted, posted)


def _transaction(
    taken: Sequence[sqlite3.Row],
    boarded: Mapping[Key, sqlite3.Row],
    shown: Mapping[Row, Row],
    alighted: Mapping[Key, sqlite3.Row],
    posted: _Posted,
) -> Transaction:
    """Each row is written once, and once more where it changes: an account or a journal once in a transaction."""
    made = Transaction()
    moved: dict[int, int] = defaultdict(int)
    touched: dict[int, Row] = {}
    ended: list[Row] = []
    cursors: dict[tuple[str, str], Row] = {}
    for record in taken:
        key = (record["device"], record["epoch"], record["number"])
        made.writes[_INSERT[records]].append(tuple(record))
        if (ride := boarded.get(key)) is not None:
            made.writes[_INSERT[rides]].append(tuple({**ride, **_OPEN}.values()))
        if (use := shown.get(key)) is not None:
            made.writes[_INSERT[code_uses]].append(use)
        if (ride := alighted.get(key)) is not None:
            made.writes[_END_RIDE].append((*(ride[name] for name in _ENDS), ride["id"]))
            group = posted.groups[f"ride/{key[0]}/{key[1]}/{ride['board_number']}"]
            for table, rows in posted.of_group(group["id"]).items():
                if rows:
                    made.writes[_INSERT[table]] += map(tuple, rows)
            made.writes[_INSERT[groups]].append(tuple(group))
            ended += posted.resolved[group["id"]]
            for entry in posted.rows[entries][group["id"]]:
                moved[entry["account_id"]] += entry["amount"]
            for lot in posted.lots_touched(group["id"]):
                touched[lot] = posted.lots[lot]
        cursors[key[:2]] = (*key, record["hash"], "", 0)
    made.writes[_MOVE] = [(amount, account) for account, amount in moved.items()]
    placed = {row[0]: row for row in made.writes[_INSERT[holds]]}
    made.writes[_RESOLVE] = [end for end in ended if end[-1] not in placed]
    # Those that came and went within the transaction go in as they ended.
    for by, how, number in ended:
        if number in placed:
            placed[number] = (*placed[number][:-2], by, how)
    made.writes[_INSERT[holds]] = list(placed.values())
    made.writes[_SET_LOT] = list(touched.values())
    made.writes[_PUT_CURSOR] = list(cursors.values())
    return made


def _rides(source: sqlite3.Connection) -> tuple[dict[Key, sqlite3.Row], dict[Key, sqlite3.Row]]:
    """By the record that begins each, and by the one that ends it."""
    all_rides = _rows(source, rides)
    boarded = {(row["device"], row["epoch"], row["board_number"]): row for row in all_rides}
    alighted = {(row["device"], row["epoch"], row["alight_number"]): row for row in all_rides}
    return boarded, alighted


class _Posted:
    """The ledger's rows by the group that wrote them; `before` are those that no ride did."""

    def __init__(self, source: sqlite3.Connection) -> None:
        self.groups = {row["command"]: row for row in _rows(source, groups)}
        self.lots = {row["id"]: (row["remaining"], row["held"], row["id"]) for row in _rows(source, lots)}
        self.rows: dict[Table, dict[int, list[sqlite3.Row]]] = {
            table: defaultdict(list) for table in (entries, lots, lot_moves, holds, hold_parts)
        }
        self.resolved: dict[int, list[Row]] = defaultdict(list)
        by_entry: dict[int, int] = {}
        by_hold: dict[int, int] = {}
        for row in _rows(source, entries):
            by_entry[row["id"]] = row["group_id"]
            self.rows[entries][row["group_id"]].append(row)
        for row in _rows(source, lots):
            self.rows[lots][row["group_id"]].append(row)
        for row in _rows(source, lot_moves):
            self.rows[lot_moves][by_entry[row["entry_id"]]].append(row)
        for row in _rows(source, holds):
            by_hold[row["id"]] = row["placed_by"]
            self.rows[holds][row["placed_by"]].append(row)
            if row["resolved_by"] is not None:
                self.resolved[row["resolved_by"]].append((row["resolved_by"], row["how"], row["id"]))
        for row in _rows(source, hold_parts):
            self.rows[hold_parts][by_hold[row["hold_id"]]].append(row)
        others = [row for command, row in self.groups.items() if not command.startswith("ride/")]
        self.before: dict[Table, list[Any]] = {groups: others} | {
            table: [row for group in others for row in self.of_group(group["id"])[table]]
            for table in self.rows
        }

    def of_group(self, group: int) -> dict[Table, list[Any]]:
        """Its rows, holds still open."""
        rows: dict[Table, list[Any]] = {table: found[group] for table, found in self.rows.items()}
        rows[holds] = [tuple({**row, "resolved_by": None, "how": ""}.values()) for row in rows[holds]]
        return rows

    def lots_touched(self, group: int) -> set[int]:
        """The lots that it took from, and those that its holds keep."""
        return {row["lot_id"] for table in (lot_moves, hold_parts) for row in self.rows[table][group]}


def _rows(source: sqlite3.Connection, table: Table) -> list[sqlite3.Row]:
    return source.execute(_text(select(table).order_by(*table.primary_key))).fetchall()
