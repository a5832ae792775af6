"""The real ledger on a file and the model, side by side: whatever is asked of both, every property is looked at after.

What is wrong is said with the property's name (L1-L10 of the design), "answers" and "books" where only the model
differs. The rows are read as they lie, without any of the ledger's own code.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from central.database.transaction import Database, database_file
from central.ledger.post_orders import Answer, Posted, Refused, Repeated, post_all
from central.ledger.verify_ledger import verify_ledger
from rules.ledger.chain import START
from rules.ledger.order import Capture, Move, Order, Release
from tests.ledger.model import FLOORS, Model

TABLES = ("accounts", "entry_groups", "entries", "lots", "lot_moves", "holds", "hold_parts")
REFUSALS = "command_refusals"
Row = dict[str, Any]


class Broken(AssertionError):
    """A property does not hold; its name comes first."""

    def __init__(self, name: str, *what: object) -> None:
        super().__init__(f"{name}: {' '.join(map(str, what))}")


class Rows:
    """All rows of a ledger as they lie in the file."""

    def __init__(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            self.tables = {name: self._all(connection, name) for name in (*TABLES, REFUSALS)}

    @staticmethod
    def _all(connection: sqlite3.Connection, table: str) -> list[Row]:
        found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    @property
    def ledger(self) -> list[list[Row]]:
        """Everything but the refusals."""
        return [self.tables[name] for name in TABLES]

    @cached_property
    def accounts(self) -> dict[int, Row]:
        return {row["id"]: row for row in self["accounts"]}

    @cached_property
    def group_of(self) -> dict[str, Row]:
        return {row["command"]: row for row in self["entry_groups"]}

    @cached_property
    def group_of_entry(self) -> dict[int, int]:
        return {row["id"]: row["group_id"] for row in self["entries"]}

    @property
    def head(self) -> str:
        return str(self["entry_groups"][-1]["chain"]) if self["entry_groups"] else START


def template(folder: Path) -> Path:
    """An empty ledger to copy, which is quicker than to lay one for every example."""
    path = database_file(folder)
    database = Database(path)
    database.create()
    with database.write() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    return path


class Referee:
    """One history on a copy of the empty ledger."""

    def __init__(self, empty: Path, folder: Path) -> None:
        self.path = database_file(folder)
        shutil.copy(empty, self.path)
        self.database = Database(self.path)
        self.model = Model()
        self.asked: dict[str, Order] = {}
        self.batches: list[tuple[list[Order], int, str]] = []
        self.rows = Rows(self.path)

    def close(self) -> None:
        self.database.close()

    def ask(self, orders: Sequence[Order], now: int) -> list[tuple[str, Any]]:
        """Ask both, in one batch, and look at everything."""
        before = self.rows
        try:
            with self.database.write() as connection:
                answers = post_all(connection, orders, now)
            after = self.rows = Rows(self.path)
            expected = [self.model.ask(order, now) for order in orders]
            check_rows(after)
            self._answered(orders, [_word(answer) for answer in answers], before, after)
            _holds_once(orders, before, after)
            self._verified(after)
            heard = [_word(answer) for answer in answers]
            if heard != expected:
                raise Broken("answers", heard, "and by the model", expected)
            _same_books(after, self.model)
        except Broken:
            raise
        except Exception as error:
            raise Broken("raised", repr(error)) from error
        self.batches.append((list(orders), now, after.head))
        for order in orders:
            self.asked.setdefault(order.command, order)
        return expected

    def replay(self, empty: Path, folder: Path) -> None:
        """L4: the same commands, one by one on another file, come to the same head after each."""
        other = Database(database_file(folder))
        shutil.copy(empty, other.path)
        try:
            for orders, now, head in self.batches:
                for order in orders:
                    with other.write() as connection:
                        post_all(connection, [order], now)
                if (found := Rows(other.path).head) != head:
                    raise Broken("L4", f"the replay comes to {found}, not to {head}")
            if Rows(other.path).ledger != self.rows.ledger:
                raise Broken("L4", "the replay has other rows")
        finally:
            other.close()

    def _verified(self, rows: Rows) -> None:
        with self.database.read() as connection:
            found = verify_ledger(connection)
        if found.problems or found.head != rows.head:
            raise Broken("L4", found.problems)

    def _answered(
        self, orders: Sequence[Order], heard: list[tuple[str, Any]], before: Rows, after: Rows
    ) -> None:
        known = dict(self.asked)
        refused = {row["command"]: row["reason"] for row in before[REFUSALS]}
        nothing_new = True
        for order, (word, what) in zip(orders, heard, strict=True):
            if order.command not in known:
                known[order.command] = order
                if word == "refused":
                    refused[order.command] = what
                    if order.command in after.group_of:
                        raise Broken("L6", order.command, "is refused and stands in the ledger")
                else:
                    nothing_new = False
            elif known[order.command] != order:
                if (word, what) != ("refused", "other-body"):
                    raise Broken("L5", order.command, "was something else before, and is", word)
            elif order.command in refused:
                if (word, what) != ("refused", refused[order.command]):
                    raise Broken("L6", order.command, "was refused before, and is", word, what)
            elif word != "repeated" or what != after.group_of[order.command]["id"]:
                raise Broken("L5", order.command, "is there already, and is", word)
        if nothing_new and before.ledger != after.ledger:
            is_refusal = any(word == "refused" and what != "other-body" for word, what in heard)
            raise Broken("L6" if is_refusal else "L5", "nothing was posted, and rows have changed")
        if {row["command"]: row["reason"] for row in after[REFUSALS]} != refused:
            raise Broken("L6", "the refusals kept are not those given")


def check_rows(rows: Rows) -> None:
    """All that holds of a ledger's rows, whoever has posted them. Raises Broken."""
    for check in (_sums, _floors, _balances, _codes_once, _restores, _expired):
        check(rows)


