"""The counter's rows. A clerk asks for a few of them an hour: statements are made when they are needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, insert, select

from central.counter.refusals import Refused, why
from central.counter.rows import Count, CounterSettings, Receipt, ReceiptKind, TillDay
from central.database.counter_tables import (
    cash_counts,
    counter_commands,
    counter_receipts,
    counter_settings,
    receipt_reprints,
    till_openings,
)
from central.database.hand_tables import hand_rides
from central.database.tables import rides
from central.database.transaction import Connection
from rules.cash import CashCount


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command asked for, and its answer: the number of what was made, or why not."""

    asked: str
    answer: int | Refused


def find_command(connection: Connection, command: str) -> Answered | None:
    """The answer that the command already has."""
    table = counter_commands
    row = connection.execute(select(table).where(table.c.command == command)).one_or_none()
    if row is None:
        return None
    if not row.reason:
        return Answered(row.asked, row.number)
    return Answered(row.asked, Refused(why(row.reason), row.detail, row.limit_yen, row.since))


def add_command(connection: Connection, command: str, asked: str, answer: int | Refused, now: int) -> None:
    """Keep the answer for repeats."""
    row: dict[str, Any] = {
        "command": command,
        "asked": asked,
        "number": 0,
        "reason": "",
        "detail": "",
        "limit_yen": 0,
        "since": "",
        "at": now,
    }
    if isinstance(answer, Refused):
        its = {"detail": answer.detail, "limit_yen": answer.limit, "since": answer.since}
        row |= {"reason": answer.reason} | its
    else:
        row["number"] = answer
    connection.execute(insert(counter_commands).values(row))


def find_settings(connection: Connection) -> CounterSettings | None:
    """What was set last."""
    table = counter_settings
    row = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return CounterSettings(row.id, row.issuer, row.contact)


def add_settings(connection: Connection, issuer: str, contact: str, staff: str, now: int) -> None:
    """Set them from now on."""
    row = {"issuer": issuer, "contact": contact, "staff": staff, "at": now}
    connection.execute(insert(counter_settings).values(**row))


# Receipts


def charged_on(connection: Connection, member: str, day: str) -> int:
    """Yen that the member has charged at the counter on that day, less what was voided."""
    table = counter_receipts
    rows = connection.execute(
        select(table.c.kind, func.sum(table.c.amount))
        .where(table.c.member == member, table.c.day == day)
        .group_by(table.c.kind)
    )
    of_kind = {kind: int(amount) for kind, amount in rows}
    return of_kind.get(ReceiptKind.CHARGE, 0) - of_kind.get(ReceiptKind.VOID, 0)


def add_receipt(connection: Connection, settings_id: int, row: dict[str, Any]) -> int:
    """The number of a new receipt. What the row does not name is empty."""
    empty = {"approved_by": "", "about": None, "reason": "", "set_off": 0, "forfeited": 0}
    made = insert(counter_receipts).values(**(empty | row), settings_id=settings_id)
    return int(connection.execute(made.returning(counter_receipts.c.number)).scalar_one())


def find_receipt(connection: Connection, number: int) -> Receipt | None:
    """The receipt with that number."""
    found = connection.execute(_receipts().where(counter_receipts.c.number == number)).one_or_none()
    return None if found is None else _receipt(found)


def receipts_of(connection: Connection, day: str) -> list[Receipt]:
    """A day's receipts in order."""
    rows = connection.execute(
        _receipts().where(counter_receipts.c.day == day).order_by(counter_receipts.c.number)
    )
    return [_receipt(row) for row in rows]


def void_of(connection: Connection, charge: int) -> int | None:
    """The receipt by which that charge was voided."""
    voiding = select(counter_receipts.c.number).where(counter_receipts.c.about == charge)
    found: int | None = connection.execute(voiding).scalar_one_or_none()
    return found


def add_reprint(connection: Connection, receipt: int, staff: str, now: int) -> int:
    """The receipt is printed again; how many times it was by now."""
    connection.execute(insert(receipt_reprints).values(receipt=receipt, staff=staff, at=now))
    many = select(func.count()).where(receipt_reprints.c.receipt == receipt)
    return int(connection.execute(many).scalar_one())


def _receipts() -> Select[Any]:
    settings = counter_settings
    return select(counter_receipts, settings.c.issuer, settings.c.contact).join_from(
        counter_receipts, settings
    )


def _receipt(row: Any) -> Receipt:
    fields = {name: getattr(row, name) for name in Receipt.__slots__}
    return Receipt(**(fields | {"kind": ReceiptKind(row.kind)}))


# Tills and counts


def last_till_day(connection: Connection, till: str) -> TillDay | None:
    """The till's newest day."""
    table = till_openings
    row = connection.execute(
        select(table).where(table.c.till == till).order_by(table.c.id.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    first = select(func.min(cash_counts.c.number)).where(
        cash_counts.c.opening_id == row.id, cash_counts.c.bus == ""
    )
    counted = connection.execute(first).scalar_one()
    return TillDay(row.id, row.till, row.day, row.opening_cash, row.posted_before, counted)


def add_till_day(connection: Connection, row: dict[str, Any]) -> int:
    """The number of a till's new day."""
    made = insert(till_openings).values(row).returning(till_openings.c.id)
    return int(connection.execute(made).scalar_one())


def counts_of_till(connection: Connection, opening: int) -> list[Count]:
    """The counts that ended the till's day, the first one first."""
    return _counts(connection, cash_counts.c.opening_id == opening, cash_counts.c.bus == "")


def counts_of_bag(connection: Connection, bus: str, day: str) -> list[Count]:
    """The counts of the bag that a bus's driver handed in for that service day, the first one first."""
    return _counts(connection, cash_counts.c.bus == bus, cash_counts.c.day == day)


def find_count(connection: Connection, number: int) -> Count | None:
    """The count with that number."""
    found = _counts(connection, cash_counts.c.number == number)
    return found[0] if found else None


def add_count(connection: Connection, pieces: CashCount, row: dict[str, Any]) -> int:
    """The number of a new count."""
    made = insert(cash_counts).values(**row, pieces=json.dumps(pieces.pieces), counted=pieces.total)
    return int(connection.execute(made.returning(cash_counts.c.number)).scalar_one())


def cash_at_the_door(connection: Connection, bus: str, day: str) -> int:
    """Yen that drivers of the bus have taken on that service day, by what has come in of its records."""
    by_code = select(func.coalesce(func.sum(rides.c.cash), 0)).where(
        rides.c.device == bus, rides.c.service_date == day
    )
    by_hand = select(func.coalesce(func.sum(hand_rides.c.cash), 0)).where(
        hand_rides.c.device == bus, hand_rides.c.service_date == day, ~hand_rides.c.undone
    )
    return sum(int(connection.execute(each).scalar_one()) for each in (by_code, by_hand))


def _counts(connection: Connection, *where: Any) -> list[Count]:
    rows: Sequence[Any] = connection.execute(
        select(cash_counts).where(*where).order_by(cash_counts.c.number)
    ).all()
    return [
        Count(
            row.number,
            row.till,
            row.bus,
            row.day,
            row.staff,
            CashCount(tuple((kind, number) for kind, number in json.loads(row.pieces))),
            row.expected,
            row.counted,
            row.corrects,
            row.at,
        )
        for row in rows
    ]
