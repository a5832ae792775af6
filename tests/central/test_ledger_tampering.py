"""Whatever is changed in the ledger's tables behind its back is found, whichever table it is."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.database.transaction import Database, database_file
from central.ledger.commands import ledger
from central.ledger.verify_ledger import verify_ledger
from tests.central.ledger_village import MEMBERS, ORDERS, Step, played

HISTORY: list[Step] = [
    (what, who, amount, pick, seconds)
    for amount, pick, seconds in ((2000, 1, 0), (300, 3, 3600), (50, 0, 90_000), (40, 2, 60))
    for who in MEMBERS
    for what in ORDERS
]
NAMES = {
    "opened": "(SELECT max(id) FROM holds WHERE resolved_by IS NULL)",
    "ended": "(SELECT max(id) FROM holds WHERE resolved_by IS NOT NULL)",
    "kept": "(SELECT max(hold_id) FROM hold_parts)",
    "restored": "(SELECT max(id) FROM lot_moves WHERE restores != '')",
    "entry": "(SELECT entry_id FROM lot_moves WHERE id = 1)",
    "last": "(SELECT max(id) FROM entry_groups)",
    "other": "(SELECT id FROM accounts WHERE kind = 'member' AND id != account_id ORDER BY id LIMIT 1)",
}
"""What the statements below mean by names in braces."""

TAMPERINGS = [
    "UPDATE accounts SET balance = balance + 1 WHERE kind = 'member'",
    "UPDATE accounts SET owner = 'thief' WHERE kind = 'shop'",
    "UPDATE accounts SET kind = 'sold' WHERE kind = 'expired'",
    "UPDATE accounts SET unit = 'ride' WHERE kind = 'cash-desk'",
    "UPDATE accounts SET may_go_below_zero = 1 WHERE kind = 'shop'",
    "UPDATE entries SET amount = amount + 1 WHERE id = 1",
    "UPDATE entries SET account_id = 2 WHERE account_id = 1 AND id < 10",
    "UPDATE entries SET group_id = group_id + 1 WHERE id = 5",
    "UPDATE entries SET group_id = 99999 WHERE id = 5",
    "DELETE FROM entries WHERE group_id = 2",
    "INSERT INTO entries (group_id, account_id, amount) VALUES (1, 1, 5), (1, 2, -5)",
    "INSERT INTO entries (group_id, account_id, amount) VALUES (99999, 1, 0)",
    "DELETE FROM entry_groups WHERE id = 2",
    "DELETE FROM entry_groups WHERE id = {last}",
    "UPDATE entry_groups SET command = 'other' WHERE id = 1",
    "UPDATE entry_groups SET what = 'other' WHERE id = 2",
    "UPDATE entry_groups SET posted_at = posted_at + 1 WHERE id = 3",
    "UPDATE entry_groups SET posted_at = posted_at + 1 WHERE id = {last}",
    "UPDATE entry_groups SET asked = chain WHERE id = 3",
    "UPDATE entry_groups SET chain = asked WHERE id = 3",
    "INSERT INTO entry_groups (command, what, asked, posted_at, chain) VALUES ('x', 'x', '', 0, '')",
    "UPDATE lots SET remaining = remaining + 1 WHERE id = 1",
    "UPDATE lots SET held = held - 1 WHERE held > 0",
    "UPDATE lots SET origin = 'paid' WHERE origin = 'free'",
    "UPDATE lots SET programme = 'other' WHERE id = 2",
    "UPDATE lots SET expires_at = expires_at + 1 WHERE expires_at IS NOT NULL",
    "UPDATE lots SET expires_at = NULL WHERE expires_at IS NOT NULL",
    "UPDATE lots SET expires_at = issued_at WHERE expires_at IS NULL",
    "UPDATE lots SET issued_at = issued_at + 1 WHERE id = 2",
    "UPDATE lots SET account_id = {other} WHERE id = 2",
    "UPDATE lots SET group_id = group_id + 1 WHERE id = 2",
    "DELETE FROM lots WHERE id = 2",
    "DELETE FROM lots WHERE remaining = 0",
    (
        "INSERT INTO lots (account_id, group_id, origin, programme, issued_at, remaining, held) "
        "SELECT account_id, group_id, origin, programme, issued_at, 0, 0 FROM lots WHERE id = 1"
    ),
    "UPDATE lot_moves SET amount = amount + 1 WHERE id = 3",
    "UPDATE lot_moves SET lot_id = lot_id + 1 WHERE id = 3",
    "UPDATE lot_moves SET entry_id = entry_id + 1 WHERE id = 3",
    "UPDATE lot_moves SET entry_id = 99999 WHERE id = 3",
    "UPDATE lot_moves SET restores = 'other' WHERE id = {restored}",
    "UPDATE lot_moves SET restores = '' WHERE id = {restored}",
    "DELETE FROM lot_moves WHERE id = 3",
    (
        "INSERT INTO lot_moves (entry_id, lot_id, amount, restores) "
        "VALUES ({entry}, 1, 5, ''), ({entry}, 1, -5, '')"
    ),
    "INSERT INTO lot_moves (entry_id, lot_id, amount, restores) VALUES (99999, 1, 5, '')",
    "UPDATE holds SET series = 'other' WHERE id = {opened}",
    "UPDATE holds SET kind = 'dispute' WHERE id = {opened}",
    "UPDATE holds SET until = 1 WHERE id = {opened}",
    "UPDATE holds SET placed_by = placed_by + 1 WHERE id = {opened}",
    "UPDATE holds SET resolved_by = {last}, how = 'released' WHERE id = {opened}",
    "UPDATE holds SET resolved_by = NULL, how = '', series = 'again' WHERE id = {ended}",
    "UPDATE holds SET resolved_by = resolved_by + 1 WHERE id = {ended}",
    "UPDATE holds SET how = 'expired' WHERE id = {ended}",
    "DELETE FROM holds WHERE id = {ended}",
    "INSERT INTO holds (series, kind, placed_by, how) VALUES ('x', 'pass', 1, '')",
    "UPDATE hold_parts SET amount = amount - 1 WHERE hold_id = {kept}",
    "UPDATE hold_parts SET lot_id = 1 WHERE hold_id = {kept} AND lot_id != 1",
    "UPDATE hold_parts SET seq = seq + 7, hold_id = {opened} WHERE hold_id = {ended}",
    "DELETE FROM hold_parts WHERE hold_id = {kept}",
    "INSERT INTO hold_parts (hold_id, seq, lot_id, amount) VALUES ({opened}, 99, 1, 1)",
    "INSERT INTO hold_parts (hold_id, seq, lot_id, amount) VALUES (99999, 0, 1, 1)",
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with every kind of row, and with nothing that would keep anybody from changing it."""
    folder = tmp_path_factory.mktemp("ledger")
    with played(HISTORY) as (made, _):
        source = sqlite3.connect(database_file(made))
        source.execute(f"VACUUM INTO '{database_file(folder)}'")
        source.close()
    connection = sqlite3.connect(database_file(folder))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    return folder


