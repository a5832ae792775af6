"""A village that takes cards at a fake Stripe: charges begun, paid and disputed through the webhook's own way in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from central.charging import store
from central.charging.begin_charge import Begun, NotBegun, begin_charge, new_charge
from central.charging.gateway import Gateway, Unread
from central.charging.store import Stood
from central.charging.stripe_gateway import StripeGateway
from central.charging.take_event import Taken, take_event
from central.database.card_tables import card_incidents
from central.database.ledger_tables import accounts
from central.database.transaction import Database
from central.ledger import store as ledger
from central.ledger.post_orders import free_balance
from central.ledger.verify_ledger import verify_ledger
from central.points.expire_points import expire
from central.wallets.charge_member import open_member
from hil.said_before import said_before
from rules.charging.limits import ChargingRules, OverLimit
from rules.ledger.accounts import KURAPO
from rules.money import Yen
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe, sign
from tests.laid import laid

NOW = 1_790_000_000
"""2026-09-21 23:13 in Japan."""
DAY = 86_400
NAMES = {
    "least": "charging.least_yen",
    "most": "charging.most_yen",
    "new_days": "charging.new_days",
    "new_per_day": "charging.new_per_day_yen",
    "new_in_total": "charging.new_in_total_yen",
    "per_day": "charging.per_day_yen",
    "per_month": "charging.per_month_yen",
    "first_hours": "charging.first_hours",
}
"""What the office calls each field of ChargingRules."""
STANDARD = ChargingRules(
    least=Yen(500),
    most=Yen(20_000),
    new_days=14,
    new_per_day=Yen(5_000),
    new_in_total=Yen(10_000),
    per_day=Yen(20_000),
    per_month=Yen(50_000),
    first_hours=24,
)
"""As they are where the office has set nothing."""


@dataclass
class Desk:
    """`now` is the test's own time."""

    database: Database
    stripe: FakeStripe
    gateway: Gateway
    now: int = NOW
    members: set[str] = field(default_factory=set)

    def let(self, **rules: int) -> None:
        """Let the office have set fields of ChargingRules long ago."""
        with self.database.write() as connection:
            said_before(connection, {NAMES[field]: value for field, value in rules.items()})

    def begin(self, charge: str, amount: int = 3000, member: str = "m") -> Begun | NotBegun | OverLimit:
        if member not in self.members:
            with self.database.write() as connection:
                open_member(connection, member)
            self.members.add(member)
        asked = new_charge(charge, member, Yen(amount), self.gateway, self.now)
        return begin_charge(self.database, self.gateway, asked)

    def hear(self, body: bytes, signature: str | None = None) -> Taken | Unread:
        signature = sign(body, self.now) if signature is None else signature
        return take_event(self.database, self.gateway, body, signature, self.now)

    def paid(self, charge: str, amount: int = 3000, member: str = "m") -> None:
        assert isinstance(self.begin(charge, amount, member), Begun)
        assert self.hear(self.stripe.pay(charge)) is Taken.FOLLOWED

    def free(self, member: str = "m") -> int:
        with self.database.read() as connection:
            return free_balance(connection, member, [KURAPO], self.now)

    def balance(self, kind: str) -> int:
        with self.database.read() as connection:
            rows = connection.execute(select(accounts.c.balance).where(accounts.c.kind == kind)).scalars()
            return sum(rows)

    def stands(self, charge: str) -> Stood:
        with self.database.read() as connection:
            return store.states_of(connection, charge)[-1]

    def left(self, charge: str) -> tuple[int, int]:
        """What is in the charge's lots, and what of it nobody holds."""
        with self.database.read() as connection:
            numbers = [lot for _, lot in ledger.lots_made(connection, [f"card/{charge}"])]
            lots = ledger.find_lots(connection, numbers)
            return sum(lot.left for lot in lots), sum(lot.free for lot in lots)

    def incidents(self) -> list[str]:
        with self.database.read() as connection:
            rows = connection.execute(select(card_incidents).where(card_incidents.c.settled_at.is_(None)))
            return sorted(row.what for row in rows)

    def later(self, seconds: int) -> None:
        self.now += seconds
        expire(self.database, self.now)

    def verify(self) -> None:
        with self.database.read() as connection:
            assert verify_ledger(connection).problems == []


@contextmanager
def new_desk(folder: Path, **rules: int) -> Iterator[Desk]:
    """Without first hours, where they are not what a test is about."""
    database = laid(folder)
    stripe = FakeStripe(lambda: NOW)
    stripe.start()
    gateway = StripeGateway(KEY, SECRET, "https://village.example/charged", stripe.address)
    desk = Desk(database, stripe, gateway)
    desk.let(**{"first_hours": 0} | rules)
    stripe.now = lambda: desk.now
    try:
        yield desk
        desk.verify()
    finally:
        stripe.stop()
        database.close()
