"""Rows of charging by card."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update

from central.charging.gateway import Session
from central.database.card_tables import (
    card_charges,
    card_events,
    card_incidents,
    card_refunds,
    card_refunds_sent,
    card_sessions,
    card_states,
    card_switches,
)
from central.database.ledger_tables import hold_parts, holds
from central.database.transaction import Connection
from rules.charging.follow import Charge
from rules.charging.standing import CardEvent, Kind, State
from rules.money import NOTHING, Yen


@dataclass(frozen=True, slots=True)
class Asked:
    """A charge and when it was asked for."""

    charge: Charge
    asked_at: int


@dataclass(frozen=True, slots=True)
class Stood:
    """How a charge stood from `at` on; fields as in the table."""

    seq: int
    state: State
    paid: bool
    taken: Yen
    owed: Yen
    cause: str
    at: int


@dataclass(frozen=True, slots=True)
class StaffRefund:
    """What staff gave back; `sent` once the gateway has taken the order."""

    amount: Yen
    reason: str
    said_by: str
    at: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch as it was last turned."""

    is_on: bool
    reason: str
    said_by: str
    at: int


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of the list, fields as in the table."""

    what: str
    name: str
    charge_id: str
    first_at: int
    last_at: int
    times: int


_older = card_states.alias("older")
_STANDS = (
    select(card_charges, card_states.c.state, card_states.c.at)
    .join_from(card_charges, card_states)
    .where(
        card_states.c.seq
        == select(func.max(_older.c.seq)).where(_older.c.charge_id == card_charges.c.id).scalar_subquery()
    )
)


def add_charge(connection: Connection, asked: Asked) -> None:
    """A new charge, as it stands at first."""
    charge = asked.charge
    row = {"id": charge.id, "member": charge.member, "amount": charge.amount, "mode": charge.mode}
    connection.execute(insert(card_charges).values(asked_at=asked.asked_at, **row))
    first = Stood(0, State.ASKED, paid=False, taken=NOTHING, owed=NOTHING, cause="", at=asked.asked_at)
    add_state(connection, charge.id, first)


def find_charge(connection: Connection, charge_id: str) -> Asked | None:
    """The charge of that id."""
    row = connection.execute(select(card_charges).where(card_charges.c.id == charge_id)).first()
    return None if row is None else _asked(row)


def charge_paid_by(connection: Connection, payment: str, mode: str) -> Asked | None:
    """The charge of which the gateway has said that this payment paid it."""
    if not payment:
        return None
    row = connection.execute(
        select(card_charges)
        .join_from(card_events, card_charges, card_events.c.charge_id == card_charges.c.id)
        .where(
            card_events.c.payment == payment,
            card_events.c.kind == Kind.PAID,
            card_events.c.mode == mode,
            card_charges.c.mode == mode,
        )
        .order_by(card_events.c.received_at)
        .limit(1)
    ).first()
    return None if row is None else _asked(row)


def charges_of(connection: Connection, member: str) -> list[tuple[Asked, State]]:
    """The member's charges as they stand, in the order in which they were asked for."""
    rows = connection.execute(
        _STANDS.where(card_charges.c.member == member).order_by(card_charges.c.asked_at)
    )
    return [(_asked(row), State(row.state)) for row in rows]


def first_paid_at(connection: Connection, member: str) -> int | None:
    """The Unix second at which the member's first card charge was posted; None before it."""
    return connection.execute(
        select(func.min(card_states.c.at))
        .join_from(card_states, card_charges)
        .where(card_charges.c.member == member, card_states.c.paid)
    ).scalar()


def find_session(connection: Connection, charge_id: str) -> Session | None:
    """Where the charge's member was sent."""
    row = connection.execute(select(card_sessions).where(card_sessions.c.charge_id == charge_id)).first()
    return None if row is None else Session(row.session, row.address)


def add_session(connection: Connection, charge_id: str, session: Session, now: int) -> None:
    """Remember it."""
    row = {"charge_id": charge_id, "session": session.id, "address": session.address}
    connection.execute(insert(card_sessions).values(begun_at=now, **row))


