"""Rides by phones that read the bus, which return tickets pay for as for any other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from central.database.transaction import Connection
from central.rides.by_phone.charge import charge
from central.rides.by_phone.store import Known, RideRow, TripKey, rides_that_fit
from central.rides.tickets.stops_of_tickets import stop_names
from central.tickets.store import Sale
from rules.ledger.use_tickets import Ridden
from rules.passes.rider_pass import RiderClass


@dataclass(frozen=True, slots=True)
class RideByPhone:
    """A ride in the books that a trip could pay for (`settle_tickets.InBooks`)."""

    ridden: Ridden
    key: TripKey
    row: RideRow

    @property
    def sale(self) -> str:
        """Of which sale a trip pays for it, "" for none."""
        return self.row.known.sale

    def without_trip(self, connection: Connection, now: int) -> RideByPhone:
        """Charged its fare."""
        if not self.sale:
            return self
        return replace(
            self, row=charge(connection, self.key, self.row, replace(self.row.known, sale=""), now)
        )

    def take_trip(self, connection: Connection, sale: str, now: int) -> None:
        """What it was charged goes back."""
        charge(connection, self.key, self.row, replace(self.row.known, sale=sale), now)


def rides_by_phone(connection: Connection, member: str, sales: Collection[Sale]) -> list[RideByPhone]:
    """The member's rides that these sales could pay for; those that older tickets have paid for stay as they are."""
    days = min(sale.first_day for sale in sales), max(sale.last_day for sale in sales)
    classes, live = {sale.rider_class for sale in sales}, {"", *(sale.command for sale in sales)}
    found = []
    for key, row in rides_that_fit(connection, member, *days, classes):
        ridden = ridden_by_phone(connection, key, row.known)
        if ridden and row.known.sale in live:
            found.append(RideByPhone(ridden, key, row))
    return found


def ridden_by_phone(connection: Connection, key: TripKey, known: Known) -> Ridden | None:
    """A ride as tickets see it; None for one that no trip may pay for (`rides_that_fit`)."""
    if known.state not in ("complete", "provisional") or known.product or not known.fare:
        return None
    names = stop_names(connection, known.edition, known.board_stop_id, known.alight_stop_id or "")
    if names is None:
        return None
    number = known.board_number if known.alight_number is None else known.alight_number
    return Ridden(key.service_date, key.device, known.epoch, number, RiderClass(known.rider_class), *names)
