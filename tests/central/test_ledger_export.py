"""The export says the ledger whole, and an outside program finds it right, or not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from central.database.transaction import Database, database_file
from central.ledger.commands import ledger
from central.ledger.export_beancount import account_name, beancount, commodity
from central.ledger.history.store import History
from rules.ledger.accounts import AccountKind
from tests.central.ledger_village import MEMBERS, ORDERS, Step, played, steps

BEAN_CHECK = Path(sys.executable).with_name("bean-check")
WHOLE: list[Step] = [
    (what, who, amount, pick, seconds)
    for seconds, amount, picks in (
        (0, 2000, (1, 2)),
        (3600, 300, (0, 1, 2, 3, 4)),
        (90_000, 50, (0, 1, 2, 4)),
    )
    for pick in picks
    for who in MEMBERS
    for what in ORDERS
]
"""A history in which every kind of order was posted."""


def bean_check(text: str, folder: Path) -> list[str]:
    """What the referee complains of."""
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    ran = subprocess.run([BEAN_CHECK, "--no-cache", file], capture_output=True, text=True, check=False)
    complaints = [line for line in ran.stderr.splitlines() if line.startswith(str(file))]
    assert (ran.returncode != 0) == bool(complaints), ran.stderr
    return [line.removeprefix(f"{file}:") for line in complaints]


def exported(history: list[Step]) -> str:
    with played(history) as (_, connection):
        return "".join(beancount(History(connection)))


@pytest.fixture(scope="module")
def whole() -> str:
    return exported(WHOLE)


def test_every_kind_of_event_stands_in_the_export_that_the_tests_tamper_with(whole: str) -> None:
    wanted = {"charge", "card charge", "release", "pass hold", "ride", "forgotten ride", "ride corrected"}
    wanted |= {"ride taken back", "ride by hand", "ride by hand undone", "refund", "payment"}
    wanted |= {"refund of payment", "grant", "return ticket", "bus ticket", "expiry"}
    assert set(re.findall(r'^\S+ \* "(.*)"$', whole, re.MULTILINE)) == wanted


@settings(max_examples=25)
@given(steps)
def test_any_history_is_exported_so_that_bean_check_accepts_it(history: list[Step]) -> None:
    with played(history) as (folder, connection):
        stored = History(connection)
        text = "".join(beancount(stored))
        assert len(re.findall(r"^\d{4}-\d\d-\d\d \* ", text, re.MULTILINE)) == stored.count()
        assert len(re.findall(r"^\S+ balance ", text, re.MULTILINE)) == len(stored.accounts)
        assert bean_check(text, folder) == []


def test_a_single_changed_amount_makes_bean_check_fail(whole: str, tmp_path: Path) -> None:
    assert bean_check(whole, tmp_path) == []
    amounts = list(re.finditer(r"^(?:  [A-Z]\S+:\S+|\S+ balance \S+) (-?\d+) ", whole, re.MULTILINE))
    assert len(amounts) > 300
    for found in amounts[:: len(amounts) // 12]:
        changed = f"{whole[: found.start(1)]}{int(found[1]) + 1}{whole[found.end(1) :]}"
        assert bean_check(changed, tmp_path), found[0]


def test_what_is_taken_from_a_lot_that_has_less_makes_bean_check_fail(tmp_path: Path) -> None:
    text = exported([("charge", "m", 100, 0, 0), ("charge", "m", 100, 0, 0), ("pay", "m", 100, 0, 0)])
    assert bean_check(text, tmp_path) == []
    # Sums and balances stay right: the second payment of 100 comes out of the lot that is empty.
    more = re.sub(r'(\S+ \* "payment"\n(?:  .*\n)+)', r"\1\1", text)
    more = re.sub(r"(balance Liabilities:Member\S+) -100", r"\1 0", more)
    more = re.sub(r"(balance Liabilities:Shop\S+) -100", r"\1 -200", more)
    assert any("Not enough lots" in line or "No position" in line for line in bean_check(more, tmp_path))


@given(st.sampled_from(AccountKind), st.text(max_size=20), st.text(max_size=20))
def test_no_two_owners_share_a_name(kind: AccountKind, one: str, other: str) -> None:
    name = account_name(kind, one)
    assert re.fullmatch(r"[A-Z][a-z]+(:[A-Z][A-Za-z0-9-]*)+", name)
    if one != other:
        assert name != account_name(kind, other)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_two_units_share_a_commodity(one: str, other: str) -> None:
    if one != other:
        assert commodity(one) != commodity(other)


def test_commodities_are_named_after_their_units() -> None:
    assert [commodity(unit) for unit in ("kurapo", "ride", "trips/12")] == ["KURAPO", "RIDE", "TRIPS.12"]


@settings(max_examples=3)
@given(st.lists(st.text(max_size=30), min_size=40, max_size=80))
@example(["true", "false", "null", "k", "X", "x/", "trips/1", "5", "二", "a" * 200, "'\"\\\n"])
def test_bean_check_takes_whatever_names_there_are(names: list[str]) -> None:
    opens = [
        f"1970-01-01 open {account_name('member', name)} {commodity(name)}\n"
        f"1970-01-02 balance {account_name('member', name)} 0 {commodity(name)}\n"
        for name in set(names)
        if name
    ]
    with played([]) as (folder, _):
        assert bean_check("".join(opens), folder) == []


def test_the_command_writes_it_to_stdout_and_nothing_else(tmp_path: Path) -> None:
    with played(WHOLE) as (folder, connection):
        ran = CliRunner().invoke(ledger, ["export", "--data", str(folder), "--format", "beancount"])
        assert ran.exit_code == 0
        assert ran.stdout == "".join(beancount(History(connection)))
        assert "export" in ran.stderr


def test_an_empty_ledger_is_exported_too(tmp_path: Path) -> None:
    database = Database(database_file(tmp_path))
    database.create()
    with database.read() as connection:
        text = "".join(beancount(History(connection)))
    database.close()
    assert bean_check(text, tmp_path) == []