def states_of(connection: Connection, charge_id: str) -> list[Stood]:
    """How the charge has stood, the first state first. There is one at least."""
    rows = connection.execute(
        select(card_states).where(card_states.c.charge_id == charge_id).order_by(card_states.c.seq)
    )
    return [
        Stood(row.seq, State(row.state), row.paid, Yen(row.taken), Yen(row.owed), row.cause, row.at)
        for row in rows
    ]


def add_state(connection: Connection, charge_id: str, stood: Stood) -> None:
    """How it stands from now on."""
    connection.execute(
        insert(card_states).values(
            charge_id=charge_id,
            seq=stood.seq,
            state=stood.state,
            paid=stood.paid,
            taken=stood.taken,
            owed=stood.owed,
            cause=stood.cause,
            at=stood.at,
        )
    )


def to_watch(connection: Connection, member: str) -> list[Charge]:
    """The member's charges into whose lots nothing may come back to be spent: disputed, or taken back and owed for."""
    rows = connection.execute(
        _STANDS.where(
            card_charges.c.member == member,
            or_(card_states.c.state == State.DISPUTED, card_states.c.owed > 0),
        )
    )
    return [_asked(row).charge for row in rows]


def series_keeping(connection: Connection, lots: Collection[int]) -> set[str]:
    """The series of the open holds that keep something of these lots."""
    return set(
        connection.execute(
            select(holds.c.series)
            .join_from(holds, hold_parts)
            .where(hold_parts.c.lot_id.in_(lots), holds.c.resolved_by.is_(None))
        ).scalars()
    )


def has_event(connection: Connection, event_id: str) -> bool:
    """Whether the gateway has said that before."""
    return bool(connection.execute(select(exists().where(card_events.c.id == event_id))).scalar())


def add_event(connection: Connection, event: CardEvent, mode: str, now: int, body: bytes) -> None:
    """Keep what the gateway said."""
    connection.execute(
        insert(card_events).values(
            id=event.id,
            mode=mode,
            kind=event.kind,
            charge_id=event.charge,
            payment=event.payment,
            dispute=event.dispute,
            amount=event.amount,
            currency=event.currency,
            made_at=event.made_at,
            received_at=now,
            body=body,
        )
    )


def events_of(connection: Connection, charge: Charge) -> list[CardEvent]:
    """All that the gateway has said of a charge, by its id or by a payment that paid it, in the order of arrival."""
    paid_by = select(card_events.c.payment).where(
        card_events.c.charge_id == charge.id, card_events.c.kind == Kind.PAID, card_events.c.payment != ""
    )
    named = or_(
        card_events.c.charge_id == charge.id,
        and_(card_events.c.charge_id == "", card_events.c.payment.in_(paid_by)),
    )
    rows = connection.execute(
        select(card_events)
        .where(named, card_events.c.mode == charge.mode)
        .order_by(card_events.c.received_at, card_events.c.id)
    )
    return [
        CardEvent(
            row.id,
            Kind(row.kind),
            row.charge_id,
            row.payment,
            row.dispute,
            row.amount,
            row.currency,
            row.made_at,
        )
        for row in rows
    ]


def find_refund(connection: Connection, charge_id: str) -> StaffRefund | None:
    """What staff gave back of the charge."""
    row = connection.execute(
        select(card_refunds, card_refunds_sent.c.refund)
        .join_from(card_refunds, card_refunds_sent, isouter=True)
        .where(card_refunds.c.charge_id == charge_id)
    ).first()
    if row is None:
        return None
    return StaffRefund(Yen(row.amount), row.reason, row.said_by, row.at, row.refund is not None)


def add_refund(connection: Connection, charge_id: str, refund: StaffRefund) -> None:
    """Keep that staff gave it back."""
    row = {"amount": refund.amount, "reason": refund.reason, "said_by": refund.said_by, "at": refund.at}
    connection.execute(insert(card_refunds).values(charge_id=charge_id, **row))


