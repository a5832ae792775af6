"""Asking for a charge by card: checked, written down, and only then asked of the gateway."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from enum import StrEnum

from central.charging import store
from central.charging.gateway import SESSION_S, Gateway, GatewayFailed, Mode, Session
from central.charging.rules_in_force import charging_rules
from central.charging.store import Asked
from central.charging.switch import is_on
from central.database.transaction import Connection, Database
from central.japan import day_of
from central.ledger.store import is_open
from central.members.store import Standing, standing_of
from rules.charging.follow import Charge
from rules.charging.limits import Before, OverLimit, over_limit
from rules.charging.standing import State
from rules.ledger.accounts import member_account
from rules.money import Yen

CHARGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""What whoever asks may name a charge. It goes into addresses and to the gateway."""
BEGIN_WITHIN_S = SESSION_S // 2
"""Later than that after asking, the gateway would leave the member too little time."""

log = logging.getLogger(__name__)


class NotBegun(StrEnum):
    """Why nobody is sent to pay."""

    SWITCHED_OFF = "switched-off"
    """The office takes no charges by card now."""
    UNKNOWN_MEMBER = "unknown-member"
    MEMBER_BLOCKED = "member-blocked"
    """停止中: until the office lifts it, nothing comes in by card."""
    MEMBER_CLOSED = "member-closed"
    """解約: nothing comes in any more."""
    BAD_ID = "bad-id"
    """Not an id that a charge may have."""
    OTHER_BODY = "other-body"
    """The id was used before, for something else."""
    ENDED = "ended"
    """That charge is paid, or was given up: another one needs another id."""
    GATEWAY_FAILED = "gateway-failed"
    """No answer from the gateway. The same again may get one."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the member. `mode` must be shown with it."""

    session: Session
    mode: Mode


def begin_charge(database: Database, gateway: Gateway, asked: Asked) -> Begun | NotBegun | OverLimit:
    """Begin a charge, asked for now. The same one again gets the same session."""
    charge = asked.charge
    if not CHARGE_ID.fullmatch(charge.id):
        return NotBegun.BAD_ID
    with database.write() as connection:
        found = store.find_charge(connection, charge.id)
        if found is not None and found.charge != charge:
            return NotBegun.OTHER_BODY
        if found is not None and _has_ended(connection, found, asked.asked_at):
            return NotBegun.ENDED
        # Also for one that was begun: nobody is sent on to pay after the switch or the member's account was closed.
        reason = _shut(connection, charge.member)
        if reason is not None:
            return reason
        if found is None:
            over = _over(connection, asked)
            if over is not None:
                return over
            store.add_charge(connection, asked)
            found = asked
        session = store.find_session(connection, charge.id)
    if session is None:
        # Outside the transaction: nobody else waits for the gateway. Its own answer is the same for the same charge.
        try:
            session = gateway.begin(found.charge, found.asked_at)
        except GatewayFailed as failed:
            log.warning("%s: %s", charge.id, failed)
            return NotBegun.GATEWAY_FAILED
        with database.write() as connection:
            if store.find_session(connection, charge.id) is None:
                store.add_session(connection, charge.id, session, asked.asked_at)
    return Begun(session, gateway.mode)


def _shut(connection: Connection, member: str) -> NotBegun | None:
    if not is_on(connection):
        return NotBegun.SWITCHED_OFF
    if not is_open(connection, member_account(member)):
        return NotBegun.UNKNOWN_MEMBER
    standing = standing_of(connection, member)
    if standing is not Standing.GOOD:
        return NotBegun.MEMBER_CLOSED if standing is Standing.CLOSED else NotBegun.MEMBER_BLOCKED
    return None


def _over(connection: Connection, asked: Asked) -> OverLimit | None:
    today = day_of(asked.asked_at)
    before = _before(connection, asked.charge.member, asked.asked_at)
    return over_limit(charging_rules(connection, today), asked.charge.amount, before, today)


def _before(connection: Connection, member: str, now: int) -> list[Before]:
    """The member's charges that count: those paid, and those that may still be, or ten open ones would pass at once."""
    counted = []
    for asked, state in store.charges_of(connection, member):
        may_be = state is State.AWAITING or (state is State.ASKED and now < asked.asked_at + SESSION_S)
        paid = state not in (State.ASKED, State.AWAITING, State.UNPAID)
        if paid or may_be:
            counted.append(Before(day_of(asked.asked_at), asked.charge.amount, paid))
    return counted


def _has_ended(connection: Connection, found: Asked, now: int) -> bool:
    if store.states_of(connection, found.charge.id)[-1].state is not State.ASKED:
        return True
    life = BEGIN_WITHIN_S if store.find_session(connection, found.charge.id) is None else SESSION_S
    return now >= found.asked_at + life


def new_charge(charge_id: str, member: str, amount: Yen, gateway: Gateway, now: int) -> Asked:
    """A charge as somebody asks for it."""
    return Asked(Charge(charge_id, member, amount, gateway.mode), now)
