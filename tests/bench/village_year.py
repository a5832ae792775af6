"""A year of the village's ledger, posted as the office posts: `python -m tests.bench.village_year FOLDER`.

3,000 members, 60 shops, 300,000 payments and rides, and what comes with them. The same seed gives the same year.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select

from central.database.ledger_tables import lots
from central.database.transaction import Connection, Database, database_file
from central.japan import seconds_of
from central.ledger.post_orders import Posted, entries_posted, post_all
from rules.ledger.accounts import (
    KURAPO,
    RIDE_VALUE,
    AccountKind,
    AccountRef,
    Unit,
    member_account,
    suspense_account,
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
from rules.ledger.rides import PassHold, forgotten_ride_order, pass_hold_order, ride_order, taken_back
from rules.money import Yen

MEMBERS = 3_000
SHOPS = 60
PAYMENTS_AND_RIDES = 300_000
FIRST_DAY = date(2026, 4, 1)
DAYS = 365
BATCHES_A_DAY = 4
HELD = Yen(600)
VOUCHER = Unit("voucher/2026")
VOUCHER_DAY = 61
"""Of the year: everybody is given one, good for half a year."""
GATEWAY = AccountRef(AccountKind.CARD_GATEWAY)


@dataclass(slots=True)
class VillageYear:
    """What there is to know of it while it goes by; `kurapo` is what each member has by and large."""

    chance: random.Random
    members: list[str]
    spenders: list[str]
    a_day: int
    asked: int = 0
    events: int = 0
    refused: int = 0
    kurapo: dict[str, int] = field(default_factory=dict)
    first_spends: list[str] = field(default_factory=list)
    payments: list[tuple[str, AccountRef, int]] = field(default_factory=list)
    rides: list[str] = field(default_factory=list)

    def command(self, what: str) -> str:
        """A command's id."""
        self.asked += 1
        return f"{what}/{self.asked}"


