"""Points: a programme is kept with its history; each thing is honoured once, within budget and caps."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from central.database.points_tables import point_grants, programme_changes
from central.database.transaction import Database
from central.devices.data_folder import Office
from central.ledger.store import balance_of
from central.main import cli
from central.points.grant_points import NotGiven, grant_points
from central.points.store import Grant
from central.programmes.keep_programmes import (
    Difference,
    ProgrammeWanted,
    Why,
    add_programme,
    approve_budget,
    change_programme,
    close_programme,
    find_programme,
)
from central.programmes.programme_text import ProgrammeWrong, read_programme, write_programme
from central.wallets.charge_member import open_member
from rules.ledger.accounts import member_account
from rules.ledger.expiry import (
    Expiry,
    FiscalYearEnd,
    MonthsFromGrant,
    MonthsFromUse,
    NoExpiry,
)
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, NotProlonged, changed
from tests.central.points_desk import (
    BATH,
    BUDGET,
    GIVEN,
    begin,
    days,
    fresh,
    give,
    left,
    whole,
)


def test_what_is_exempt_by_six_months_is_short_and_never_prolonged() -> None:
    short = replace(BATH, legal=LegalClass.SIX_MONTHS, origin=Origin.PAID, expiry=MonthsFromGrant(3))
    for rule in (NoExpiry(), FiscalYearEnd(), MonthsFromUse(3), MonthsFromGrant(7)):
        with pytest.raises(ValueError, match="six months"):
            replace(short, expiry=rule)
    assert changed(short, replace(short, expiry=MonthsFromGrant(2)))
    with pytest.raises(NotProlonged):
        changed(short, replace(short, expiry=MonthsFromGrant(4)))
    with pytest.raises(NotProlonged):
        changed(short, replace(short, legal=LegalClass.VILLAGE, expiry=NoExpiry()))


@given(
    st.sampled_from([NoExpiry(), FiscalYearEnd(), MonthsFromGrant(6), MonthsFromUse(12)]),
    st.none() | days,
    st.none() | st.integers(1, 10**12),
)
def test_a_programme_is_the_same_after_writing_and_reading(
    rule: Expiry, starts: date | None, cap: int | None
) -> None:
    programme = replace(BATH, expiry=rule, starts=starts, cap_per_day=cap, budget=cap)
    assert read_programme(write_programme(programme)) == programme


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"legal": "sixmonths"}, "legal"),
        ({"extra": 1}, "extra"),
        ({"id": "Bath House"}, "id"),
        ({"expiry": {"rule": "months-from-grant"}}, "months"),
        ({"expiry": {"rule": "months-from-grant", "months": 0}}, "months"),
        ({"starts": "2027-01-02", "ends": "2027-01-01"}, "ends"),
        ({"cap_per_day": 0}, "cap_per_day"),
        ({"origin": "paid"}, "given"),
    ],
)
def test_a_wrong_programme_is_refused_by_what_is_wrong(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ProgrammeWrong, match=says):
        read_programme(json.dumps(json.loads(write_programme(BATH)) | change))


def test_programmes_keep_who_changed_what_and_the_history_cannot_be_rewritten(office: Office) -> None:
    with office.database.write() as connection:
        assert add_programme(connection, BATH, "yuki", 1) is None
        assert add_programme(connection, BATH, "yuki", 2) is Why.THERE_ALREADY
        wanted = ProgrammeWanted("bath", {"cap_per_day": 5}, date(1970, 1, 2), "sato", "要望")
        assert isinstance(change_programme(connection, wanted, 3), Difference)
        assert close_programme(connection, "bath", "sato", 4) is None
        assert close_programme(connection, "bath", "sato", 5) is Why.CLOSED
        assert change_programme(connection, wanted, 5) is Why.CLOSED
        assert close_programme(connection, "none", "sato", 5) is Why.UNKNOWN
        rows = connection.execute(select(programme_changes.c.what, programme_changes.c.said_by)).all()
        assert [tuple(row) for row in rows] == [("added", "yuki"), ("changed", "sato"), ("closed", "sato")]
        kept = find_programme(connection, "bath", date(1970, 1, 2))
        assert kept and kept.closed and kept.programme.cap_per_day == 5
        kurapo = find_programme(connection, "kurapo", date(1970, 1, 2))
        assert kurapo and kurapo.programme.expiry == NoExpiry()
    with pytest.raises(IntegrityError, match="append-only"), office.database.write() as connection:
        connection.execute(programme_changes.delete())


# Grants


def test_an_approval_counts_once_and_never_above_the_budget(office: Office) -> None:
    begin(office.database, replace(BATH, budget=1000), 600)
    with office.database.write() as connection:
        assert approve_budget(connection, "bath", 600, "r1", "yuki", GIVEN) is None
        assert approve_budget(connection, "bath", 500, "r1", "yuki", GIVEN) is Why.OTHER_APPROVAL
        assert approve_budget(connection, "bath", 401, "r2", "yuki", GIVEN) is Why.OVER_BUDGET
        assert balance_of(connection, BUDGET) == 600
        assert approve_budget(connection, "bath", 400, "r2", "yuki", GIVEN) is None
        assert balance_of(connection, BUDGET) == 1000


def test_one_number_of_one_source_is_honoured_once(office: Office) -> None:
    begin(office.database, BATH, 1000, "m", "n")
    first = give(office.database, "m", 50, "7")
    assert isinstance(first, Grant)
    assert give(office.database, "m", 50, "7", GIVEN + 99_999) == first
    assert give(office.database, "n", 50, "7") is NotGiven.USED
    assert give(office.database, "m", 60, "7") is NotGiven.USED
    assert (left(office.database), left(office.database, "n")) == (50, 0)


def test_what_is_refused_says_why_and_moves_nothing(office: Office) -> None:
    day = date(2026, 10, 3)
    limited = replace(BATH, cap_per_person=100, cap_per_day=60, starts=day, ends=day + timedelta(days=2))
    begin(office.database, limited, 150, "m", "n", "o")
    assert give(office.database, "nobody", 10, "0") is NotGiven.UNKNOWN_MEMBER
    assert isinstance(give(office.database, "m", 60, "1"), Grant)
    assert give(office.database, "m", 1, "2") is NotGiven.CAP_PER_DAY
    assert isinstance(give(office.database, "m", 40, "2", GIVEN + 86_400), Grant)
    assert give(office.database, "m", 1, "3", GIVEN + 2 * 86_400) is NotGiven.CAP_PER_PERSON
    assert give(office.database, "n", 1, "4", GIVEN - 86_400) is NotGiven.NOT_OPEN
    assert give(office.database, "n", 1, "4", GIVEN + 3 * 86_400) is NotGiven.NOT_OPEN
    assert give(office.database, "n", 60, "5") is NotGiven.OVER_BUDGET
    with office.database.write() as connection:
        assert grant_points(connection, "x", "n", 1, "kiosk", "9", GIVEN) is NotGiven.UNKNOWN_PROGRAMME
        assert approve_budget(connection, "bath", 10, "r2", "yuki", GIVEN) is None
    assert isinstance(give(office.database, "n", 60, "5"), Grant), (
        "after another approval it may be asked again"
    )
    assert left(office.database) + left(office.database, "n") == 160
    with office.database.write() as connection:
        close_programme(connection, "bath", "yuki", GIVEN)
    assert give(office.database, "o", 1, "6") is NotGiven.NOT_OPEN
    whole(office.database)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("mn"), st.integers(1, 60), st.integers(1, 8), st.integers(0, 2)),
        min_size=1,
        max_size=20,
    )
)
def test_budget_and_caps_hold_in_any_order(wishes: list[tuple[str, int, int, int]]) -> None:
    with fresh() as database:
        begin(database, replace(BATH, cap_per_person=100, cap_per_day=70), 150, "m", "n")
        for member, amount, number, day in wishes:
            give(database, member, amount, str(number), GIVEN + day * 86_400)
        assert_within(database, budget=150, person=100, day=70)


def assert_within(database: Database, budget: int, person: int, day: int) -> None:
    of = point_grants.c
    with database.read() as connection:
        per_day = connection.execute(select(func.sum(of.amount)).group_by(of.member, of.day)).scalars().all()
        assert max(per_day, default=0) <= day
        total = sum(per_day)
        assert total + balance_of(connection, BUDGET) == budget
        held = [balance_of(connection, member_account(name)) for name in "mn"]
        assert sum(held) == total
        assert max(held) <= person
    whole(database)


def test_budget_caps_and_numbers_hold_under_simultaneous_callers(office: Office) -> None:
    begin(office.database, replace(BATH, cap_per_person=100, cap_per_day=100), 150, "m", "n")
    start = threading.Barrier(8)

    def call(caller: int) -> None:
        start.wait()
        for number in range(10):
            give(office.database, "mn"[(caller + number) % 2], 30, str(number))

    callers = [threading.Thread(target=call, args=(caller,)) for caller in range(8)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert_within(office.database, budget=150, person=100, day=100)
    assert left(office.database) + left(office.database, "n") == 150


def test_the_commands_keep_programmes_and_show_what_is_there(tmp_path: Path, office: Office) -> None:
    data = str(office.database.path.parent)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["points", *arguments, "--data", data])
        assert result.exit_code == code, result.output
        return result.output

    file = tmp_path / "bath.json"
    file.write_text(write_programme(replace(BATH, budget=1000)), encoding="utf-8")
    run("programme", "add", str(file), "--by", "yuki")
    assert "change" in run("programme", "add", str(file), "--by", "yuki", code=1)
    file.write_text(write_programme(replace(BATH, budget=900)), encoding="utf-8")
    run("programme", "change", str(file), "--by", "sato", "--why", "減額")
    run("programme", "change", str(file), "--by", "sato", "--why", "減額", code=1)
    run("programme", "withdraw", "2", "--by", "sato", "--why", "中止")
    assert "予算" in run("budget", "bath", "2000", "--reference", "r", "--by", "yuki", code=1)
    run("budget", "bath", "500", "--reference", "r", "--by", "yuki")
    shown = json.loads(run("programme", "show", "bath", "--json"))
    assert (shown["approved"], [each["said_by"] for each in shown["changes"]]) == (500, ["yuki", "sato"])
    assert [each["id"] for each in json.loads(run("programme", "list", "--json"))] == [
        "kurapo",
        "bus-ticket",
        "bath",
    ]
    run("programme", "close", "bath", "--by", "yuki")
    assert "list" in run("programme", "show", "none", code=1)
    file.write_text("{", encoding="utf-8")
    assert "JSON" in run("programme", "add", str(file), "--by", "yuki", code=1)
    with office.database.write() as connection:
        open_member(connection, "m")
    assert json.loads(run("expire", "--json")) == {"holds": 0, "lots": 0, "units": 0, "renewed": 0}
    assert "Nothing" in run("notices")
    assert json.loads(run("statement", "m", "--json"))["balance"] == 0
    assert "no member" in run("statement", "x", code=1)
    run("statement", "m", "--print", str(tmp_path / "m.html"))
    assert (tmp_path / "m.html").read_text(encoding="utf-8").startswith("<!doctype html>")
