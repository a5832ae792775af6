"""Rows of the passes issued: whose they are stands here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from central.database.many_rows import Lookup, one_of, values
from central.database.pass_tables import pass_denials, pass_requests
from central.database.tables import passes
from central.database.transaction import Connection
from rules.ledger.rides import PassHold
from rules.money import Yen
from rules.passes.rider_pass import IssuedPass, unpack_pass

# Built once: building a statement takes longer than SQLite does to run it.
_HOLDERS = Lookup(
    select(passes.c.pass_id, passes.c.member, passes.c.hold_series, passes.c.hold_wanted).where(
        one_of(passes.c.pass_id, "pass_ids")
    ),
    "pass_ids",
)
_OF_SERIES = Lookup(
    select(passes.c.hold_series, passes.c.pass_id, passes.c.valid_until).where(
        one_of(passes.c.hold_series, "series"), passes.c.valid_until > bindparam("now")
    ),
    "series",
    "now",
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a pass is, and the holds that its rides take from."""

    member: str
    hold: PassHold


def add_pass(connection: Connection, member: str, issued: IssuedPass, hold: PassHold) -> None:
    """An issued pass, its holder, and the holds that its rides take from."""
    body = issued.body
    connection.execute(
        insert(passes).values(
            pass_id=body.pass_id.hex(),
            kind=body.kind,
            member=member,
            rider_class=body.rider_class,
            hold=body.hold,
            hold_series=hold.series,
            hold_wanted=hold.wanted,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            packed=issued.pack(),
        )
    )


def holders_of(connection: Connection, pass_ids: Collection[str]) -> dict[str, Holder]:
    """The holders of these passes, by pass id; those that the office has not issued are left out."""
    rows = _HOLDERS.all(connection, values(pass_ids))
    return {
        pass_id: Holder(member, PassHold(series, Yen(wanted))) for pass_id, member, series, wanted in rows
    }


def passes_of(connection: Connection, series: Collection[str], now: int) -> dict[str, list[tuple[str, int]]]:
    """The passes that take from these series of holds and have not ended by Unix second `now`, and when they end."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, pass_id, until in _OF_SERIES.all(connection, values(series), now):
        found[name].append((pass_id, until))
    return found


@dataclass(frozen=True, slots=True)
class KnownPass:
    """A pass as it was issued, its holder, and the series of holds that it shares with those before and after it."""

    member: str
    issued: IssuedPass
    hold: PassHold


def passes_sharing(connection: Connection, pass_id: str) -> list[KnownPass]:
    """A pass and all that share its holds, the first to begin first; empty for one that was not issued here."""
    series = select(passes.c.hold_series).where(passes.c.pass_id == pass_id).scalar_subquery()
    rows = connection.execute(
        select(passes).where(passes.c.hold_series == series).order_by(passes.c.valid_from, passes.c.pass_id)
    )
    return [_known(row) for row in rows]


def find_pass(connection: Connection, pass_id: str) -> KnownPass | None:
    """The pass of that id in hex, None for one that was not issued here."""
    row = connection.execute(select(passes).where(passes.c.pass_id == pass_id)).one_or_none()
    return None if row is None else _known(row)


def passes_of_member(connection: Connection, member: str) -> list[KnownPass]:
    """Every pass that a member ever got, the last to end first."""
    rows = connection.execute(
        select(passes)
        .where(passes.c.member == member)
        .order_by(passes.c.valid_until.desc(), passes.c.valid_from.desc(), passes.c.pass_id)
    )
    return [_known(row) for row in rows]


def passes_beginning(connection: Connection, serial: str, most: int) -> list[KnownPass]:
    """The passes whose id in hex begins with `serial`, at most so many."""
    # Two bounds and not LIKE, which does not look into the index; no letter of an id comes after f.
    bounds = (passes.c.pass_id >= serial, passes.c.pass_id < f"{serial}g")
    rows = connection.execute(select(passes).where(*bounds).limit(most))
    return [_known(row) for row in rows]


def ends_of_series(connection: Connection, series: Collection[str]) -> dict[str, int]:
    """When the last of the passes ends that take from these series of holds, Unix seconds."""
    last = func.max(passes.c.valid_until).label("until")
    query = select(passes.c.hold_series, last).group_by(passes.c.hold_series)
    rows = connection.execute(query.where(one_of(passes.c.hold_series, "series")), {"series": values(series)})
    return {row.hold_series: row.until for row in rows}


def largest_hold(connection: Connection, now: int) -> Yen:
    """The most that the hold of a pass in force at Unix second `now` is topped up to."""
    in_force = (passes.c.valid_from <= now, passes.c.valid_until > now)
    return Yen(connection.execute(select(func.max(passes.c.hold_wanted)).where(*in_force)).scalar() or 0)


@dataclass(frozen=True, slots=True)
class PassRequest:
    """What was asked for by a command, and the pass that came of it; `public_key` in hex, "" for a card.

    `lost` is the pass that it replaces, "" for none.
    """

    command: str
    member: str
    public_key: str
    lost: str
    pass_id: str


_REQUEST = (
    pass_requests.c.command,
    pass_requests.c.member,
    pass_requests.c.public_key,
    pass_requests.c.lost,
    pass_requests.c.pass_id,
)


def find_request(connection: Connection, command: str) -> PassRequest | None:
    """What the command has asked for before."""
    row = connection.execute(select(*_REQUEST).where(pass_requests.c.command == command)).one_or_none()
    return None if row is None else PassRequest(*row)


def add_request(connection: Connection, request: PassRequest, now: int) -> None:
    """A pass was handed out for a command."""
    row = {column.name: getattr(request, column.name) for column in _REQUEST}
    connection.execute(insert(pass_requests).values(**row, at=now))


def is_replaced(connection: Connection, pass_id: str) -> bool:
    """Whether another pass took its place."""
    found = select(pass_requests.c.pass_id).where(pass_requests.c.lost == pass_id)
    return connection.scalar(found) is not None


def cards_since(connection: Connection, since: int) -> list[KnownPass]:
    """The cards handed out from Unix second `since` on, in order."""
    rows = connection.execute(
        select(passes)
        .join_from(pass_requests, passes, pass_requests.c.pass_id == passes.c.pass_id)
        .where(pass_requests.c.at >= since, pass_requests.c.public_key == "")
        .order_by(pass_requests.c.at, passes.c.pass_id)
    )
    return [_known(row) for row in rows]


def add_denial(connection: Connection, pass_id: str, reason: str, now: int) -> None:
    """It may not ride any more."""
    connection.execute(insert(pass_denials).values(pass_id=pass_id, reason=reason, at=now))


def denied_among(connection: Connection, pass_ids: Collection[str]) -> dict[str, str]:
    """Those of the passes that may not ride any more, and why."""
    table = pass_denials
    rows = connection.execute(
        select(table.c.pass_id, table.c.reason).where(one_of(table.c.pass_id, "pass_ids")),
        {"pass_ids": values(pass_ids)},
    )
    return {row.pass_id: row.reason for row in rows}


def _known(row: Any) -> KnownPass:
    return KnownPass(row.member, unpack_pass(row.packed), PassHold(row.hold_series, Yen(row.hold_wanted)))
