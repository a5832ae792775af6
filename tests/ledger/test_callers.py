"""Many callers at once: threads and processes on one file, with overlapping spends and the same commands."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from central.database.transaction import Connection, Database
from central.ledger import post_together
from central.ledger.post_orders import Answer, Posted, Refused, Repeated, post
from central.ledger.post_together import PostTogether
from central.ledger.verify_ledger import verify_ledger
from rules.ledger.books import Reason
from rules.ledger.order import Order
from tests.central.office import NOW
from tests.faults.runs import times
from tests.ledger.referee import Rows, template
from tests.ledger.scenes import comes, pays, ride

CALLERS = 8
EACH = times(12, 300)
CHARGED = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with a member of CHARGED くらポ."""
    made = template(tmp_path)
    database = Database(made)
    with database.write() as connection:
        post(connection, comes("charge", CHARGED), NOW)
    database.close()
    return made


def orders(caller: int) -> list[Order]:
    """Every caller spends by ids of its own, and all of them by the same ids; sometimes with another body."""
    made = []
    for nth in range(EACH):
        made += [pays(f"own {caller} {nth}", 3), pays(f"all {nth}", 2), pays(f"body {nth}", 1 + caller % 2)]
    return made


def post_alone(path: Path, caller: int) -> list[tuple[Order, Answer]]:
    """As a program of its own would."""
    database = Database(path)
    answers = []
    for order in orders(caller):
        with database.write() as connection:
            answers.append((order, post(connection, order, NOW)))
    database.close()
    return answers


def judge(path: Path, answers: list[tuple[Order, Answer]]) -> None:
    """Exactly one of all who asked the same has won, and no yen was spent twice."""
    won = Counter(order.command for order, answer in answers if isinstance(answer, Posted))
    assert set(won.values()) == {1}
    rows = Rows(path)
    assert rows.group_of.keys() - {"charge"} == won.keys()
    for order, answer in answers:
        if isinstance(answer, Posted | Repeated):
            assert answer.group_id == rows.group_of[order.command]["id"]
        elif order.command in won:
            assert answer == Refused(Reason.OTHER_BODY)
    balances = {account["kind"]: account["balance"] for account in rows["accounts"]}
    assert balances["member"] + balances["shop"] == CHARGED
    assert balances["member"] >= 0
    database = Database(path)
    with database.read() as connection:
        assert verify_ledger(connection).problems == []
    database.close()


def test_of_threads_on_one_file_exactly_one_wins(path: Path) -> None:
    database = Database(path)

    def call(caller: int) -> list[tuple[Order, Answer]]:
        answers = []
        for order in orders(caller):
            with database.write() as connection:
                answers.append((order, post(connection, order, NOW)))
        return answers

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = [each for some in pool.map(call, range(CALLERS)) for each in some]
    database.close()
    judge(path, answers)


def test_of_processes_on_one_file_exactly_one_wins(path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        done = [pool.submit(post_alone, path, caller) for caller in range(3)]
        answers = [each for some in done for each in some.result()]
    judge(path, answers)


def together(path: Path, call: Callable[[PostTogether, Order], Answer]) -> list[tuple[Order, Answer]]:
    database = Database(path)
    desk = PostTogether(database)
    with ThreadPoolExecutor(CALLERS) as pool:
        some = pool.map(lambda caller: [(each, call(desk, each)) for each in orders(caller)], range(CALLERS))
        answers = [each for answered in some for each in answered]
    database.close()
    return answers


def stands(path: Path, order: Order) -> bool:
    rows = Rows(path)
    refused = {row["command"] for row in rows["command_refusals"]}
    return order.command in rows.group_of or order.command in refused


def test_of_callers_who_post_together_exactly_one_wins_and_is_told_after_its_commit(path: Path) -> None:
    too_early = []

    def call(desk: PostTogether, order: Order) -> Answer:
        answer = desk.post(order, NOW)
        if not stands(path, order):
            too_early.append(order)
        return answer

    judge(path, together(path, call))
    assert too_early == []


def test_whose_own_rows_fail_takes_nobody_else_down(path: Path) -> None:
    """An error in one caller's own rows undoes that caller's order and no other's."""
    failed, lock = [], threading.Lock()

    class Bad(Exception):
        pass

    def fails(_: Connection, answer: Answer) -> None:
        if isinstance(answer, Posted):
            raise Bad

    def call(desk: PostTogether, order: Order) -> Answer:
        if not order.command.startswith("own 0"):
            return desk.post(order, NOW)
        try:
            return desk.post(order, NOW, fails)
        except Bad:
            with lock:
                failed.append(order.command)
            return Refused(Reason.TOO_LITTLE)

    answers = together(path, call)
    judge(path, answers)
    assert failed
    assert not Rows(path).group_of.keys() & set(failed)


def test_told_before_the_commit_would_be_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group commit without its commit: answers are given, and what they say does not stand."""

    def write(self: PostTogether, taken: list[post_together._Asked]) -> list[Answer]:
        with self._database.write() as connection:
            answers = [post(connection, each.order, each.now) for each in taken]
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN")
        return answers

    monkeypatch.setattr(PostTogether, "_write", write)
    database = Database(path)
    order = ride("ride", 5)
    assert isinstance(PostTogether(database).post(order, NOW), Posted)
    database.close()
    assert not stands(path, order)
