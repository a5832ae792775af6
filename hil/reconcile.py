"""Whether what the riders saw, what the bus wrote and what the office booked are the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from central.database.hand_tables import hand_rides
from central.database.ledger_tables import accounts, entries, groups
from central.database.tables import health, records, rides
from central.database.transaction import Database, database_file
from device.journal import Journal
from rules.ledger.accounts import AccountKind
from rules.messages.codec import decode, decode_event
from rules.messages.events import HandAlighted, HandUndone, RideLeftOpen, Tapped
from rules.messages.link import Health
from rules.ride.outcomes import Movement

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection

    from hil.reconcile_bath import BathReconciliation
    from rules.messages.events import AnyEvent

EVERYTHING = 1_000_000_000
BY_HAND = ("ride by hand", "ride by hand undone")
"""What the ledger calls the money of riders recorded by hand."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Taps and yen, as each side has them.

    `green` counts lamps seen, `acknowledged` those of their records that the bus was told are stored, `central` those
    in the office's books. `rides` were begun on the bus, `rides_central` settled at the office.

    All of these by a code. `by_hand` are rides that the driver recorded as ended and did not take back, `cash_by_hand`
    the yen taken for them; at the office they are `by_hand_central`, and `cash_by_hand_posted` in its ledger.
    `bath` is what the kiosk gave, where there was one.
    """

    green: int
    acknowledged: int
    central: int
    rides: int
    rides_central: int
    yen_decided: int
    yen_posted: int
    by_hand: int
    by_hand_central: int
    cash_by_hand: int
    cash_by_hand_posted: int
    bath: BathReconciliation | None = None

    @property
    def agree(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return (
            (self.bath is None or self.bath.agree)
            and self.green == self.acknowledged == self.central
            and self.rides == self.rides_central
            and self.yen_decided == self.yen_posted
            and self.by_hand == self.by_hand_central
            and self.cash_by_hand == self.cash_by_hand_posted
        )

    def as_json(self, seconds: float) -> dict[str, object]:
        """The document of `demo --once --json`."""
        return {**asdict(self), "agree": self.agree, "seconds": round(seconds, 1)}


def reconcile(green: int, bus: Path, device: str, office: Path) -> Reconciliation:
    """Compare. The bus's program must have ended: its journal has one reader at a time."""
    journal = Journal(bus, device, any_disk=True).open()
    try:
        written = [
            (record.number, decode_event(record.body)) for record in journal.records_after(0, EVERYTHING)
        ]
        acknowledged = journal.acknowledged
        by_hand = _by_hand(journal.epoch, written)
    finally:
        journal.close()
    database = Database(database_file(office))
    try:
        with database.read() as connection:
            stored = [
                decode_event(body)
                for (body,) in connection.execute(select(records.c.body).where(records.c.device == device))
            ]
            # A forgotten ride is charged when all buses have told the day; until then its record says its fare.
            left = and_(rides.c.state == "open", rides.c.left_number.is_not(None))
            closing = and_(
                records.c.device == rides.c.device,
                records.c.epoch == rides.c.left_epoch,
                records.c.number == rides.c.left_number,
            )
            waiting = [
                decode_event(body)
                for (body,) in connection.execute(
                    select(records.c.body).join_from(rides, records, closing).where(left)
                )
            ]
            settled = connection.scalar(select(func.count()).where(or_(rides.c.state != "open", left)))
            # What the bus had decided: corrections came after it, in groups of their own.
            # Of a rider whose phone has read it, a bus decides nothing.
            by_bus = and_(
                groups.c.what.not_in(("ride corrected", "refund", *BY_HAND)),
                groups.c.command.not_like("phone-ride%"),
            )
            earned = _earned(connection, by_bus)
            cash = _earned(connection, groups.c.what.in_(BY_HAND))
            ended = connection.scalar(
                select(func.count()).where(hand_rides.c.state != "open", ~hand_rides.c.undone)
            )
    finally:
        database.close()
    return Reconciliation(
        green=green,
        acknowledged=sum(_is_green(event) for number, event in written if number <= acknowledged),
        central=sum(_is_green(event) for event in stored),
        rides=sum(_begins_ride(event) for _, event in written),
        rides_central=int(settled or 0),
        yen_decided=sum(event.fare for _, event in written if isinstance(event, Tapped | RideLeftOpen)),
        yen_posted=earned + sum(event.fare for event in waiting if isinstance(event, RideLeftOpen)),
        by_hand=len(by_hand),
        by_hand_central=int(ended or 0),
        cash_by_hand=sum(event.cash for event in by_hand),
        cash_by_hand_posted=cash,
    )


def _by_hand(epoch: str, written: list[tuple[int, AnyEvent]]) -> list[HandAlighted]:
    """The rides that the driver recorded as ended, but for those taken back."""
    taken_back = {
        (ref.epoch, ref.number)
        for _, event in written
        if isinstance(event, HandUndone)
        for ref in event.records
    }
    return [
        event
        for number, event in written
        if isinstance(event, HandAlighted) and (epoch, number) not in taken_back
    ]


def _earned(connection: Connection, which: ColumnElement[bool]) -> int:
    query = (
        select(func.coalesce(func.sum(entries.c.amount), 0))
        .join(accounts, accounts.c.id == entries.c.account_id)
        .join(groups, groups.c.id == entries.c.group_id)
        .where(accounts.c.kind == AccountKind.FARES_EARNED, which)
    )
    return int(connection.scalar(query) or 0)


def health_at_central(office: Path, device: str) -> Health | None:
    """How the machine was when the office last heard from it."""
    database = Database(database_file(office))
    try:
        with database.read() as connection:
            body = connection.scalar(select(health.c.body).where(health.c.device == device))
    finally:
        database.close()
    return None if body is None else decode(body, Health)


def _is_green(event: AnyEvent) -> bool:
    return isinstance(event, Tapped) and event.outcome.rides


def _begins_ride(event: AnyEvent) -> bool:
    return isinstance(event, Tapped) and event.movement is Movement.BOARD