def write_year(
    database: Database,
    progress: Callable[[int], object],
    seed: int = 1,
    *,
    members: int = MEMBERS,
    events: int = PAYMENTS_AND_RIDES,
) -> VillageYear:
    """Post the year into an empty ledger; `progress` hears the days done. `events` are payments and rides."""
    everybody = [f"m{number:05}" for number in range(1, members + 1)]
    # One in twenty never spends: what they are given expires.
    spenders = everybody[len(everybody) // 20 :]
    village = VillageYear(random.Random(seed), everybody, spenders, -(-events // DAYS))
    for day in range(DAYS):
        begin, end = seconds_of(FIRST_DAY + timedelta(days=day))
        with database.write() as connection:
            _day(connection, village, day, begin, end)
        progress(day + 1)
    return village


def _day(connection: Connection, village: VillageYear, day: int, begin: int, end: int) -> None:
    _post(connection, village, list(_morning(village, day, begin)), begin + 8 * 3600)
    each = village.a_day // BATCHES_A_DAY
    for batch in range(BATCHES_A_DAY):
        count = each if batch else village.a_day - each * (BATCHES_A_DAY - 1)
        orders = [order for _ in range(count) for order in _event(village, begin)]
        _post(connection, village, orders, begin + (9 + 3 * batch) * 3600)
    _post(connection, village, list(_evening(connection, village, end)), end - 60)


def _post(connection: Connection, village: VillageYear, orders: list[Order], now: int) -> None:
    answers = post_all(connection, orders, now)
    village.events += len(answers)
    village.refused += sum(not isinstance(answer, Posted) for answer in answers)


def _morning(village: VillageYear, day: int, begin: int) -> Iterator[Order]:
    if day == 0:
        for member in village.members:
            yield _charge(village, member, 5_000)
            yield pass_hold_order(
                village.command("pass"), member, f"pass/{member}", HELD, begin + DAYS * 86_400
            )
    if day == VOUCHER_DAY:
        for member in village.members:
            lot = IntoLot(member_account(member, VOUCHER), Origin.FREE, "voucher/2026", begin + 182 * 86_400)
            yield Order(village.command("voucher"), "grant", (Move(_issuer("voucher/2026"), lot, 5_000),))
    for command in village.first_spends:
        yield Order(village.command("release"), "card charge free", (Release(f"first/{command}"),))
    village.first_spends.clear()


def _event(village: VillageYear, begin: int) -> Iterator[Order]:
    """A payment or a ride, with what comes before it."""
    chance = village.chance
    member = chance.choice(village.spenders)
    kind = chance.random()
    if kind < 0.05:
        points = IntoLot(
            member_account(member), Origin.FREE, "points/2026", begin + chance.randrange(90, 180) * 86_400
        )
        amount = chance.randrange(50, 500, 10)
        yield Order(village.command("points"), "points", (Move(_issuer("points/2026"), points, amount),))
    amount = chance.randrange(100, 1_600, 10) if kind < 0.6 else chance.randrange(200, 700, 10)
    if village.kurapo.get(member, 0) - HELD < max(amount, 1_000):
        yield _charge(village, member, chance.randrange(2_000, 10_001, 1_000))
    if kind < 0.6:
        shop = AccountRef(AccountKind.SHOP, f"s{chance.randrange(SHOPS) + 1:02}")
        order = Order(
            village.command("pay"), "payment", (Move(Spend(member, (VOUCHER, KURAPO)), shop, amount),)
        )
        village.payments.append((order.command, shop, amount))
    else:
        if kind > 0.99:
            yield _bus_ticket(village, member)
        order = _ride(village, member, Yen(amount))
    village.kurapo[member] -= amount
    yield order


def _ride(village: VillageYear, member: str, fare: Yen) -> Order:
    kind = village.chance.random()
    payer = suspense_account(member) if kind < 0.01 else member_account(member)
    hold = PassHold(f"pass/{member}", HELD)
    command = village.command("ride")
    if kind > 0.95:
        order = forgotten_ride_order(command, payer, HELD, fare, hold)
    else:
        order = ride_order(command, payer, fare, Yen(100 if kind > 0.9 else 0), hold)
    assert order is not None
    village.rides.append(command)
    return order


def _charge(village: VillageYear, member: str, amount: int) -> Order:
    village.kurapo[member] = village.kurapo.get(member, 0) + amount
    if village.chance.random() < 0.7:
        return cash_charge_order(village.command("charge"), member, Yen(amount))
    command = village.command("card")
    village.first_spends.append(command)
    lot = IntoLot(member_account(member), Origin.PAID, KURAPO_PAID)
    hold = PlaceHold(f"first/{command}", HoldKind.FIRST_SPEND, FromCommand(command), amount // 2)
    return Order(command, "card charge", (Move(GATEWAY, lot, amount), hold))


def _bus_ticket(village: VillageYear, member: str) -> Order:
    village.kurapo[member] -= 1_000
    lot = IntoLot(member_account(member, RIDE_VALUE), Origin.PAID, "bus-ticket")
    pay = Move(Spend(member), AccountRef(AccountKind.SOLD), 1_000)
    return Order(village.command("ticket"), "bus ticket", (pay, Move(_issuer("bus-ticket"), lot, 1_100)))


def _evening(connection: Connection, village: VillageYear, end: int) -> Iterator[Order]:
    """A few of the day's payments and rides are taken back; what is not good any more expires."""
    for command, shop, amount in village.chance.sample(village.payments, len(village.payments) // 200):
        # A payment that was refused has nothing to give back, and is refused again.
        yield Order(village.command("void"), "payment void", (Move(shop, Restore(command), amount),))
    for ride in village.chance.sample(village.rides, len(village.rides) // 200):
        order = taken_back(village.command("back"), ride, entries_posted(connection, [ride]))
        if order is not None:
            yield order
    village.payments.clear()
    village.rides.clear()
    expired = select(lots.c.id, lots.c.remaining - lots.c.held).where(
        lots.c.expires_at <= end - 60, lots.c.remaining > lots.c.held
    )
    for lot, left in connection.execute(expired.order_by(lots.c.id)).all():
        move = Move(FromExpired(lot), AccountRef(AccountKind.EXPIRED), left)
        yield Order(village.command("expiry"), "expiry", (move,))


def _issuer(programme: str) -> AccountRef:
    return AccountRef(AccountKind.ISSUER, programme)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, default=1, show_default=True, help="ほかの一年 / another year")
def main(folder: Path, seed: int) -> None:
    """村の一年の元帳を FOLDER に作る / Make the ledger of a village's year in FOLDER, a data folder of central's."""
    if database_file(folder).exists():
        raise click.UsageError(f"{folder} には元帳があります。 / There is a ledger in {folder} already.")
    database = Database(database_file(folder))
    database.create()
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("日 / days", total=DAYS)
        village = write_year(database, lambda done: progress.update(task, completed=done), seed)
    database.close()
    click.echo(f"{village.events:,} 件 / events, 拒否 / refused {village.refused:,}", err=True)


if __name__ == "__main__":
    main(prog_name="python -m tests.bench.village_year")
