"""Double entry: what does not balance cannot be built, what is posted is posted once, what is changed is found."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.ledger_tables import accounts, entries, groups, hold_parts, holds, lot_moves, lots
from central.database.transaction import Connection, Database, database_file
from central.ledger.commands import ledger
from central.ledger.post_orders import Answer, Posted, Refused, Repeated, post
from central.ledger.verify_ledger import verify_ledger
from central.wallets.charge_member import NoMember, charge_cash, open_member
from rules.ledger.accounts import AccountKind, AccountRef, member_account, suspense_account
from rules.ledger.books import Books, Reason
from rules.ledger.chain import START
from rules.ledger.charges import cash_charge_order
from rules.ledger.group import Entry, Group
from rules.ledger.order import Move, Order, Spend
from rules.ledger.rides import PassHold, forgotten_ride_order, pass_hold_order, ride_order
from rules.money import Yen
from tests.central.office import NOW, balances, group_sums
from tests.laid import laid

DESK = AccountRef(AccountKind.CASH_DESK)
SHOP = AccountRef(AccountKind.SHOP, "s")
MEMBER = member_account("m")
yen = st.integers(0, 5000).map(Yen)


def spend(command: str, *amounts: int) -> Order:
    return Order(command, "w", tuple(Move(Spend("m"), SHOP, amount) for amount in amounts))


def books(balance: int) -> Books:
    """Of a member who has so much."""
    made = Books()
    if balance:
        assert isinstance(made.post(cash_charge_order("c", "m", Yen(balance)), NOW), Group)
    return made


@pytest.mark.parametrize(
    "build",
    [
        lambda: Order("c", "w", ()),
        lambda: Group("c", "w", "", (Entry(SHOP, 5),), (), (), ()),
        lambda: Group("c", "w", "", (Entry(SHOP, 5), Entry(DESK, -4)), (), (), ()),
        lambda: Entry(MEMBER, 5),
        lambda: Entry(SHOP, 0),
        lambda: spend("", 5),
        lambda: spend("c" * 201, 5),
        lambda: spend("c", 0),
        lambda: spend("c", 10**12 + 1),
        lambda: Move(DESK, MEMBER, 5),
        lambda: Move(MEMBER, DESK, 5),
        lambda: Move(DESK, SHOP, 5, rest=SHOP),
        lambda: member_account("m" * 201),
        lambda: cash_charge_order("c", "m", Yen(0)),
        lambda: cash_charge_order("c", "m", Yen(-100)),
        lambda: ride_order("c", MEMBER, Yen(-100), Yen(200)),
        lambda: ride_order("c", MEMBER, Yen(200), Yen(-100)),
    ],
)
def test_what_does_not_balance_cannot_be_built(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        build()


def test_a_free_ride_moves_nothing() -> None:
    assert ride_order("c", MEMBER, Yen(0), Yen(0)) is None
    assert forgotten_ride_order("c", MEMBER, Yen(0), Yen(0)) is None


@given(held=yen, rest=yen, balance=st.integers(0, 5000), kept=yen)
def test_what_happened_is_posted_to_the_yen_and_takes_no_more_than_there_is(
    held: Yen, rest: Yen, balance: int, kept: Yen
) -> None:
    for build in (ride_order, forgotten_ride_order):
        order = build("ride", MEMBER, held, rest, PassHold("p", kept))
        if order is None:
            continue
        held_books = books(balance)
        held_books.post(pass_hold_order("pass", "m", "p", kept, NOW + 1), NOW)
        group = held_books.post(order, NOW)
        assert isinstance(group, Group)
        moved: dict[AccountKind, int] = {}
        for entry in group.entries:
            moved[entry.account.kind] = moved.get(entry.account.kind, 0) + entry.amount
        assert moved[AccountKind.FARES_EARNED] == held + rest
        assert -moved.get(AccountKind.MEMBER, 0) == min(held, balance)


def test_cash_for_a_forgotten_ride_is_owed_and_not_looked_for_at_the_driver() -> None:
    def kinds(payer: AccountRef) -> set[AccountKind]:
        order = forgotten_ride_order("ride", payer, Yen(200), Yen(400))
        group = books(1000).post(order, NOW) if order else None
        assert isinstance(group, Group)
        return {entry.account.kind for entry in group.entries}

    assert kinds(MEMBER) == {AccountKind.MEMBER, AccountKind.OWED, AccountKind.FARES_EARNED}
    assert kinds(suspense_account("p")) == {AccountKind.SUSPENSE, AccountKind.FARES_EARNED}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = laid(tmp_path)
    yield made
    made.close()


def run(database: Database, order: Order) -> Answer:
    with database.write() as connection:
        return post(connection, order, NOW)


TABLES = (accounts, groups, entries, lots, lot_moves, holds, hold_parts)


def ledger_tables(connection: Connection) -> list[object]:
    return [connection.execute(select(table)).all() for table in TABLES]


def test_the_same_command_again_gets_the_same_answer_and_changes_nothing(database: Database) -> None:
    first = run(database, cash_charge_order("c", "m", Yen(1000)))
    with database.read() as connection:
        before = ledger_tables(connection)
    assert isinstance(first, Posted)
    assert run(database, cash_charge_order("c", "m", Yen(1000))) == Repeated(first.group_id)
    with database.read() as connection:
        assert ledger_tables(connection) == before


def test_the_same_command_for_something_else_is_refused(database: Database) -> None:
    run(database, cash_charge_order("c", "m", Yen(1000)))
    assert run(database, cash_charge_order("c", "m", Yen(2000))) == Refused(Reason.OTHER_BODY)
    assert run(database, cash_charge_order("c", "other", Yen(1000))) == Refused(Reason.OTHER_BODY)
    with database.write() as connection:
        assert balances(connection) == {("member", "m"): 1000, ("cash-desk", ""): -1000}


def test_a_refusal_leaves_the_ledger_as_it_was_and_stays_one(database: Database) -> None:
    run(database, cash_charge_order("c", "m", Yen(100)))
    with database.read() as connection:
        before = ledger_tables(connection)
    assert run(database, spend("spend", 200)) == Refused(Reason.TOO_LITTLE)
    with database.read() as connection:
        assert ledger_tables(connection) == before
    run(database, cash_charge_order("c2", "m", Yen(100)))
    assert run(database, spend("spend", 200)) == Refused(Reason.TOO_LITTLE)
    assert isinstance(run(database, spend("again", 200)), Posted)


def test_a_member_may_spend_to_the_last_yen_and_not_beyond(database: Database) -> None:
    run(database, cash_charge_order("c", "m", Yen(100)))
    assert run(database, spend("twice", 60, 41)) == Refused(Reason.TOO_LITTLE)
    assert isinstance(run(database, spend("all", 60, 40)), Posted)


def test_only_a_member_can_be_charged(database: Database) -> None:
    with database.write() as connection:
        assert charge_cash(connection, "m", Yen(100), "c", NOW) is NoMember.UNKNOWN
        open_member(connection, "m")
        open_member(connection, "m")
        assert isinstance(charge_cash(connection, "m", Yen(100), "c", NOW), Posted)


commands = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), st.sampled_from("abc"), st.integers(1, 3000).map(Yen), st.just(Yen(0))),
        st.tuples(st.sampled_from(["ride", "forgotten"]), st.sampled_from("abc"), yen, yen),
        st.tuples(st.just("spend"), st.sampled_from("abc"), st.integers(1, 3000).map(Yen), st.just(Yen(0))),
    ),
    max_size=15,
)


@settings(max_examples=15)
@given(commands)
def test_any_history_verifies_and_its_replay_has_the_same_head(
    history: list[tuple[str, str, Yen, Yen]],
) -> None:
    heads = set()
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            database = laid(Path(folder))
            with database.write() as connection:
                # Each command twice: a repeat is no other history.
                for number, command in enumerate([*history, *history]):
                    _play(connection, f"c{number % len(history)}", *command)
            with database.read() as connection:
                found = verify_ledger(connection)
                assert found.problems == []
                assert not any(group_sums(connection))
                assert all(
                    balance >= 0 for (kind, _), balance in balances(connection).items() if kind == "member"
                )
            heads.add(found.head)
            database.close()
    assert len(heads) == 1


def _play(connection: Connection, command: str, kind: str, who: str, first: Yen, second: Yen) -> None:
    account = member_account(who)
    if kind == "charge":
        post(connection, cash_charge_order(command, who, first), NOW)
    elif kind == "spend":
        post(connection, Order(command, "spend", (Move(Spend(who), SHOP, first),)), NOW)
    else:
        build = ride_order if kind == "ride" else forgotten_ride_order
        order = build(command, account, first, second)
        if order is not None:
            post(connection, order, NOW)


def filled(folder: Path) -> Database:
    database = Database(database_file(folder))
    database.create()
    for number in range(3):
        run(database, cash_charge_order(f"c{number}", "m", Yen(1000)))
    return database


def verify(folder: Path) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(ledger, ["verify", "--data", str(folder), "--json"])
    assert result.output.count("\n") == 1
    return result.exit_code, json.loads(result.output)


def test_an_untouched_ledger_verifies(tmp_path: Path) -> None:
    filled(tmp_path).close()
    code, found = verify(tmp_path)
    assert code == 0
    assert {**found, "head": ""} == {
        "entries": 6,
        "accounts": 2,
        "lots": 3,
        "groups": 3,
        "head": "",
        "problems": [],
    }


def test_an_empty_ledger_verifies(tmp_path: Path) -> None:
    database = Database(database_file(tmp_path))
    database.create()
    database.close()
    assert verify(tmp_path) == (
        0,
        {"entries": 0, "accounts": 0, "lots": 0, "groups": 0, "head": START, "problems": []},
    )


def test_verifying_where_there_is_no_ledger_makes_none(tmp_path: Path) -> None:
    result = CliRunner().invoke(ledger, ["verify", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []
