"""Any history of a small village's ledger: every kind of order there is, also those that are refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import select

from central.database.ledger_tables import lots
from central.database.transaction import Connection
from central.ledger.post_orders import Posted, entries_posted, post
from rules.ledger.accounts import (
    RIDE_VALUE,
    AccountKind,
    AccountRef,
    Unit,
    member_account,
    suspense_account,
    trips,
)
from rules.ledger.charges import cash_charge_order
from rules.ledger.holds import HoldKind
from rules.ledger.lots import Origin
from rules.ledger.order import (
    FromCommand,
    FromExpired,
    IntoLot,
    Move,
    Order,
    PlaceHold,
    Release,
    Restore,
    Spend,
)
from rules.ledger.programmes import KURAPO_PAID
from rules.ledger.rides import (
    PassHold,
    cash_back_order,
    correction_order,
    forgotten_ride_order,
    hand_cash_order,
    hand_undone_order,
    pass_hold_order,
    ride_order,
    taken_back,
)
from rules.money import Yen
from tests.central.office import NOW
from tests.laid import laid

MEMBERS = ("m", "m-1/a", "大蔵 花子", "M.2")
SHOP = AccountRef(AccountKind.SHOP, "ゆの屋")
DESK = AccountRef(AccountKind.CASH_DESK)
GATEWAY = AccountRef(AccountKind.CARD_GATEWAY)
SOLD = AccountRef(AccountKind.SOLD)
EXPIRED = AccountRef(AccountKind.EXPIRED)
VOUCHER = Unit("voucher/2026 春")
GRANT = "いで湯/2026"


def issuer(programme: str) -> AccountRef:
    return AccountRef(AccountKind.ISSUER, programme)


@dataclass
class Village:
    """A ledger and what was posted in it. `now` only goes on."""

    connection: Connection
    now: int = NOW
    asked: int = 0
    done: list[Order] = field(default_factory=list)

    def play(self, what: str, who: str, amount: int, pick: int, seconds: int) -> None:
        """One order, or none where there is nothing to do it with."""
        self.now += seconds
        self.asked += 1
        order = ORDERS[what](self, f'c{self.asked}: "{who}"', who, Yen(amount), pick)
        if order is not None and isinstance(post(self.connection, order, self.now), Posted):
            self.done.append(order)

    def earlier(self, pick: int, what: str = "") -> str:
        """A command that was posted, the last one of that kind for 0, "" if none was."""
        done = [order.command for order in self.done if order.what.endswith(what)]
        return done[-1 - pick % len(done)] if done else ""

    def expired_lot(self, pick: int) -> int | None:
        found = self.connection.execute(
            select(lots.c.id).where(lots.c.expires_at <= self.now, lots.c.remaining > lots.c.held)
        ).all()
        return found[pick % len(found)][0] if found else None


Build = Callable[[Village, str, str, Yen, int], Order | None]


def _charge(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    return cash_charge_order(command, who, amount)


def _card_charge(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    lot = IntoLot(member_account(who), Origin.PAID, KURAPO_PAID)
    hold = PlaceHold(f"first/{command}", HoldKind.FIRST_SPEND, FromCommand(command), amount)
    return Order(command, "card charge", (Move(GATEWAY, lot, amount), hold))


def _release(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    return Order(command, "release", (Release(f"first/{village.earlier(pick)}"),))


def _pass(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    return pass_hold_order(command, who, f"pass/{who}", amount, village.now + 1000)


def _ride(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order | None:
    hold = PassHold(f"pass/{who}", Yen(600)) if pick % 2 else None
    payer = suspense_account(who) if pick % 7 == 0 else member_account(who)
    build = forgotten_ride_order if pick % 3 == 0 else ride_order
    return build(command, payer, amount, Yen(pick % 200), hold)


def _correct(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order | None:
    ride = village.earlier(pick, "ride")
    posted = entries_posted(village.connection, [ride])
    if pick % 4 == 0:
        return taken_back(command, ride, posted)
    change = amount if pick % 2 else -amount
    return correction_order(command, ride, posted, member_account(who), change)


def _by_hand(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order | None:
    return hand_cash_order(command, amount) if pick % 2 else hand_undone_order(command, amount)


def _cash_back(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    return cash_back_order(command, who if pick % 2 else "", amount)


def _pay(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    units = (VOUCHER, member_account(who).unit)
    return Order(command, "payment", (Move(Spend(who, units), SHOP, amount),))


def _restore(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    return Order(command, "refund of payment", (Move(SHOP, Restore(village.earlier(pick)), amount),))


def _grant(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    unit = (member_account(who).unit, VOUCHER)[pick % 2]
    origin = (Origin.FREE, Origin.PREMIUM)[pick % 2]
    lot = IntoLot(member_account(who, unit), origin, GRANT, village.now + pick * 60)
    return Order(command, "grant", (Move(issuer(GRANT), lot, amount),))


def _ticket(_: Village, command: str, who: str, amount: Yen, pick: int) -> Order:
    pay = Move(Spend(who), SOLD, amount)
    if pick % 2:
        into = IntoLot(member_account(who, trips(pick)), Origin.PAID, "往復券")
        return Order(command, "return ticket", (pay, Move(issuer("往復券"), into, 2)))
    into = IntoLot(member_account(who, RIDE_VALUE), Origin.PAID, "バス回数券")
    # What the same event puts into a lot it may take again.
    again = Move(FromCommand(command), issuer("バス回数券"), 1)
    return Order(command, "bus ticket", (pay, Move(issuer("バス回数券"), into, amount), again))


def _expire(village: Village, command: str, who: str, amount: Yen, pick: int) -> Order | None:
    lot = village.expired_lot(pick)
    return None if lot is None else Order(command, "expiry", (Move(FromExpired(lot), EXPIRED, 1),))


ORDERS: dict[str, Build] = {
    "charge": _charge,
    "card charge": _card_charge,
    "release": _release,
    "pass": _pass,
    "ride": _ride,
    "correct": _correct,
    "by hand": _by_hand,
    "cash back": _cash_back,
    "pay": _pay,
    "restore": _restore,
    "grant": _grant,
    "ticket": _ticket,
    "expire": _expire,
}

Step = tuple[str, str, int, int, int]
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(sorted(ORDERS)),
        st.sampled_from(MEMBERS),
        st.integers(1, 3000),
        st.integers(0, 50),
        st.sampled_from([0, 1, 600, 40_000, 90_000, 2_000_000]),
    ),
    max_size=40,
)
"""What happens, to whom, units, a number that chooses among what there is, seconds since the one before."""


@contextmanager
def played(history: Sequence[Step]) -> Iterator[tuple[Path, Connection]]:
    """The data folder after that history, and a connection to it."""
    with tempfile.TemporaryDirectory() as folder:
        database = laid(Path(folder))
        with database.write() as connection:
            village = Village(connection)
            for step in history:
                village.play(*step)
        try:
            with database.read() as connection:
                yield Path(folder), connection
        finally:
            database.close()
