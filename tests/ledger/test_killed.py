"""The ledger killed between any two system calls, and its power cut: a prefix of the orders stands, nothing half.

The same commands again complete it to the very books of an undisturbed run.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random

import pytest

from central.database.transaction import Database, database_file
from central.ledger.verify_ledger import verify_ledger
from tests.faults import post_history
from tests.faults.children import child, module
from tests.faults.kill_ledger import one_by_one, posted
from tests.faults.killed import killed_everywhere
from tests.faults.power import disk_of_its_own
from tests.faults.runs import seed, times
from tests.ledger.referee import REFUSALS, Rows, template
from tests.ledger.scenes import CRASHED

MOST = times(24, 100_000)
CUTS = times(4, 300)
MOST_S = 0.01
"""After an answer, so that the cut falls anywhere within the next commit."""


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder with an empty ledger."""
    folder = tmp_path / "empty"
    folder.mkdir()
    template(folder)
    return folder


def undisturbed_rows(folder: Path) -> Rows:
    folder.mkdir()
    template(folder)
    return completed(folder)


def completed(folder: Path) -> Rows:
    """The rows once all commands were asked (again)."""
    database = Database(database_file(folder))
    posted(database, "silent")
    database.close()
    return Rows(database_file(folder))


def breaches(folder: Path, answered: int, whole: Rows, ends: set[int]) -> list[str]:
    """What is wrong with a ledger that was broken off after it had answered so many orders.

    `ends` are the numbers of orders after which it may have been broken off.
    """
    database = Database(database_file(folder))
    with database.read() as connection:
        found = list(verify_ledger(connection).problems)
    database.close()
    rows = Rows(database_file(folder))
    if rows["entry_groups"] != whole["entry_groups"][: len(rows["entry_groups"])]:
        found.append("the groups are no prefix")
    known = set(rows.group_of) | {row["command"] for row in rows[REFUSALS]}
    commands = [order.command for order in one_by_one()]
    stand = next((nth for nth, command in enumerate(commands) if command not in known), len(commands))
    if known != set(commands[:stand]) or stand not in ends:
        found.append(f"half a batch: {known}")
    if stand < answered:
        found.append(f"{stand} orders, but {answered} answered")
    if completed(folder).tables != whole.tables:
        found.append("the same commands again come to other books")
    return found


def _answered(lines: list[str]) -> int:
    said = [int(line.split()[1]) for line in lines if line.startswith("answered ")]
    return max(said, default=0)


BATCH_ENDS = [sum(map(len, CRASHED[:nth])) for nth in range(len(CRASHED) + 1)]


def of_batches(lines: list[str]) -> int:
    """Orders answered, where whole batches were."""
    return BATCH_ENDS[_answered(lines)]


def killed(tmp_path: Path, empty: Path, how: str) -> list[str]:
    """Breaches of all ledgers that were killed, each at another call."""
    start = seed()
    whole = undisturbed_rows(tmp_path / "whole")
    struck, calls = killed_everywhere("kill_ledger", tmp_path, MOST, start, empty, how)
    ends = set(range(len(one_by_one()) + 1)) if how == "together" else set(BATCH_ENDS)
    heard: Callable[[list[str]], int] = _answered if how == "together" else of_batches
    found = [
        f"{each.fault.name}: {breach}"
        for each in struck
        for breach in breaches(each.folder / "data", heard(each.said), whole, ends)
    ]
    print(f"{how}: killed in {len(struck)} of {calls} calls, {len(found)} breaches (YUKEMURI_SEED={start})")
    return found


@pytest.mark.timeout(times(300, 7_200))
@pytest.mark.parametrize("how", ["none", "together"])
def test_killed_at_any_call_the_ledger_has_a_prefix_and_completes(
    tmp_path: Path, empty: Path, how: str
) -> None:
    assert killed(tmp_path, empty, how) == []


@pytest.mark.timeout(300)
def test_an_answer_before_its_commit_is_noticed(tmp_path: Path, empty: Path) -> None:
    assert any("answered" in breach for breach in killed(tmp_path, empty, "answers-first"))


@pytest.mark.timeout(times(300, 7_200))
def test_a_power_cut_leaves_a_prefix_and_no_answer_without_its_orders(tmp_path: Path, empty: Path) -> None:
    start = seed()
    dice, found, lines = Random(start), [], 0
    whole = undisturbed_rows(tmp_path / "whole")
    with disk_of_its_own(tmp_path) as disk:
        for _ in range(CUTS):
            shutil.copytree(empty, disk.data)
            os.sync()
            enough = dice.randrange(len(CRASHED))
            with child(module("post_history", disk.data), tmp_path / "errors") as posting:
                posting.wait_for(lambda lines, enough=enough: len(lines) >= enough)  # type: ignore[misc]
                time.sleep(dice.uniform(0, MOST_S))
                posting.freeze()
                disk.cut_power()
            disk.pull_out()
            disk.plug_in()
            lines += len(posting.lines)
            found += breaches(disk.data, of_batches(posting.lines), whole, set(BATCH_ENDS))
            shutil.rmtree(disk.data)
    print(f"{CUTS} power cuts, {lines} batches answered, {len(found)} breaches (YUKEMURI_SEED={start})")
    assert found == []


def lost_answers(folder: Path, told: list[str]) -> list[str]:
    """What is wrong where many callers posted together: an answer that does not stand, or books that differ."""
    database = Database(database_file(folder))
    with database.read() as connection:
        found = list(verify_ledger(connection).problems)
    rows = Rows(database_file(folder))
    found += [f"{command} was answered and is lost" for command in told if command not in rows.group_of]
    # The same programs start again and ask all of it again.
    post_history.call_all(database)
    with database.read() as connection:
        found += verify_ledger(connection).problems
    database.close()
    after = Rows(database_file(folder))
    if after["entry_groups"][: len(rows["entry_groups"])] != rows["entry_groups"]:
        found.append("what stood before is not the beginning any more")
    balances = {account["kind"]: account["balance"] for account in after["accounts"]}
    if balances["member"] + balances["shop"] != 5 * post_history.CALLERS * post_history.EACH:
        found.append(f"charged once each, and there is {balances}")
    return found


@pytest.mark.timeout(times(300, 7_200))
@pytest.mark.parametrize("how", ["killed", "power cut"])
def test_of_callers_who_post_together_nobody_was_answered_before_the_commit(
    tmp_path: Path, empty: Path, how: str
) -> None:
    start = seed()
    dice, found, told = Random(start), [], 0
    with disk_of_its_own(tmp_path) if how == "power cut" else nullcontext() as disk:
        data = disk.data if disk else tmp_path / "data"
        for _ in range(times(2, 200)):
            shutil.copytree(empty, data)
            os.sync()
            enough = dice.randrange(300)
            with child(module("post_history", data, "callers"), tmp_path / "errors") as posting:
                posting.wait_for(lambda lines, enough=enough: len(lines) > enough)  # type: ignore[misc]
                posting.freeze()
                if disk:
                    disk.cut_power()
            if disk:
                disk.pull_out()
                disk.plug_in()
            told += len(posting.lines)
            found += lost_answers(data, posting.lines)
            shutil.rmtree(data)
    print(f"{how}: {told} answered, {len(found)} breaches (YUKEMURI_SEED={start})")
    assert found == []
