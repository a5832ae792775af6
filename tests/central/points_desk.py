"""A bath's programme on a real file, and who gives and pays by it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from central.database.transaction import Connection, Database
from central.japan import seconds_of
from central.ledger.post_orders import post
from central.ledger.store import balance_of
from central.ledger.verify_ledger import verify_ledger
from central.points.grant_points import NotGiven, grant_points
from central.points.store import Grant
from central.programmes.keep_programmes import (
    add_programme,
    approve_budget,
)
from central.wallets.charge_member import open_member
from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.lots import Origin
from rules.ledger.order import Move, Order, Spend
from rules.ledger.programmes import LegalClass, Programme
from tests.laid import laid

BATH = Programme("bath", "入浴ポイント", "Bathing points", "village", LegalClass.GIVEN, Origin.FREE)
SHOP = AccountRef(AccountKind.SHOP, "s")
EXPIRED = AccountRef(AccountKind.EXPIRED, "bath")
BUDGET = AccountRef(AccountKind.BUDGET, "bath")
days = st.dates(date(2020, 1, 1), date(2090, 12, 31))


def noon(day: date) -> int:
    return seconds_of(day)[0] + 12 * 3600


GIVEN = noon(date(2026, 10, 3))


def begin(database: Database, programme: Programme, budget: int, *members: str) -> None:
    with database.write() as connection:
        for member in members:
            open_member(connection, member)
        assert add_programme(connection, programme, "yuki", GIVEN) is None
        assert approve_budget(connection, programme.id, budget, "r1", "yuki", GIVEN) is None


@contextmanager
def fresh() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = laid(Path(folder))
        try:
            yield database
        finally:
            database.close()


def give(database: Database, member: str, amount: int, number: str, now: int = GIVEN) -> Grant | NotGiven:
    with database.write() as connection:
        return grant_points(connection, "bath", member, amount, "kiosk", number, now)


def pay(connection: Connection, command: str, amount: int, now: int, member: str = "m") -> Any:
    return post(connection, Order(command, "payment", (Move(Spend(member), SHOP, amount),)), now)


def left(database: Database, member: str = "m") -> int:
    with database.read() as connection:
        return balance_of(connection, member_account(member))


def whole(database: Database) -> None:
    with database.read() as connection:
        assert verify_ledger(connection).problems == []
