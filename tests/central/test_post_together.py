"""Group commit: many callers, one commit; an answer is given after it, and a fault stays with its own caller."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from central.database.transaction import Connection, Database, database_file
from central.ledger.post_orders import Answer, Posted, Refused, Repeated, post
from central.ledger.post_together import PostTogether
from central.ledger.verify_ledger import verify_ledger
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.books import Reason
from rules.ledger.charges import cash_charge_order
from rules.ledger.order import Move, Order, Spend
from rules.money import Yen
from tests.central.office import NOW, balances
from tests.laid import laid

SHOP = AccountRef(AccountKind.SHOP, "s")


def pay(command: str, amount: int = 10, member: str = "m") -> Order:
    return Order(command, "payment", (Move(Spend(member), SHOP, amount),))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = laid(tmp_path)
    with made.write() as connection:
        post(connection, cash_charge_order("charge", "m", Yen(1000)), NOW)
    yield made
    made.close()


def test_of_many_at_once_exactly_so_many_are_paid_as_the_balance_allows(database: Database) -> None:
    together, start = PostTogether(database), threading.Barrier(32)

    def ask(caller: int) -> list[Answer]:
        start.wait()
        return [together.post(pay(f"pay/{caller}/{number}"), NOW) for number in range(5)]

    with ThreadPoolExecutor(32) as callers:
        answers = [answer for each in callers.map(ask, range(32)) for answer in each]
    assert Counter(map(type, answers)) == {Posted: 100, Refused: 60}
    with database.read() as connection:
        assert balances(connection) == {("cash-desk", ""): -1000, ("shop", "s"): 1000}
        assert verify_ledger(connection).problems == []


def test_one_command_from_many_at_once_is_posted_once(database: Database) -> None:
    together, start = PostTogether(database), threading.Barrier(16)

    def ask(_: int) -> Answer:
        start.wait()
        return together.post(pay("the same"), NOW)

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(ask, range(16)))
    assert Counter(map(type, answers)) == {Posted: 1, Repeated: 15}
    assert len({answer.group_id for answer in answers if not isinstance(answer, Refused)}) == 1


def test_those_who_ask_while_one_commit_is_on_its_way_share_the_next(database: Database) -> None:
    together, commits = PostTogether(database), Counter[str]()
    held, inside = threading.Event(), threading.Event()

    def hold(_connection: Connection, _answer: Answer) -> None:
        inside.set()
        held.wait(10)

    def note(_connection: Connection, _answer: Answer) -> None:
        commits[str(database.changes.version)] += 1

    with ThreadPoolExecutor(9) as callers:
        first = callers.submit(together.post, pay("first"), NOW, hold)
        assert inside.wait(10)
        others = [callers.submit(together.post, pay(f"other/{number}"), NOW, note) for number in range(8)]
        while len(together._waiting) < 8:
            threading.Event().wait(0.001)
        assert not any(each.done() for each in others)
        held.set()
        assert all(isinstance(each.result(10), Posted) for each in (first, *others))
    assert list(commits.values()) == [8]


def test_whoever_provokes_an_error_fails_alone(database: Database) -> None:
    together, held, inside = PostTogether(database), threading.Event(), threading.Event()

    def hold(_connection: Connection, _answer: Answer) -> None:
        inside.set()
        held.wait(10)

    def fail(_connection: Connection, _answer: Answer) -> None:
        raise ZeroDivisionError

    with ThreadPoolExecutor(4) as callers:
        callers.submit(together.post, pay("first"), NOW, hold)
        assert inside.wait(10)
        good = callers.submit(together.post, pay("good"), NOW)
        bad = callers.submit(together.post, pay("bad"), NOW, fail)
        while len(together._waiting) < 2:
            threading.Event().wait(0.001)
        held.set()
        assert isinstance(good.result(10), Posted)
        with pytest.raises(ZeroDivisionError):
            bad.result(10)
    assert isinstance(together.post(pay("bad"), NOW), Posted)
    with database.read() as connection:
        assert balances(connection)["shop", "s"] == 30


def test_an_answer_stands_on_the_disk(database: Database, tmp_path: Path) -> None:
    assert isinstance(PostTogether(database).post(pay("one"), NOW), Posted)
    other = Database(database_file(tmp_path))
    with other.read() as connection:
        assert balances(connection)["shop", "s"] == 10
    other.close()


def test_too_little_for_one_is_no_reason_for_another(database: Database) -> None:
    together = PostTogether(database)
    assert together.post(pay("much", 2000), NOW) == Refused(Reason.TOO_LITTLE)
    assert isinstance(together.post(pay("little"), NOW), Posted)
