"""What a bus remembers of a pass: apart from the records it sends, and longer than they wait."""

from __future__ import annotations

from dataclasses import dataclass

from rules.instant import Instant
from rules.money import NOTHING, Yen
from rules.passes.rider_pass import PassKind, RiderClass


@dataclass(frozen=True, slots=True)
class OpenRide:
    """Somebody is on the bus. `epoch` and `number` name the boarding record.

    `hold` is what the pass reserves, `group` whether it may pay for others too; `lat`, `lon` say where they boarded,
    None without a fix. `product` is the pass's own, 0 to pay per ride: journals begun before there were any lack it.
    """

    epoch: str
    number: int
    edition: int
    trip_id: str
    service_date: str
    stop_id: str
    stop_index: int
    pass_kind: PassKind
    rider_class: RiderClass
    group: bool
    hold: Yen
    adults: int
    children: int
    at: Instant
    lat: float | None
    lon: float | None
    product: int = 0


@dataclass(frozen=True, slots=True)
class Alighted:
    """Where and when a pass last alighted."""

    trip_id: str
    service_date: str
    stop_index: int
    at: Instant


@dataclass(frozen=True, slots=True)
class PassMemory:
    """What this bus remembers of one pass, at least 48 h, apart from the records it sends.

    `moment` and `counter` are of the last accepted code; `spent` is what this bus has taken from the hold, and for a
    card what it has taken on service day `day`, in `rides` rides.
    """

    moment: int = 0
    counter: int = 0
    answered_at: Instant | None = None
    open_ride: OpenRide | None = None
    alighted: Alighted | None = None
    spent: Yen = NOTHING
    day: str = ""
    rides: int = 0
