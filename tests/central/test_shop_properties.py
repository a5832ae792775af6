"""L8 over random histories: what is given back goes into the same lots, with their expiry, and is never too much.

Beside the books stands a model that knows lots as plain numbers and every payment's parts.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.ledger_tables import lot_moves, lots
from central.database.transaction import Connection, Database
from central.devices.data_folder import open_office
from central.ledger.post_orders import entries_posted
from central.ledger.verify_ledger import verify_ledger
from central.shops.pay_shop import NotPaid, Paid, PaymentWanted, PayRefused, pay
from central.shops.register_shop import register_shop
from central.shops.return_payment import (
    RefundWanted,
    Returned,
    ReturnRefused,
    VoidWanted,
    refund_payment,
    void_payment,
)
from central.wallets.charge_member import open_member
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import FromExpired, Move
from rules.ledger.payments import shop_account
from tests.central.counter_bench import GIVEN, Desk
from tests.central.office import NOW
from tests.laid import laid

VOID_S = 600
"""As delivered."""
Step = tuple[str, int, int | None]
amounts, times = st.integers(1, 400), st.none() | st.integers(1, 2_000)
gives = st.tuples(st.just("give"), amounts, times)
pays = st.tuples(st.just("pay"), st.integers(1, 600), st.just(None))
refunds = st.tuples(st.just("refund"), st.integers(0, 3), amounts)
steps = st.one_of(
    gives,
    pays,
    refunds,
    st.tuples(st.just("void"), st.integers(0, 3), st.just(None)),
    st.tuples(st.just("wait"), st.integers(1, 700), st.just(None)),
    st.tuples(st.just("expire"), st.just(0), st.just(None)),
    st.tuples(st.just("settle"), st.integers(1, 600), st.just(None)),
)
# Begun so that there is something to pay with, and to give back in parts.
histories = st.tuples(gives, gives, pays, refunds, st.lists(steps, max_size=15)).map(
    lambda parts: [*parts[:4], *parts[4]]
)


@dataclass
class Model:
    """Lots as [expires, left]; payments as what each has taken of which lot and has not given back, and when."""

    now: int = NOW
    lots: list[list[int | None]] = field(default_factory=list)
    payments: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    paid_at: dict[str, int] = field(default_factory=dict)
    shop: int = 0
    owes: int = 0

    def good(self) -> list[int]:
        numbers = [n for n in range(len(self.lots)) if self.left(n) and not self.over(n)]
        return sorted(numbers, key=lambda n: (self.expires(n), n))

    def expires(self, number: int) -> int:
        expires = self.lots[number][0]
        return 2**62 if expires is None else expires

    def left(self, number: int) -> int:
        left = self.lots[number][1]
        assert left is not None
        return left

    def over(self, number: int) -> bool:
        return self.expires(number) <= self.now

    def put(self, number: int, amount: int) -> None:
        self.lots[number][1] = self.left(number) + amount

    def pay(self, payment: str, amount: int) -> int:
        """What is missing; 0 where it is paid."""
        there = sum(self.left(n) for n in self.good())
        if there < amount:
            return amount - there
        self.payments[payment], self.paid_at[payment] = [], self.now
        self.shop += amount
        for n in self.good():
            part = min(amount, self.left(n))
            if part:
                self.put(n, -part)
                self.payments[payment].append((n, part))
                amount -= part
        return 0

    def standing(self, payment: str) -> int:
        return sum(amount for _, amount in self.payments.get(payment, []))

    def give_back(self, payment: str, amount: int) -> tuple[int, int]:
        """Of it, what is in lots that are over, and what the shop owes more."""
        from_shop = min(self.shop, amount)
        self.shop -= from_shop
        self.owes += amount - from_shop
        owes, expired, parts = amount - from_shop, 0, self.payments[payment]
        while amount:
            n, part = parts.pop()
            back = min(part, amount)
            self.put(n, back)
            amount -= back
            expired += back if self.over(n) else 0
            if part > back:
                parts.append((n, part - back))
        return expired, owes


def play(desk: Desk, model: Model, number: int, step: Step) -> None:
    """One step in the books and beside them; both must say the same."""
    kind, first, second = step
    match kind:
        case "give":
            expires = None if second is None else model.now + second
            desk.give(first, expires)
            model.lots.append([expires, first])
        case "wait":
            model.now += first
            desk.now = model.now
        case "pay":
            _pay(desk.connection, model, f"s{number}", first)
        case "void" | "refund":
            _give_back(desk.connection, model, f"s{number}", f"p{first}", second)
        case "expire":
            for n in [n for n in range(len(model.lots)) if model.over(n) and model.left(n)]:
                desk.post(Move(FromExpired(n + 1), AccountRef(AccountKind.EXPIRED), model.left(n)))
                model.lots[n][1] = 0
        case _:
            if paid_out := min(first, model.shop):
                desk.post(Move(shop_account("s1"), GIVEN, paid_out))
                model.shop -= paid_out


def _pay(connection: Connection, model: Model, command: str, amount: int) -> None:
    payment = f"p{len(model.paid_at)}" if len(model.paid_at) < 6 else command
    wanted = PaymentWanted(payment, "s1", "m", amount)
    answer = pay(connection, wanted, model.now)
    lacks = model.pay(payment, amount)
    if lacks:
        assert answer == PayRefused(NotPaid.TOO_LITTLE, lacks)
        model.paid_at[payment] = -1
    else:
        assert answer == Paid(payment, amount, 0, model.now)
    assert pay(connection, wanted, model.now + 1) == answer


def _give_back(connection: Connection, model: Model, command: str, about: str, part: int | None) -> None:
    """A void where `part` is None, else a refund of it."""
    left = model.standing(about)
    if part is None:
        back = void_payment(connection, VoidWanted(command, about, "s1"), model.now)
        may = model.now - model.paid_at.get(about, 0) <= VOID_S
    else:
        back = refund_payment(connection, RefundWanted(command, about, "佐藤", part), model.now)
        may = part <= left
    if left and may:
        amount = part or left
        expired, owes = model.give_back(about, amount)
        assert back == Returned(about, amount, left - amount, expired, owes, model.now)
    else:
        assert isinstance(back, ReturnRefused)
        assert back.left == left


def check(connection: Connection, model: Model) -> None:
    """The books hold, and shop and payments are what the model says."""
    assert verify_ledger(connection).problems == []
    money = Desk(connection).money
    assert money.get(("shop", "s1"), 0) == model.shop
    assert money.get(("shop-owes", "s1"), 0) == -model.owes
    for payment, parts in model.payments.items():
        assert _taken(connection, payment) == sum(amount for _, amount in parts)


def _taken(connection: Connection, payment: str) -> int:
    """What a payment has of lots: taken by it, less what restores it."""
    back = connection.execute(select(lot_moves.c.amount).where(lot_moves.c.restores == f"pay/{payment}"))
    taken = sum(-move.amount for each in entries_posted(connection, [f"pay/{payment}"]) for move in each.lots)
    given_back = sum(int(amount) for amount in back.scalars())
    assert 0 <= given_back <= taken
    return taken - given_back


@settings(max_examples=60, deadline=None)
@given(histories)
def test_what_is_given_back_goes_into_the_same_lots_and_is_never_more_than_was_paid(
    history: list[Step],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        laid(Path(folder))
        office = open_office(Path(folder), NOW)
        with office.database.write() as connection:
            open_member(connection, "m")
            register_shop(connection, "s1", "店", NOW)
            desk, model = Desk(connection), Model()
            for number, step in enumerate(history):
                play(desk, model, number, step)
                rows = connection.execute(select(lots.c.expires_at, lots.c.remaining).order_by(lots.c.id))
                assert [list(row) for row in rows] == model.lots
            check(connection, model)
        office.database.close()


asked = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400)), min_size=4, max_size=24)


@settings(max_examples=10, deadline=None)
@given(asked)
def test_callers_at_once_never_get_back_more_than_was_paid(wanted: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        laid(Path(folder))
        office = open_office(Path(folder), NOW)
        with office.database.write() as connection:
            open_member(connection, "m")
            register_shop(connection, "s1", "店", NOW)
            desk = Desk(connection)
            desk.give(300, NOW + 50)
            desk.give(900)
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(lambda each: _at_once(office.database, *each), enumerate(wanted)))
        with office.database.read() as connection:
            assert verify_ledger(connection).problems == []
            money = Desk(connection).money
            standing = sum(_taken(connection, f"p{number}") for number in range(4))
            assert money.get(("shop", "s1"), 0) == standing
            assert money.get(("member", "m"), 0) == 1_200 - standing
        office.database.close()


def _at_once(database: Database, number: int, each: tuple[int, int]) -> None:
    """Pay, void and refund about the same few payments, each in a transaction of its own."""
    about, amount = each
    payment = f"p{about}"
    with database.write() as connection:
        if number % 3 == 0:
            pay(connection, PaymentWanted(payment, "s1", "m", 250 + about), NOW)
        elif amount:
            refund_payment(connection, RefundWanted(f"r{number % 5}", payment, "佐藤", amount), NOW + 60)
        else:
            void_payment(connection, VoidWanted(f"v{number}", payment, "s1"), NOW + 60)
