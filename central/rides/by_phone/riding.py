"""A ride by phone as `rules.ride.fare` wants it, and what nobody has paid of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from central.rides.by_phone.store import Known, TripKey
from rules.ledger.accounts import AccountKind
from rules.ledger.group import Entry
from rules.money import Yen
from rules.passes.rider_pass import RiderClass


@dataclass(frozen=True, slots=True)
class Riding:
    """Whoever reads the bus rides alone."""

    trip_id: str
    service_date: str
    stop_index: int
    rider_class: RiderClass
    product: int
    adults: int = 0
    children: int = 0


def riding_of(key: TripKey, known: Known, product: int | None = None) -> Riding:
    """The ride as it is known, or as it were with another product."""
    return Riding(
        key.trip_id,
        key.service_date,
        known.board_index,
        RiderClass(known.rider_class),
        known.product if product is None else product,
    )


def owed_of(posted: Iterable[Entry]) -> Yen:
    """What was not there of all that was posted for a ride."""
    return Yen(-sum(entry.amount for entry in posted if entry.account.kind is AccountKind.OWED))
