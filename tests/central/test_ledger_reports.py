"""The reports say what the moves come to at their moment, whoever posts what later."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from sqlalchemy import func, select

from central.database.ledger_tables import accounts, groups, lots
from central.database.transaction import Connection, Database, database_file
from central.japan import day_of, seconds_of
from central.ledger.post_orders import post
from central.main import cli
from central.programmes.keep_programmes import add_programme
from central.reports.base_day import BASE_YEN, deposit
from central.reports.close_month import ALWAYS, read_closing
from central.reports.print_sheet import as_json, as_text
from central.reports.sheet import Sheet
from central.reports.store import moment_before, turnovers, unused
from central.reports.unused import read_unused
from rules.ledger.accounts import AccountKind, member_account
from rules.ledger.chain import START
from rules.ledger.charges import cash_charge_order
from rules.ledger.expiry import MonthsFromGrant
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order
from rules.ledger.programmes import LegalClass, Programme
from rules.money import Yen
from tests.central.ledger_village import MEMBERS, ORDERS, Step, Village, issuer, played, steps
from tests.central.office import NOW
from tests.laid import laid

FAR = 2**40
DAY = day_of(NOW)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return laid(tmp_path)


def open_lots(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """What is left in lots and how many members have it, by programme and unit, as the rows say it today."""
    found = connection.execute(
        select(
            lots.c.programme,
            accounts.c.unit,
            func.sum(lots.c.remaining),
            func.count(accounts.c.owner.distinct()),
        )
        .join_from(lots, accounts)
        .where(lots.c.remaining > 0)
        .group_by(lots.c.programme, accounts.c.unit)
    )
    return {(programme, unit): (left, members) for programme, unit, left, members in found}


def reported(connection: Connection, second: int) -> dict[tuple[str, str], tuple[int, int]]:
    found = unused(connection, moment_before(connection, second), second - 1)
    return {
        (each.programme, each.unit): (each.paid + each.free + each.premium + each.expired, each.members)
        for each in found
    }


@settings(max_examples=25)
@given(steps)
def test_at_every_point_the_unused_report_is_the_sum_of_the_open_lots_then_and_ever_after(
    history: list[Step],
) -> None:
    with played([]) as (folder, _):
        database = Database(database_file(folder))
        then: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
        with database.write() as connection:
            village = Village(connection)
            for step in history:
                village.play(*step)
                then[village.now + 1] = open_lots(connection)
            for second, left in then.items():
                assert reported(connection, second) == left
        database.close()


@settings(max_examples=25)
@given(steps)
def test_what_is_expired_by_then_is_apart_by_the_lots_own_dates(history: list[Step]) -> None:
    with played(history) as (_, connection):
        last = connection.execute(select(func.max(groups.c.posted_at))).scalar() or 0
        for second in (last, last + 60, FAR):
            good: defaultdict[tuple[str, str, str], int] = defaultdict(int)
            expired = 0
            for row in connection.execute(select(lots, accounts.c.unit).join_from(lots, accounts)):
                if row.expires_at is not None and row.expires_at <= second:
                    expired += row.remaining
                else:
                    good[row.origin, row.programme, row.unit] += row.remaining
            found = unused(connection, moment_before(connection, FAR), second)
            assert sum(each.expired for each in found) == expired
            for each in found:
                of_it = [good[origin, each.programme, each.unit] for origin in Origin]
                assert [each.paid, each.free, each.premium] == of_it


@settings(max_examples=25)
@given(steps)
def test_the_closing_balances_are_the_accounts_and_follow_from_the_opening_ones(history: list[Step]) -> None:
    with played(history) as (_, connection):
        half = connection.execute(select(func.avg(groups.c.posted_at))).scalar() or 0
        begin, end = moment_before(connection, int(half)), moment_before(connection, FAR)
        found = turnovers(connection, begin, end)
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        openings: defaultdict[tuple[str, str], int] = defaultdict(int)
        for each in found:
            sums[each.kind, each.unit] += each.closing
            openings[each.kind, each.unit] += each.opening
        stored: defaultdict[tuple[str, str], int] = defaultdict(int)
        for row in connection.execute(select(accounts)):
            stored[row.kind, row.unit] += row.balance
        assert {key: value for key, value in sums.items() if value} == {
            key: value for key, value in stored.items() if value
        }
        before: defaultdict[tuple[str, str], int] = defaultdict(int)
        for each in turnovers(connection, moment_before(connection, 0), begin):
            before[each.kind, each.unit] += each.closing
        assert {key: value for key, value in openings.items() if value} == {
            key: value for key, value in before.items() if value
        }


WHOLE: list[Step] = [
    (what, who, amount, pick, seconds)
    for amount, pick, seconds in ((2000, 1, 0), (300, 3, 3600), (50, 0, 600))
    for who in MEMBERS
    for what in ORDERS
]


@pytest.mark.parametrize("set_back", [0, 100 * 86_400], ids=["later", "by a clock that was set back"])
def test_a_month_that_was_closed_reads_the_same_whatever_comes_after_it(
    database: Database, set_back: int
) -> None:
    month = DAY.replace(day=1)
    with database.write() as connection:
        village = Village(connection)
        for step in WHOLE:
            village.play(*step)
        assert day_of(village.now).month == month.month
        closed = read_closing(connection, month, FAR)
        counted = read_unused(connection, day_of(village.now), FAR)
        ended = seconds_of(day_of(village.now))[1]
        village.now = ended + 40 * 86_400
        village.play("charge", "m", 500, 0, 0)
        village.now -= set_back
        for step in WHOLE:
            village.play(*step)
        assert read_closing(connection, month, FAR) == closed
        assert read_unused(connection, day_of(ended - 1), FAR) == counted
    database.close()


def test_the_sheet_of_a_month_names_the_head_at_its_end(database: Database) -> None:
    month = DAY.replace(day=1)
    with database.write() as connection:
        village = Village(connection)
        village.play("charge", "m", 500, 0, 0)
        head = connection.execute(select(groups.c.chain)).scalar_one()
        village.play("charge", "m", 500, 0, 60 * 86_400)
        facts = json.loads(as_json("close", read_closing(connection, month, FAR)))
    database.close()
    assert (facts["head_before"], facts["head"]) == (START, head)
    assert (facts["events_total"], facts["verified"], len(facts["remarks"])) == (1, "right", 1)


def test_cash_in_the_till_is_above_zero_on_the_sheet(database: Database) -> None:
    with database.write() as connection:
        Village(connection).play("charge", "m", 500, 0, 0)
        sheet = json.loads(as_json("close", read_closing(connection, DAY.replace(day=1), FAR)))
    database.close()
    rows = {row["kind"]: row for row in sheet["balances"]}
    for kind, programme in (("cash-desk", ""), ("member", "kurapo")):
        figures = [rows[kind][key] for key in ("programme", "opening", "came", "went", "closing")]
        assert figures == [programme, 0, 500, 0, 500]
    assert {(row["kind"], row["came"], row["went"]) for row in sheet["movements"]} == {
        ("cash-desk", 500, 0),
        ("member", 500, 0),
    }


def test_cash_card_owed_expired_and_suspense_stand_on_every_sheet(database: Database) -> None:
    with database.read() as connection:
        sheet = json.loads(as_json("close", read_closing(connection, date(2026, 9, 1), FAR)))
    database.close()
    assert {row["kind"] for row in sheet["balances"]} == set(ALWAYS)
    assert all(row["closing"] == 0 for row in sheet["balances"])


def test_a_sheet_of_a_ledger_that_does_not_verify_says_not_to_sign(
    tmp_path: Path, database: Database
) -> None:
    with database.write() as connection:
        post(connection, cash_charge_order("c", "m", Yen(1000)), NOW)
        connection.exec_driver_sql("UPDATE accounts SET balance = balance + 1 WHERE kind = 'member'")
        text = as_text(read_closing(connection, DAY.replace(day=1), FAR))
    database.close()
    assert "署名せず" in text


@pytest.mark.parametrize(("over", "above"), [(0, False), (1, True)])
def test_above_ten_million_yen_the_report_says_what_the_law_wants(
    database: Database, over: int, above: bool
) -> None:
    with database.write() as connection:
        for command, programme, amount in (("a", "onsen", BASE_YEN + over), ("b", "kurapo", 5 * BASE_YEN)):
            lot = IntoLot(member_account("m"), Origin.PAID, programme)
            post(connection, Order(command, "w", (Move(issuer("x"), lot, amount),)), NOW)
        sheet = read_unused(connection, date(2026, 9, 30), FAR)
    database.close()
    document = json.loads(as_json("unused", sheet))
    by_issuer = {row["issuer"]: row for row in document["issuers"]}
    assert by_issuer["village"]["counted_yen"] == 0
    assert by_issuer[""]["above"] is above
    assert by_issuer[""]["deposit_yen"] == deposit(BASE_YEN + over)
    assert any("供託" in remark for remark in document["remarks"]) is above
    assert not any("基準日は" in remark for remark in document["remarks"])


@pytest.mark.parametrize(
    ("legal", "counted"),
    [
        (LegalClass.VILLAGE, 0),
        (LegalClass.SIX_MONTHS, 0),
        (LegalClass.SELF, 700),
        (LegalClass.THIRD_PARTY, 700),
    ],
)
def test_the_report_counts_a_programme_as_it_was_added(
    database: Database, legal: LegalClass, counted: int
) -> None:
    onsen = Programme(
        "onsen", "湯めぐり券", "Bath ticket", "観光協会", legal, Origin.PAID, expiry=MonthsFromGrant(6)
    )
    with database.write() as connection:
        assert add_programme(connection, onsen, "yuki", NOW) is None
        lot = IntoLot(member_account("m"), Origin.PAID, "onsen")
        post(connection, Order("a", "w", (Move(issuer("x"), lot, 700),)), NOW)
        document = json.loads(as_json("unused", read_unused(connection, date(2026, 9, 30), FAR)))
    database.close()
    assert [(row["issuer"], row["counted_yen"]) for row in document["issuers"]] == [("観光協会", counted)]
    assert document["programmes"][0]["legal"] == legal
    assert not any("登録されていない" in remark for remark in document["remarks"])


def test_the_deposit_is_half_rounded_up_and_nothing_up_to_ten_million() -> None:
    assert [deposit(yen) for yen in (0, BASE_YEN, BASE_YEN + 1, 20_000_001)] == [0, 0, 5_000_001, 10_000_001]


def test_what_was_given_does_not_count_against_the_law(database: Database) -> None:
    with database.write() as connection:
        for origin in (Origin.FREE, Origin.PREMIUM):
            lot = IntoLot(member_account("m"), origin, "onsen")
            post(connection, Order(origin, "w", (Move(issuer("x"), lot, 2 * BASE_YEN),)), NOW)
        document = json.loads(as_json("unused", read_unused(connection, DAY, FAR)))
    database.close()
    assert [row["counted_yen"] for row in document["issuers"]] == [0]


def test_a_period_that_is_not_over_says_so(database: Database) -> None:
    with database.read() as connection:
        sheets: list[Sheet] = [
            read_unused(connection, DAY, NOW),
            read_closing(connection, DAY.replace(day=1), NOW),
        ]
    database.close()
    assert all("まだ終わっていません" in sheet.remarks[0] for sheet in sheets)


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["ledger", words[0], "--data", str(folder), *words[1:]])


@pytest.mark.parametrize(
    "words", [("unused", "--on", str(DAY)), ("close", "--month", f"{DAY:%Y-%m}")], ids=["unused", "close"]
)
def test_each_report_is_one_line_of_json_or_csv_or_text(words: tuple[str, ...]) -> None:
    with played(WHOLE) as (folder, _):
        one = ask(folder, *words, "--json")
        assert one.exit_code == 0 and one.stdout.count("\n") == 1
        document = json.loads(one.stdout)
        assert document["report"] == words[0]
        sheet = ask(folder, *words, "--csv").stdout
        assert sheet.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
        text = ask(folder, *words).stdout
        assert document["head"] in text
        assert any(document["head"] in row for row in rows)
        tables = [rows_of for rows_of in document.values() if isinstance(rows_of, list) and rows_of]
        cells = {cell for row in rows for cell in row}
        for row in (row for table in tables for row in table if isinstance(row, dict)):
            for value in row.values():
                if isinstance(value, int) and not isinstance(value, bool):
                    assert f"{value:,}" in text and str(value) in cells


@pytest.mark.parametrize(
    "words",
    [
        ("unused", "--on", "2026-13-01"),
        ("unused",),
        ("close", "--month", "2026-09-01"),
        ("close", "--month", "2026-09", "--json", "--csv"),
        ("unused", "--on", "1999-12-31"),
    ],
)
def test_what_cannot_be_asked_for_is_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert ask(tmp_path, *words).exit_code == 2


def test_no_kind_of_account_is_without_words() -> None:
    from central.words.ledger_words import ACCOUNT_KINDS

    assert set(ACCOUNT_KINDS) == set(AccountKind)
