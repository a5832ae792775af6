"""What the counter sees of a member: who, what they have, passes, tickets, rides, and what was done for them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from central.audit.store import newest_entries
from central.counter.words import PHONE_STATES, STANDINGS, WHY_BLOCKED
from central.database.transaction import Connection
from central.japan import clock_text, day_of
from central.ledger.store import balance_of, open_lots
from central.members.register_member import profile_of
from central.members.store import Profile, standing_of
from central.network.editions.store import current_edition, find_edition
from central.passes.find_person import serial_of
from central.passes.store import KnownPass, denied_among, passes_of_member
from central.rides.by_phone.store import RideRow, TripKey, rides_of_member
from central.rides.corrections.by_staff.words import fact_words
from central.rides.receipts.store import TimedRide, rides_of
from central.words import words
from central.words.acts import ACTS
from central.words.names import Names
from central.words.words import Words, words_for
from rules.ledger.accounts import KURAPO, RIDE_VALUE, owed_account
from rules.network.in_force import service_day
from rules.passes.rider_pass import PassKind, RiderClass
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass

RIDES = 15
ACTS_SHOWN = 15
_WHY_BLOCKED: dict[str, Words] = {str(why): said for why, said in WHY_BLOCKED.items()}
_COMING: Words = ("これから", "to come")
_RIDES: Words = ("使用中", "in use")
_BLOCKED: Words = ("停止", "blocked")


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass that has not ended. `state` in words; `is_card` can be printed, `is_blocked` can only be replaced."""

    pass_id: str
    serial: str
    kind: Words
    product: str
    until: str
    state: Words
    is_card: bool
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class RideLine:
    """A ride in the list."""

    id: int
    day: str
    at: str
    journey: str
    fare: int | None
    state: Words
    is_corrected: bool = False
    by_phone: bool = False
    """Whether a phone read the bus; such rides have numbers of their own."""


@dataclass(frozen=True, slots=True)
class ActLine:
    """A line of the audit log about the member."""

    at: str
    who: str
    what: Words
    detail: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member at the counter. Yen: `balance` all that is good, `held` of it for rides, `ride_value` of bus tickets."""

    member: str
    profile: Profile
    rider_class: Words
    standing: Words | None
    balance: int
    held: int
    ride_value: int
    owed: int
    passes: tuple[PassLine, ...]
    products: tuple[Product, ...]
    rides: tuple[RideLine, ...]
    acts: tuple[ActLine, ...]


def read_person(connection: Connection, member: str, now: int) -> Person | None:
    """As it stands at Unix second `now`; None of nobody's number."""
    profile = profile_of(connection, member)
    if profile is None:
        return None
    has, held = defaultdict[str, int](int), 0
    for lot in open_lots(connection, [member]):
        if not lot.is_expired(now):
            has[lot.account.unit] += lot.left
            held += lot.held if lot.account.unit == KURAPO else 0
    names = Names(lambda number: find_edition(connection, number), ())
    standing = standing_of(connection, member)
    return Person(
        member=member,
        profile=profile,
        rider_class=words_for(words.CLASSES, profile.rider_class),
        standing=STANDINGS.get(standing),
        balance=has[KURAPO],
        held=held,
        ride_value=has[RIDE_VALUE],
        owed=max(0, -balance_of(connection, owed_account(member))),
        passes=_passes(connection, member, now),
        products=_on_sale(connection, profile.rider_class, now),
        rides=_rides(connection, member, names, now),
        acts=acts_about(connection, f"member:{member}", now),
    )


def product_name(connection: Connection, known: KnownPass, now: int) -> str:
    """What a pass rides by, as the edition of today calls it; "" for paying each ride."""
    number = known.issued.body.product
    edition = current_edition(connection, service_day(now))
    product = edition.tariff.product_on(number, service_day(now)) if edition else None
    return product.name if product else str(number or "")


