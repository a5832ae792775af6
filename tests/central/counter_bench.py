"""A counter with an open till, a member, and everything that can be done there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from central.counter.charge_member import ChargeWanted, VoidWanted, charge, void
from central.counter.count_cash import BagCount, TillCount, count_bag, count_till
from central.counter.open_till import TillOpening, cash_in_till, open_till
from central.counter.refund_holder import RefundWanted, refund
from central.counter.refusals import Refused
from central.counter.rows import Count, Receipt, TillDay
from central.counter.set_up import change_settings
from central.counter.store import last_till_day
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Posted, post
from central.ledger.verify_ledger import verify_ledger
from central.office_rules.set_rule import NotSet, RuleWanted, set_rule
from central.office_rules.store import Change
from central.wallets.charge_member import open_member
from rules.cash import DENOMINATIONS, CashCount
from rules.ledger.accounts import KURAPO, AccountKind, AccountRef, Unit, member_account
from rules.ledger.counter import RefundReason
from rules.ledger.holds import HoldKind
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order, PlaceHold, Spend
from tests.central.office import NOW, balances, new_office

DAY = 86_400
GIVEN = AccountRef(AccountKind.ISSUER, "campaign")


@dataclass
class Desk:
    """One connection's counter at the moment `now`."""

    connection: Connection
    now: int = NOW
    ids: Iterator[int] = field(default_factory=count)

    def new(self) -> str:
        return f"id-{next(self.ids)}"

    def open(self, cash: int = 0, till: str = "", command: str = "") -> TillDay | Refused:
        return open_till(self.connection, TillOpening(command or self.new(), till, "佐藤", cash), self.now)

    def set_rule(self, name: str, value: int) -> Change | NotSet:
        """From tomorrow on."""
        tomorrow = day_of(self.now) + timedelta(days=1)
        return set_rule(self.connection, RuleWanted(name, value, tomorrow, "鈴木", "要望"), self.now)

    def charge(self, amount: int, member: str = "m", **more: Any) -> Receipt | Refused:
        wanted: dict[str, Any] = {
            "command": self.new(),
            "staff": "佐藤",
            "till": "",
            "member": member,
            "amount": amount,
        }
        return charge(self.connection, ChargeWanted(**(wanted | more)), self.now)

    def void(self, receipt: int, **more: Any) -> Receipt | Refused:
        wanted: dict[str, Any] = {"command": self.new(), "staff": "佐藤", "till": "", "receipt": receipt}
        return void(self.connection, VoidWanted(**(wanted | more)), self.now)

    def refund(self, reason: RefundReason = RefundReason.MOVED_AWAY, **more: Any) -> Receipt | Refused:
        who: dict[str, Any] = {"asked_by": "佐藤", "approved_by": "鈴木", "till": "", "member": "m"}
        wanted: dict[str, Any] = {"command": self.new(), "reason": reason, **who}
        return refund(self.connection, RefundWanted(**(wanted | more)), self.now)

    def count(self, cash: int, corrects: int | None = None, **more: Any) -> Count | Refused:
        wanted: dict[str, Any] = {"command": self.new(), "till": "", "staff": "佐藤", "pieces": pieces(cash)}
        return count_till(self.connection, TillCount(**(wanted | more), corrects=corrects), self.now)

    def bag(self, cash: int, corrects: int | None = None, **more: Any) -> Count | Refused:
        wanted: dict[str, Any] = {
            "command": self.new(),
            "till": "",
            "bus": "bus-001",
            "day": "2026-09-21",
            "staff": "佐藤",
        }
        wanted |= {"day": "2026-09-21", "pieces": pieces(cash)} | more
        return count_bag(self.connection, BagCount(**wanted, corrects=corrects), self.now)

    def post(self, *steps: Any) -> None:
        assert isinstance(post(self.connection, Order(self.new(), "test", steps), self.now), Posted)

    def give(
        self, amount: int, expires_at: int | None = None, unit: Unit = KURAPO, origin: Origin = Origin.FREE
    ) -> None:
        self.post(Move(GIVEN, IntoLot(member_account("m", unit), origin, "campaign", expires_at), amount))

    def spend(self, amount: int, member: str = "m") -> None:
        self.post(Move(Spend(member), AccountRef(AccountKind.SHOP, "s"), amount))

    def hold(self, amount: int) -> None:
        self.post(PlaceHold("pass", HoldKind.PASS, Spend("m"), amount))

    @property
    def money(self) -> dict[tuple[str, str], int]:
        return balances(self.connection)

    def in_till(self, till: str = "") -> int:
        day = last_till_day(self.connection, till)
        assert day is not None
        return cash_in_till(self.connection, day)


@contextmanager
def open_desk(folder: Path, cash: int = 20_000) -> Iterator[Desk]:
    """A desk with a member "m", settings, and a till with so much change; its books are right at the end."""
    with new_office(folder) as office, office.database.write() as connection:
        desk = Desk(connection)
        open_member(connection, "m")
        change_settings(connection, "佐藤", {"issuer": "大蔵村", "contact": "役場"}, NOW)
        assert isinstance(desk.open(cash), TillDay)
        yield desk
        assert verify_ledger(connection).problems == []


def pieces(cash: int) -> CashCount:
    """So many yen in as few pieces as there can be."""
    found = []
    for kind in DENOMINATIONS:
        number, cash = divmod(cash, kind)
        found.append((kind, number))
    return CashCount(tuple(found))


@contextmanager
def statements(connection: Connection) -> Iterator[list[str]]:
    """What the database is asked meanwhile, but for what its triggers do."""
    said: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(lambda text: None if text.startswith("--") else said.append(text))
    yield said
    driver.set_trace_callback(None)