def _word(answer: Answer) -> tuple[str, Any]:
    match answer:
        case Posted(group):
            return "posted", group
        case Repeated(group):
            return "repeated", group
        case Refused(reason):
            return "refused", str(reason)


def _sums(rows: Rows) -> None:
    sums: Counter[tuple[int, str]] = Counter()
    for entry in rows["entries"]:
        sums[entry["group_id"], rows.accounts[entry["account_id"]]["unit"]] += entry["amount"]
    if any(sums.values()):
        raise Broken("L1", sums)


def _floors(rows: Rows) -> None:
    for account in rows["accounts"]:
        if account["kind"] in FLOORS and account["balance"] < 0:
            raise Broken("L2", account)
    for lot in rows["lots"]:
        if not 0 <= lot["held"] <= lot["remaining"]:
            raise Broken("L2", lot)


def _balances(rows: Rows) -> None:
    entries: Counter[int] = Counter()
    moves: Counter[int] = Counter()
    lots: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for entry in rows["entries"]:
        entries[entry["account_id"]] += entry["amount"]
    for move in rows["lot_moves"]:
        moves[move["lot_id"]] += move["amount"]
    still_open = {hold["id"] for hold in rows["holds"] if hold["resolved_by"] is None}
    for part in rows["hold_parts"]:
        held[part["lot_id"]] += part["amount"] * (part["hold_id"] in still_open)
    for lot in rows["lots"]:
        lots[lot["account_id"]] += lot["remaining"]
        if (lot["remaining"], lot["held"]) != (moves[lot["id"]], held[lot["id"]]):
            raise Broken("L3", lot, moves[lot["id"]], held[lot["id"]])
    for account in rows["accounts"]:
        number, is_member = account["id"], account["kind"] == "member"
        if account["balance"] != entries[number] or (is_member and account["balance"] != lots[number]):
            raise Broken("L3", account, entries[number], lots[number])


def _codes_once(rows: Rows) -> None:
    counted = Counter(group["command"] for group in rows["entry_groups"])
    twice = [command for command, times in counted.items() if times > 1]
    if twice:
        raise Broken("L10" if any(each.startswith("code/") for each in twice) else "L5", twice, "twice")


def _restores(rows: Rows) -> None:
    taken: Counter[tuple[str, int]] = Counter()
    commands = {group["id"]: group["command"] for group in rows["entry_groups"]}
    for move in rows["lot_moves"]:
        if move["amount"] < 0:
            taken[commands[rows.group_of_entry[move["entry_id"]]], move["lot_id"]] -= move["amount"]
        elif move["restores"]:
            taken[move["restores"], move["lot_id"]] -= move["amount"]
    more = {key: units for key, units in taken.items() if units < 0}
    if more:
        raise Broken("L8", "more was restored than taken:", more)