def verify(folder: Path) -> tuple[int, dict[str, list[str]]]:
    ran = CliRunner().invoke(ledger, ["verify", "--data", str(folder), "--json"])
    return ran.exit_code, json.loads(ran.output)


def tampered(kept: Path, folder: Path, statement: str) -> int:
    """How many rows the statement changed in a copy."""
    shutil.copy(database_file(kept), database_file(folder))
    connection = sqlite3.connect(database_file(folder))
    connection.execute("PRAGMA ignore_check_constraints = 1")
    changed = connection.execute(statement.format(**NAMES)).rowcount
    connection.commit()
    connection.close()
    return changed


def test_without_tampering_nothing_is_found(kept: Path) -> None:
    code, found = verify(kept)
    assert (code, found["problems"]) == (0, [])


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_whatever_is_changed_behind_its_back_is_found(kept: Path, tmp_path: Path, statement: str) -> None:
    assert tampered(kept, tmp_path, statement) > 0
    code, found = verify(tmp_path)
    assert code == 1
    assert found["problems"]


def test_a_ledger_cut_short_and_set_right_verifies_but_not_with_the_head_on_paper(
    kept: Path, tmp_path: Path
) -> None:
    """Whoever takes the newest events away with all that follows from them leaves a ledger that agrees with itself."""
    heads = []
    for history in (HISTORY[:20], HISTORY[:21]):
        with played(history) as (_, connection):
            found = verify_ledger(connection)
            assert found.problems == []
            heads.append(found.head)
    assert heads[0] != heads[1]


def test_the_export_of_a_ledger_with_stray_rows_says_so(kept: Path, tmp_path: Path) -> None:
    stray = "INSERT INTO entries (group_id, account_id, amount) VALUES (99999, 1, 0)"
    assert tampered(kept, tmp_path, stray) == 1
    ran = CliRunner().invoke(ledger, ["export", "--data", str(tmp_path), "--format", "beancount"])
    assert ran.exit_code == 1
    assert "ledger verify" in ran.stderr


def test_whether_a_file_can_be_verified_at_all_does_not_hang_on_what_is_wrong_with_it(
    kept: Path, tmp_path: Path
) -> None:
    assert tampered(kept, tmp_path, "UPDATE lots SET remaining = -5, held = 7") > 0
    database = Database(database_file(tmp_path))
    with database.read() as connection:
        assert len(verify_ledger(connection).problems) > 5
    database.close()