def add_refund_sent(connection: Connection, charge_id: str, refund: str, now: int) -> None:
    """The gateway has taken the order."""
    connection.execute(insert(card_refunds_sent).values(charge_id=charge_id, refund=refund, at=now))


def find_switch(connection: Connection) -> Switch | None:
    """How it was last turned; None if it never was."""
    row = connection.execute(select(card_switches).order_by(card_switches.c.id.desc()).limit(1)).first()
    return None if row is None else Switch(row.is_on, row.reason, row.said_by, row.at)


def add_switch(connection: Connection, switch: Switch) -> None:
    """Turn it."""
    connection.execute(
        insert(card_switches).values(
            is_on=switch.is_on, reason=switch.reason, said_by=switch.said_by, at=switch.at
        )
    )


def count_incident(connection: Connection, what: str, name: str, now: int) -> bool:
    """Whether it is listed already; then it is counted once more, and open again."""
    return (
        connection.execute(
            update(card_incidents)
            .where(card_incidents.c.what == what, card_incidents.c.name == name)
            .values(last_at=now, times=card_incidents.c.times + 1)
        ).rowcount
        > 0
    )


def add_incident(connection: Connection, what: str, name: str, charge_id: str, now: int, body: bytes) -> None:
    """A new row of the list."""
    row = {"what": what, "name": name, "charge_id": charge_id, "body": body}
    connection.execute(insert(card_incidents).values(first_at=now, last_at=now, times=1, **row))


def settle_incidents(connection: Connection, what: str, names: Sequence[str], now: int) -> None:
    """Those of that kind and these names have fallen into place."""
    connection.execute(
        update(card_incidents)
        .where(
            card_incidents.c.what == what,
            card_incidents.c.name.in_(names),
            card_incidents.c.settled_at.is_(None),
        )
        .values(settled_at=now)
    )


def count_incidents(connection: Connection, whats: Sequence[str]) -> int:
    """How many rows the list has of these kinds."""
    return connection.execute(
        select(func.count()).select_from(card_incidents).where(card_incidents.c.what.in_(whats))
    ).scalar_one()


def count_open_incidents(connection: Connection) -> int:
    """How many did not fall into place."""
    return connection.execute(
        select(func.count()).select_from(card_incidents).where(card_incidents.c.settled_at.is_(None))
    ).scalar_one()


def open_incidents(connection: Connection, most: int) -> list[Incident]:
    """Those that did not fall into place, the last to come first."""
    return _incidents(connection, card_incidents.c.settled_at.is_(None), most)


def incidents_of(connection: Connection, charge_id: str, most: int) -> list[Incident]:
    """All of one charge."""
    return _incidents(connection, card_incidents.c.charge_id == charge_id, most)


def _incidents(connection: Connection, where: ColumnElement[bool], most: int) -> list[Incident]:
    shown = card_incidents.c
    rows = connection.execute(
        select(shown.what, shown.name, shown.charge_id, shown.first_at, shown.last_at, shown.times)
        .where(where)
        .order_by(shown.last_at.desc(), shown.id.desc())
        .limit(most)
    )
    return [Incident(*row) for row in rows]


def latest_charges(connection: Connection, most: int) -> list[tuple[Asked, State]]:
    """The charges asked for last, as they stand."""
    rows = connection.execute(_STANDS.order_by(card_charges.c.asked_at.desc(), card_charges.c.id).limit(most))
    return [(_asked(row), State(row.state)) for row in rows]


def count_states(connection: Connection) -> dict[State, tuple[int, Yen]]:
    """How many charges stand in each state, and for how much."""
    stands = _STANDS.subquery()
    rows = connection.execute(
        select(stands.c.state, func.count(), func.sum(stands.c.amount)).group_by(stands.c.state)
    )
    return {State(state): (count, Yen(amount)) for state, count, amount in rows}


def _asked(row: Any) -> Asked:
    return Asked(Charge(row.id, row.member, Yen(row.amount), row.mode), row.asked_at)
