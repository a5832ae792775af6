"""Where L14 is tried: in the books alone, thousands of times, and at a whole desk with its database, some times."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from central.charging.begin_charge import Begun
from central.charging.refund_charge import Wish, refund_charge
from central.charging.settle_charge import settle_member
from central.charging.store import states_of
from central.ledger.post_orders import Posted, post
from central.ledger.store import find_lots, lots_made, open_holds
from rules.charging.follow import Charge, Position, follow
from rules.charging.refund import RefundReason, not_refundable
from rules.charging.standing import CardEvent, Kind, standing
from rules.ledger.accounts import KURAPO, AccountKind, member_account
from rules.ledger.books import Books
from rules.ledger.group import Group
from rules.ledger.order import Order, Release
from rules.money import NOTHING, Yen
from tests.charging.desk import NOW, new_desk

CHARGES = {"charge-0001": 3000, "charge-0002": 1000, "charge-0003": 500}
RULES = {"new_per_day": 10**6, "new_in_total": 10**6}
KINDS = {
    "paid": Kind.PAID,
    "disputed": Kind.DISPUTED,
    "won": Kind.DISPUTE_WON,
    "lost": Kind.DISPUTE_LOST,
    "refunded": Kind.REFUNDED,
    "expired": Kind.EXPIRED,
}


@dataclass
class Seen:
    """A charge's lot: what is left in it and free, what its dispute's hold keeps (None for no hold), what is owed."""

    left: int
    free: int
    frozen: int | None
    owed: int


class World(Protocol):
    @property
    def now(self) -> int: ...
    def write(self, charge: str, what: str, dispute: str, amount: int) -> int: ...
    def deliver(self, letter: int) -> None: ...
    def post(self, order: Order, *, gives_back: bool = False) -> bool: ...
    def refund(self, charge: str) -> bool: ...
    def later(self, seconds: int) -> None: ...
    def free(self) -> int: ...
    def see(self, charge: str) -> Seen: ...
    def gateway_owes(self) -> int: ...
    def close(self) -> None: ...


class InBooks:
    """Only the rules: `follow` over books in memory."""

    def __init__(self, first_hours: int) -> None:
        self.now, self.hours = NOW, first_hours
        self.books = Books()
        self.charges = {name: Charge(name, "m", Yen(amount), "practice") for name, amount in CHARGES.items()}
        self.letters: list[CardEvent] = []
        self.told: defaultdict[str, list[CardEvent]] = defaultdict(list)
        self.given_back: dict[str, Yen] = {}
        self.at: dict[str, Position] = {name: Position() for name in CHARGES}
        self.first_paid: int | None = None
        self.count = 0

    def write(self, charge: str, what: str, dispute: str, amount: int) -> int:
        number = len(self.letters)
        if what in ("paid", "expired"):
            amount = CHARGES[charge]
        event = CardEvent(
            f"evt_{number}", KINDS[what], charge, f"pi_{charge}", dispute, amount, "jpy", NOW + number
        )
        self.letters.append(event)
        return number

    def deliver(self, letter: int) -> None:
        event = self.letters[letter]
        if event not in self.told[event.charge]:
            self.told[event.charge].append(event)
            self.settle(event.charge)

    def post(self, order: Order, *, gives_back: bool = False) -> bool:
        done = isinstance(self.books.post(order, self.now), Group)
        if gives_back:
            for charge in CHARGES:
                self.settle(charge)
        return done

    def refund(self, charge: str) -> bool:
        state = standing(Yen(CHARGES[charge]), self.told[charge], self.given_back.get(charge, NOTHING)).state
        at = self.position(charge)
        hold = self.books.holds.get(self.charges[charge].first_hold)
        unused = at.free + (hold.amount if hold else 0) == CHARGES[charge]
        if not_refundable(RefundReason.DEATH, state, same_day=False, unused=unused) is not None:
            return False
        self.given_back[charge] = Yen(CHARGES[charge])
        self.settle(charge)
        return True

    def later(self, seconds: int) -> None:
        self.now += seconds
        for hold in list(self.books.holds.values()):
            if hold.series.startswith("card-first/") and hold.until is not None and hold.until <= self.now:
                self.post(Order(f"over/{hold.id}", "over", (Release(hold.series),)))

    def free(self) -> int:
        return sum(lot.free for lot in self.books.lots.values() if lot.account == member_account("m", KURAPO))

    def see(self, charge: str) -> Seen:
        at = self.position(charge)
        hold = self.books.holds.get(self.charges[charge].dispute_hold)
        return Seen(at.left, at.free, None if hold is None else hold.amount, at.owed)

    def gateway_owes(self) -> int:
        return -sum(
            balance
            for account, balance in self.books.balances.items()
            if account.kind is AccountKind.CARD_GATEWAY
        )

    def close(self) -> None:
        for account, balance in self.books.balances.items():
            if account.kind.has_lots:
                assert balance == sum(lot.left for lot in self.books.lots.values() if lot.account == account)

    def settle(self, name: str) -> None:
        charge = self.charges[name]
        stands = standing(charge.amount, self.told[name], self.given_back.get(name, NOTHING))
        first = self.now if self.first_paid is None else self.first_paid
        at = self.position(name)
        steps = follow(charge, stands, at, first + self.hours * 3600, self.now)
        if not steps:
            return
        self.count += 1
        command = charge.command if not at.charged else f"{charge.command}/{self.count}"
        group = self.books.post(Order(command, "card charge", steps), self.now)
        assert isinstance(group, Group)
        grown = -sum(entry.amount for entry in group.entries if entry.account.kind is AccountKind.OWED)
        self.first_paid = first
        self.at[name] = Position(charged=True, taken=stands.taken, owed=Yen(at.owed + grown))

    def position(self, name: str) -> Position:
        charge = self.charges[name]
        numbers = self.books.made.get(charge.command, [])
        lots = [self.books.lots[number] for number in numbers]
        own = (charge.dispute_hold, charge.first_hold)
        others = [
            hold
            for series, hold in self.books.holds.items()
            if series not in own and any(lot in numbers for lot, _ in hold.parts)
        ]
        return replace(
            self.at[name],
            left=sum(lot.left for lot in lots),
            free=sum(lot.free for lot in lots),
            frozen=charge.dispute_hold in self.books.holds,
            waiting=charge.first_hold in self.books.holds,
            others=tuple(others),
        )


class AtDesk:
    """The webhook's own way in, a real database, and a fake Stripe."""

    def __init__(self, first_hours: int) -> None:
        self.open = ExitStack()
        folder = self.open.enter_context(tempfile.TemporaryDirectory())
        self.desk = self.open.enter_context(new_desk(Path(folder), **RULES, first_hours=first_hours))
        self.letters: list[bytes] = []
        for charge, amount in CHARGES.items():
            assert isinstance(self.desk.begin(charge, amount), Begun)

    @property
    def now(self) -> int:
        return self.desk.now

    def write(self, charge: str, what: str, dispute: str, amount: int) -> int:
        stripe = self.desk.stripe
        match what:
            case "paid":
                body = stripe.pay(charge)
            case "disputed":
                body = stripe.disputed(charge, dispute, amount)
            case "refunded":
                body = stripe.refunded(charge, amount)
            case "expired":
                body = stripe.expire(charge)
            case _:
                body = stripe.dispute_closed(charge, what, dispute, amount)
        self.letters.append(body)
        return len(self.letters) - 1

    def deliver(self, letter: int) -> None:
        self.desk.hear(self.letters[letter])

    def post(self, order: Order, *, gives_back: bool = False) -> bool:
        with self.desk.database.write() as connection:
            answer = post(connection, order, self.desk.now)
            if gives_back:
                settle_member(connection, "m", self.desk.now)
        return isinstance(answer, Posted)

    def refund(self, charge: str) -> bool:
        wish = Wish(charge, RefundReason.DEATH, "山田")
        desk = self.desk
        return refund_charge(desk.database, desk.gateway, wish, desk.now) is None

    def later(self, seconds: int) -> None:
        self.desk.later(seconds)

    def free(self) -> int:
        return self.desk.free()

    def see(self, charge: str) -> Seen:
        series = f"card-dispute/{charge}"
        with self.desk.database.read() as connection:
            lots = find_lots(connection, [lot for _, lot in lots_made(connection, [f"card/{charge}"])])
            hold = open_holds(connection, [series]).get(series)
            owed = states_of(connection, charge)[-1].owed
        left, free = sum(lot.left for lot in lots), sum(lot.free for lot in lots)
        return Seen(left, free, None if hold is None else hold.amount, owed)

    def gateway_owes(self) -> int:
        return -self.desk.balance("card-gateway")

    def close(self) -> None:
        self.open.close()
