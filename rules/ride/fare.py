"""What a ride costs the people who make it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.passes.rider_pass import RiderClass
from rules.tariff.share import Share

MAX_FARE = Yen(1_000_000)
"""For one ride of one party; more is a broken machine or a slip of the finger.

No rule of the office: records of buses that know no rules are weighed by it, whenever they come.
"""


class Riding(Protocol):
    """What a fare depends on beside its end: an open ride on the bus, or a ride in the office's books."""

    @property
    def trip_id(self) -> str:
        """The trip it is made on."""

    @property
    def service_date(self) -> str:
        """YYYY-MM-DD."""

    @property
    def stop_index(self) -> int:
        """Where it begins among the trip's poles."""

    @property
    def rider_class(self) -> RiderClass:
        """The holder's."""

    @property
    def adults(self) -> int:
        """Others on the same code."""

    @property
    def children(self) -> int:
        """Others on the same code."""

    @property
    def product(self) -> int:
        """What the pass rides by, 0 to pay per ride."""


@dataclass(frozen=True, slots=True)
class RideFare:
    """Yen: `own` is the pass holder's and the attendant's, `party` that of the others on the same code."""

    own: Yen
    party: Yen

    @property
    def total(self) -> Yen:
        """What everybody on the code owes."""
        return Yen(self.own + self.party)


class Who(StrEnum):
    """For whom a part of a fare is."""

    HOLDER = "holder"
    ATTENDANT = "attendant"
    """介護者 (kaigosha)."""
    ADULTS = "adults"
    CHILDREN = "children"


@dataclass(frozen=True, slots=True)
class FarePart:
    """What `people` of one kind pay, `each` so many yen."""

    who: Who
    people: int
    each: Yen

    @property
    def yen(self) -> Yen:
        """For all of them."""
        return Yen(self.people * self.each)


def ride_fare(ride: Riding, alight: int, edition: Edition) -> RideFare | FareProblem:
    """The fare of a ride that ends at index `alight` of its trip's poles, by the rules of its service day.

    `edition` is the one it began under. A product rides for its holder alone: attendant (介護者, kaigosha) and party
    pay the whole way. Where a fare is needed that the table does not have, its problem. Raises KeyError where `edition`
    does not have the trip.
    """
    parts = fare_parts(ride, alight, edition)
    if isinstance(parts, FareProblem):
        return parts
    own = sum(part.yen for part in parts if part.who in (Who.HOLDER, Who.ATTENDANT))
    return RideFare(Yen(own), Yen(sum(part.yen for part in parts) - own))


def fare_parts(ride: Riding, alight: int, edition: Edition) -> tuple[FarePart, ...] | FareProblem:
    """The same by the people who ride, the holder first."""
    tariff, day = edition.tariff, date.fromisoformat(ride.service_date)
    rule = tariff.class_on(ride.rider_class, day)
    others = [] if rule.attendant is None else [(Who.ATTENDANT, 1, rule.attendant)]
    if ride.adults:
        others.append((Who.ADULTS, ride.adults, tariff.class_on(RiderClass.ADULT, day).share))
    if ride.children:
        others.append((Who.CHILDREN, ride.children, tariff.class_on(RiderClass.CHILD, day).share))
    whole = _adult(edition, ride.trip_id, ride.stop_index, alight)
    holder = _holder(ride, alight, edition, rule.share)
    if isinstance(holder, FareProblem):
        return holder
    if isinstance(whole, FareProblem):
        return whole if others else (FarePart(Who.HOLDER, 1, holder),)
    paid = (FarePart(who, people, share.of(whole)) for who, people, share in others)
    return (FarePart(Who.HOLDER, 1, holder), *paid)


def _holder(ride: Riding, alight: int, edition: Edition, share: Share) -> Yen | FareProblem:
    if not ride.product:
        whole = _adult(edition, ride.trip_id, ride.stop_index, alight)
        return whole if isinstance(whole, FareProblem) else share.of(whole)
    product = edition.tariff.product_on(ride.product, date.fromisoformat(ride.service_date))
    if product is None:
        return FareProblem.MISSING
    names = [stop.name for stop in edition.stops_of(ride.trip_id)]
    return product.due(
        names, ride.stop_index, alight, lambda start, end: _adult(edition, ride.trip_id, start, end), share
    )


def _adult(edition: Edition, trip_id: str, start: int, end: int) -> Yen | FareProblem:
    pattern = edition.pattern_of(trip_id)
    return edition.fares.adult(pattern.route_id, pattern.stop_ids[start], pattern.stop_ids[end])
