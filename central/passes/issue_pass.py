"""Issuing a pass: who, for how long, and how much the bus may take without asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.down_log import append
from central.devices.keys import CARDS_KID, PHONES_KID, OfficeKeys
from central.japan import day_of
from central.ledger.post_orders import free_balance, post
from central.members.store import Standing, standing_of
from central.office_rules.in_force import rule_in_force
from central.passes.store import add_pass
from rules.ledger.rides import RIDE_UNITS, PassHold, pass_hold_order
from rules.messages.link import CardAllowed
from rules.money import NOTHING, Yen
from rules.passes.rider_pass import (
    HOLD_UNIT,
    MAX_HOLD,
    PASS_ID_BYTES,
    IssuedPass,
    PassBody,
    PassFlag,
    PassKind,
    RiderClass,
    issue,
)

RandomBytes = Callable[[int], bytes]
PAY_PER_RIDE = 0
"""The product of a pass that has none."""


@dataclass(frozen=True, slots=True)
class PassWanted:
    """What is asked for. `party` counts everybody, the holder too; `valid_from` is Unix seconds.

    `product` is what it rides by, numbered by the edition; nothing is held for it, as nothing is due in its section.
    """

    member: str
    rider_class: RiderClass
    party: int
    valid_from: int
    life_hours: int
    flags: PassFlag = PassFlag(0)
    product: int = PAY_PER_RIDE

    def __post_init__(self) -> None:
        if self.party < 1:
            message = f"a party has at least its holder, not {self.party}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The office that issues. `number` is the village's, `dearest` the dearest adult single of its edition."""

    number: int
    dearest: Yen
    keys: OfficeKeys
    random_bytes: RandomBytes


def issue_phone_pass(
    connection: Connection, issuer: Issuer, wanted: PassWanted, phone_public: bytes, now: int
) -> IssuedPass:
    """A pass for the phone with this P-256 public key, 33 bytes compressed.

    Raises ValueError for what has no room, and for a member whose account is closed.
    """
    return _issue(connection, issuer, wanted, phone_public, now)


def issue_card(connection: Connection, issuer: Issuer, wanted: PassWanted, now: int) -> IssuedPass:
    """A card, allowed on all buses once they have read the down log.

    Raises ValueError for what has no room, and for a member whose account is closed.
    """
    issued = _issue(connection, issuer, wanted, None, now)
    append(connection, CardAllowed(issued.body.pass_id.hex()))
    return issued


def rides_held(connection: Connection, now: int) -> int:
    """For how many rides a pass made at Unix second `now` sets money aside: as delivered, there and back."""
    return rule_in_force(connection, "passes.rides_held", day_of(now))


def hold_wanted(dearest: Yen, party: int, rides: int) -> Yen:
    """What a bus shall be able to take offline: so many rides for everybody, in whole tens of yen."""
    return whole_tens(min(rides * dearest * party, MAX_HOLD))


def hold_for(available: int, wanted: Yen) -> Yen:
    """What a pass says of it: so much as the member has, in whole tens of yen."""
    return whole_tens(min(max(available, 0), wanted))


def whole_tens(yen: int) -> Yen:
    """As a pass writes it, rounded down."""
    return Yen(yen - yen % HOLD_UNIT)


def _issue(
    connection: Connection, issuer: Issuer, wanted: PassWanted, phone_public: bytes | None, now: int
) -> IssuedPass:
    """The pass, and its hold in the ledger: what a bus takes offline is set aside until its record comes."""
    if standing_of(connection, wanted.member) is Standing.CLOSED:
        raise ValueError(f"the account of {wanted.member} is closed")
    hold = _hold_wanted(connection, issuer, wanted, now)
    body = _body(connection, issuer, wanted, phone_public, now, hold)
    issued = issue(body, issuer.keys.cards if phone_public is None else issuer.keys.phones)
    series = body.pass_id.hex()
    add_pass(connection, wanted.member, issued, PassHold(series, hold))
    if not wanted.product:
        order = pass_hold_order(f"pass/{series}", wanted.member, series, body.hold, body.valid_until)
        post(connection, order, now)
    return issued


def _hold_wanted(connection: Connection, issuer: Issuer, wanted: PassWanted, now: int) -> Yen:
    if wanted.product:
        return NOTHING
    return hold_wanted(issuer.dearest, wanted.party, rides_held(connection, now))


def _body(
    connection: Connection,
    issuer: Issuer,
    wanted: PassWanted,
    phone_public: bytes | None,
    now: int,
    hold: Yen,
) -> PassBody:
    available = free_balance(connection, wanted.member, RIDE_UNITS, now)
    return PassBody(
        kind=PassKind.CARD if phone_public is None else PassKind.PHONE,
        kid=CARDS_KID if phone_public is None else PHONES_KID,
        issuer=issuer.number,
        pass_id=issuer.random_bytes(PASS_ID_BYTES),
        valid_from=wanted.valid_from,
        life_hours=wanted.life_hours,
        rider_class=wanted.rider_class,
        flags=wanted.flags,
        hold=hold_for(available, hold),
        product=wanted.product,
        public_key=phone_public,
    )