def _expired(rows: Rows) -> None:
    """What left a lot after its time came from a hold of before, or went to the account of what expired."""
    lots = {lot["id"]: lot for lot in rows["lots"]}
    posted_at = {group["id"]: group["posted_at"] for group in rows["entry_groups"]}
    left: Counter[tuple[int, int]] = Counter()
    for move in rows["lot_moves"]:
        group = rows.group_of_entry[move["entry_id"]]
        expires = lots[move["lot_id"]]["expires_at"]
        if move["amount"] < 0 and expires is not None and expires <= posted_at[group]:
            left[group, move["lot_id"]] -= move["amount"]
    ended = {hold["id"]: hold["resolved_by"] for hold in rows["holds"] if hold["how"] == "posted"}
    for part in rows["hold_parts"]:
        left[ended.get(part["hold_id"], 0), part["lot_id"]] -= part["amount"]
    spent: defaultdict[int, int] = defaultdict(int)
    for (group, _), units in left.items():
        spent[group] += max(0, units) if group else 0
    for entry in rows["entries"]:
        if rows.accounts[entry["account_id"]]["kind"] == "expired":
            spent[entry["group_id"]] -= entry["amount"]
    wrong = {group: units for group, units in spent.items() if units > 0}
    if wrong:
        raise Broken("L9", "expired lots were spent:", wrong)


def _holds_once(orders: Sequence[Order], before: Rows, after: Rows) -> None:
    found = {hold["id"]: hold for hold in after["holds"]}
    for hold in before["holds"]:
        if hold["resolved_by"] is not None and found[hold["id"]] != hold:
            raise Broken("L7", hold, "is resolved again:", found[hold["id"]])
    still_open = Counter(hold["series"] for hold in after["holds"] if hold["resolved_by"] is None)
    if any(times > 1 for times in still_open.values()):
        raise Broken("L7", "two holds of one series are open:", still_open)
    named = {
        series for order in orders if order.command in _new(before, after) for series in _ended_by(order)
    }
    for hold in before["holds"]:
        is_open = hold["resolved_by"] is None and found[hold["id"]]["resolved_by"] is None
        if is_open and hold["series"] in named:
            raise Broken("L7", hold, "is still open")


def _new(before: Rows, after: Rows) -> set[str]:
    return after.group_of.keys() - before.group_of.keys()


def _ended_by(order: Order) -> list[str]:
    ended = [step.series for step in order.steps if isinstance(step, Release)]
    moves = [step.source for step in order.steps if isinstance(step, Move)]
    return ended + [source.series for source in moves if isinstance(source, Capture)]


def _same_books(rows: Rows, model: Model) -> None:
    state = model.state
    _same("accounts", _real_accounts(rows), {key: value for key, value in state.accounts.items() if value})
    _same("lots", {lot["id"]: _lot(lot, rows) for lot in rows["lots"]}, state.lots)
    parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for part in rows["hold_parts"]:
        parts[part["hold_id"]].append((part["lot_id"], part["amount"]))
    holds = {
        hold["series"]: (hold["id"], hold["kind"], hold["until"], parts[hold["id"]])
        for hold in rows["holds"]
        if hold["resolved_by"] is None
    }
    _same("holds", holds, state.holds)


def _real_accounts(rows: Rows) -> dict[Any, int]:
    return {
        (row["kind"], row["owner"], row["unit"]): row["balance"]
        for row in rows["accounts"]
        if row["kind"] != "member" and row["balance"]
    }


def _lot(lot: Row, rows: Rows) -> list[Any]:
    account = rows.accounts[lot["account_id"]]
    return [
        account["owner"],
        account["unit"],
        *(lot[name] for name in ("origin", "issued_at", "expires_at", "remaining", "held")),
    ]


def _same(what: str, real: Any, by_the_model: Any) -> None:
    if real != by_the_model:
        raise Broken("books", what, real, "and by the model", by_the_model)
