"""Whether what the riders saw, what the bus wrote and what the office booked are the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from central.database.tables import accounts, entries, groups, health, records, rides
from central.database.transaction import Database, database_file
from device.journal import Journal
from rules.ledger.entry import AccountKind
from rules.messages.codec import decode, decode_event
from rules.messages.events import RideLeftOpen, Tapped
from rules.messages.link import Health
from rules.ride.outcomes import Movement

if TYPE_CHECKING:
    from pathlib import Path

    from rules.messages.events import AnyEvent

EVERYTHING = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Taps and yen, as each side has them.

    `green` counts lamps seen, `acknowledged` those of their records that the bus was told are stored, `central` those
    in the office's books. `rides` were begun on the bus, `rides_central` settled at the office.
    """

    green: int
    acknowledged: int
    central: int
    rides: int
    rides_central: int
    yen_decided: int
    yen_posted: int

    @property
    def agree(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return (
            self.green == self.acknowledged == self.central
            and self.rides == self.rides_central
            and self.yen_decided == self.yen_posted
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
    finally:
        journal.close()
    database = Database(database_file(office))
    try:
        with database.read() as connection:
            stored = [
                decode_event(body)
                for (body,) in connection.execute(select(records.c.body).where(records.c.device == device))
            ]
            settled = connection.scalar(select(func.count()).where(rides.c.state != "open"))
            earned = connection.scalar(
                select(func.coalesce(func.sum(entries.c.amount), 0))
                .join(accounts, accounts.c.id == entries.c.account_id)
                .join(groups, groups.c.id == entries.c.group_id)
                # What the bus had decided: corrections came after it, in groups of their own.
                .where(
                    accounts.c.kind == AccountKind.FARES_EARNED,
                    groups.c.what.not_in(("ride corrected", "refund")),
                )
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
        yen_posted=int(earned or 0),
    )


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
