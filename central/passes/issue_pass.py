"""Issuing a pass: who, for how long, and how much the bus may take without asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.down_log import append
from central.devices.keys import CARDS_KID, PHONES_KID, OfficeKeys
from central.ledger.store import balance_of
from central.passes.store import add_pass
from rules.ledger.entry import member_account
from rules.messages.link import CardAllowed
from rules.money import Yen
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

RIDES_HELD = 2
"""The way there and the way back."""

RandomBytes = Callable[[int], bytes]
PAY_PER_RIDE = 0


@dataclass(frozen=True, slots=True)
class PassWanted:
    """What is asked for. `party` counts everybody, the holder too; `valid_from` is Unix seconds."""

    member: str
    rider_class: RiderClass
    party: int
    valid_from: int
    life_hours: int
    flags: PassFlag = PassFlag(0)

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
    connection: Connection, issuer: Issuer, wanted: PassWanted, phone_public: bytes
) -> IssuedPass:
    """A pass for the phone with this P-256 public key, 33 bytes compressed. Raises ValueError for what has no room."""
    issued = issue(_body(connection, issuer, wanted, phone_public), issuer.keys.phones)
    add_pass(connection, wanted.member, issued)
    return issued


def issue_card(connection: Connection, issuer: Issuer, wanted: PassWanted) -> IssuedPass:
    """A card, allowed on all buses once they have read the down log. Raises ValueError for what has no room."""
    issued = issue(_body(connection, issuer, wanted, None), issuer.keys.cards)
    add_pass(connection, wanted.member, issued)
    append(connection, CardAllowed(issued.body.pass_id.hex()))
    return issued


def hold_for(balance: int, dearest: Yen, party: int) -> Yen:
    """What a bus may take offline: there and back for everybody, if the member has it, in whole tens of yen."""
    wanted = min(max(balance, 0), RIDES_HELD * dearest * party, MAX_HOLD)
    return Yen(wanted - wanted % HOLD_UNIT)


def _body(connection: Connection, issuer: Issuer, wanted: PassWanted, phone_public: bytes | None) -> PassBody:
    balance = balance_of(connection, member_account(wanted.member))
    return PassBody(
        kind=PassKind.CARD if phone_public is None else PassKind.PHONE,
        kid=CARDS_KID if phone_public is None else PHONES_KID,
        issuer=issuer.number,
        pass_id=issuer.random_bytes(PASS_ID_BYTES),
        valid_from=wanted.valid_from,
        life_hours=wanted.life_hours,
        rider_class=wanted.rider_class,
        flags=wanted.flags,
        hold=hold_for(balance, issuer.dearest, wanted.party),
        product=PAY_PER_RIDE,
        public_key=phone_public,
    )