def ride_line(timed: TimedRide, names: Names, now: int) -> RideLine:
    """A ride in the office's words."""
    ride = timed.ride
    start, end = (
        names.stop(ride.edition, stop_id or "") or "？"
        for stop_id in (ride.board_stop_id, ride.alight_stop_id)
    )
    return RideLine(
        id=ride.id,
        day=ride.service_date,
        at=clock_text(timed.boarded_at, day_of(now)),
        journey=f"{start} → {end}" if ride.end else f"{start} →",
        fare=ride.fare,
        state=words_for(words.STATES, ride.state),
        is_corrected=bool(ride.corrected),
    )


def phone_ride_line(key: TripKey, ride: RideRow, names: Names, now: int) -> RideLine:
    """A ride by a phone that read the bus."""
    known = ride.known
    start, end = (
        names.stop(known.edition, stop_id or "") for stop_id in (known.board_stop_id, known.alight_stop_id)
    )
    return RideLine(
        id=ride.id,
        day=key.service_date,
        at=clock_text(known.board_wall, day_of(now)),
        journey=f"{start} → {end}" if end else f"{start} →",
        fare=known.fare,
        state=words_for(PHONE_STATES, known.state),
        by_phone=True,
    )


def _rides(connection: Connection, member: str, names: Names, now: int) -> tuple[RideLine, ...]:
    """The newest, by a code and by a phone."""
    found = [
        (each.boarded_at or 0, ride_line(each, names, now)) for each in rides_of(connection, member, RIDES)
    ]
    found += [
        (ride.known.board_wall, phone_ride_line(key, ride, names, now))
        for key, ride in rides_of_member(connection, member, RIDES)
    ]
    newest = sorted(found, key=lambda timed: timed[0], reverse=True)
    return tuple(line for _, line in newest[:RIDES])


def acts_about(connection: Connection, about: str, now: int) -> tuple[ActLine, ...]:
    """What was written down about somebody or something, the newest first."""
    return tuple(
        ActLine(
            clock_text(entry.at, day_of(now)),
            entry.who.removeprefix("staff:"),
            words_for(ACTS, entry.what),
            "、".join(_said(*fact) for fact in json.loads(entry.detail).items() if fact[1] != ""),
        )
        for entry in newest_entries(connection, ACTS_SHOWN, about=about)
    )


def _said(name: str, value: object) -> str:
    """A fact of the audit log: a pass by its serial, a reason in words."""
    match name:
        case "pass" | "for":
            value = serial_of(str(value))
        case "why" if value in _WHY_BLOCKED:
            value = _WHY_BLOCKED[str(value)][0]
    return fact_words(name, value)


def _passes(connection: Connection, member: str, now: int) -> tuple[PassLine, ...]:
    alive = [each for each in passes_of_member(connection, member) if each.issued.body.valid_until > now]
    denied = denied_among(connection, [each.issued.body.pass_id.hex() for each in alive])
    lines = []
    for each in alive:
        body = each.issued.body
        name = body.pass_id.hex()
        state = _BLOCKED if name in denied else _COMING if body.valid_from > now else _RIDES
        lines.append(
            PassLine(
                pass_id=name,
                serial=serial_of(name),
                kind=words_for(words.PASS_KINDS, body.kind),
                product=product_name(connection, each, now),
                until=service_day(body.valid_until - 1).isoformat(),
                state=state,
                is_card=body.kind is PassKind.CARD,
                is_blocked=name in denied,
            )
        )
    return tuple(lines)


def _on_sale(connection: Connection, rider_class: RiderClass, now: int) -> tuple[Product, ...]:
    today = service_day(now)
    edition = current_edition(connection, today)
    return tuple(
        each
        for each in (edition.tariff.products if edition else ())
        if each.holds_on(today) and (isinstance(each, BusTicket) or each.rider_class is rider_class)
    )


def is_on_card(product: Product) -> bool:
    """Whether it is sold with a card of its own."""
    return isinstance(product, CommuterPass)
