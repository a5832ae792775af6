"""A rider's receipt that explains itself: line by line what a ride cost, and what paid for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rules.ledger.accounts import KURAPO, RIDE_VALUE, AccountKind, Unit
from rules.ledger.group import Entry
from rules.ledger.lots import Origin
from rules.ride.correction import Charge
from rules.ride.fare import FarePart, Who


class What(StrEnum):
    """What a line says."""

    FARE = "fare"
    """A part of the fare by the people."""
    BEYOND = "beyond"
    """乗越 (norikoshi): what a commuter pass leaves to pay beyond its section."""
    WHOLE = "whole"
    """The whole fare, where its parts are not known or do not hold any more."""
    TRIP = "trip"
    RIDE_VALUE = "ride-value"
    KURAPO = "kurapo"
    UNKNOWN_PASS = "unknown-pass"
    CASH = "cash"
    OVERPAID = "overpaid"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class Line:
    """A line in both languages, and its yen."""

    what: What
    ja: str
    en: str
    yen: int


@dataclass(frozen=True, slots=True)
class Change:
    """A correction that holds: the fare before and after in yen, what and why, and when it was made, Unix seconds."""

    from_fare: int
    to_fare: int
    ja: str
    en: str
    at: int


@dataclass(frozen=True, slots=True)
class TripUsed:
    """A return ticket by its product's name: the trip that pays, counted from 1, of so many."""

    ticket: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Journey:
    """What was ridden. `commuter` is the commuter pass's name, "" for none; `parts` the fare's, () if not known."""

    service_date: str
    board: tuple[str, str]
    alight: tuple[str, str]
    rider_class: tuple[str, str]
    commuter: str
    parts: tuple[FarePart, ...]
    forgotten: bool
    double: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """The ride's money: as its row says, as the ledger has moved it, and where each of its lots came from."""

    charge: Charge
    posted: tuple[Entry, ...]
    origins: Mapping[int, Origin]
    trip: TripUsed | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt. Stops and class are in both languages, `fare` is in yen.

    Raises ValueError unless `cost` and `paid` each sum to it.
    """

    ride: str
    service_date: str
    board: tuple[str, str]
    alight: tuple[str, str]
    rider_class: tuple[str, str]
    forgotten: bool
    fare: int
    cost: tuple[Line, ...]
    paid: tuple[Line, ...]
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        for lines in (self.cost, self.paid):
            total = sum(line.yen for line in lines)
            if total != self.fare:
                raise ValueError(f"the lines of {self.ride} sum to {total}, its fare is {self.fare}")


def receipt(ride: str, journey: Journey, paid: Paid, changes: Iterable[Change]) -> Receipt:
    """The receipt of an ended ride. Raises ValueError where its money does not add up."""
    fare = paid.charge.fare
    return Receipt(
        ride=ride,
        service_date=journey.service_date,
        board=journey.board,
        alight=journey.alight,
        rider_class=journey.rider_class,
        forgotten=journey.forgotten,
        fare=fare,
        cost=_cost(journey, fare),
        paid=tuple(line for line in _paid(paid) if line.yen),
        changes=tuple(changes),
    )


def _cost(journey: Journey, fare: int) -> tuple[Line, ...]:
    if journey.double:
        return (
            Line(What.WHOLE, "同じコードの別の乗車で精算ずみ", "charged as another ride of this code", fare),
        )
    if not journey.parts or sum(part.yen for part in journey.parts) != fare:
        return (Line(What.WHOLE, "運賃", "fare", fare),)
    return tuple(_part(journey, part) for part in journey.parts)


def _part(journey: Journey, part: FarePart) -> Line:
    match part.who:
        case Who.HOLDER if journey.commuter:
            ja, en = ("乗越", "beyond its section") if part.yen else ("区間内", "within its section")
            return Line(What.BEYOND, f"定期券「{journey.commuter}」{ja}", f"commuter pass, {en}", part.yen)
        case Who.HOLDER:
            ja, en = journey.rider_class
        case Who.ATTENDANT:
            ja, en = "介護者", "attendant"
        case Who.ADULTS:
            ja, en = "同行のおとな", "others, adult"
        case Who.CHILDREN:
            ja, en = "同行のこども", "others, child"
    times = (
        (f" {part.each:,}円×{part.people}人", f", {part.people} × {part.each:,}")
        if part.people > 1
        else ("", "")
    )
    return Line(What.FARE, ja + times[0], en + times[1], part.yen)


def _paid(paid: Paid) -> Iterable[Line]:
    """The cheapest right first, as rights are used."""
    charge, moved = paid.charge, _Moved(paid)
    if paid.trip is not None:
        trip = paid.trip
        yield Line(
            What.TRIP,
            f"往復券「{trip.ticket}」 {trip.of}回のうち{trip.number}回目",
            f"return ticket, trip {trip.number} of {trip.of}",
            charge.held + charge.owed,
        )
    else:
        yield moved.line(What.RIDE_VALUE, RIDE_VALUE, "バス回数券", "bus ticket")
        yield moved.line(What.KURAPO, KURAPO, "くらポ", "Kurapo")
        waits = moved.of(AccountKind.SUSPENSE)
        yield Line(What.UNKNOWN_PASS, "パスの持ち主を確認中", "the pass's holder is not known yet", waits)
        yield Line(What.OWED, "未払い", "owed", moved.of(AccountKind.OWED))
    yield Line(What.CASH, "現金(運転士)", "cash to the driver", charge.cash)
    back = f"(返金ずみ{charge.refunded:,}円)" if charge.refunded else "(返金します)"
    yield Line(What.OVERPAID, f"現金の払いすぎ{back}", "cash beyond the fare, given back", -charge.overpaid)


class _Moved:
    """What everybody has given for a ride, all told."""

    def __init__(self, paid: Paid) -> None:
        self._by_kind: defaultdict[AccountKind, int] = defaultdict(int)
        self._by_lot: defaultdict[tuple[Unit, Origin], int] = defaultdict(int)
        for entry in paid.posted:
            if entry.account.kind.has_lots:
                for move in entry.lots:
                    self._by_lot[entry.account.unit, paid.origins[move.lot]] -= move.amount
            else:
                self._by_kind[entry.account.kind] -= entry.amount

    def of(self, kind: AccountKind) -> int:
        """From accounts of a kind."""
        return self._by_kind[kind]

    def line(self, what: What, unit: Unit, ja: str, en: str) -> Line:
        """From a member's lots of a unit, and how much of that was given."""
        by_origin = {origin: self._by_lot[unit, origin] for origin in Origin}
        total = sum(by_origin.values())
        given = total - by_origin[Origin.PAID]
        if given:
            ja, en = f"{ja}(うちもらった分{given:,})", f"{en}, of which given {given:,}"
        return Line(what, ja, en, total)
