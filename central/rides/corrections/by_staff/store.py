"""Rows of what staff have said of rides."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, insert, literal_column, select, update

from central.database.ledger_tables import groups
from central.database.many_rows import Lookup, one_of, values
from central.database.set_right_tables import set_right, set_right_states
from central.database.tables import rides
from central.database.transaction import Connection
from central.rides.corrections.by_staff.rows import (
    MAX_NOTE,
    Facts,
    Kind,
    Of,
    Preview,
    Said,
    SetRight,
    Stands,
    Why,
)
from central.rides.corrections.by_staff.settable import Settable
from central.rides.corrections.rows import BookedRide
from rules.messages.events import RecordRef

# Built once: every batch with an alighting asks it.
_WITH_WORDS = Lookup(
    select(rides.c.id, rides.c.epoch, rides.c.board_number).where(
        rides.c.device == bindparam("device"),
        one_of(rides.c.board_number, "numbers"),
        select(set_right.c.id)
        .where(set_right.c.of == literal_column("'code'"), set_right.c.ride == rides.c.id)
        .exists(),
    ),
    "device",
    "numbers",
)


def add(
    connection: Connection, ride: Settable, said: Said, was: Facts, seen: Preview, now: int, decide_by: int
) -> int:
    """What somebody of the staff said of a ride at Unix second `now`; its id. It waits until `decide_by` at most."""
    row = {
        "of": ride.of.value,
        "ride": ride.id,
        "board": ride.board,
        "kind": said.kind.value,
        "facts_from": _packed(was),
        "facts_to": _packed(seen.facts),
        "fare_from": seen.before,
        "fare_to": seen.after,
        "seen": seen.seen,
        "why": said.why.value,
        "note": said.note[:MAX_NOTE],
        "asked_by": said.by,
        "asked_at": now,
        "decide_by": decide_by,
    }
    made: int = connection.execute(insert(set_right).values(**row).returning(set_right.c.id)).scalar_one()
    return made


def put_state(
    connection: Connection, number: int, state: Stands, by: str, word: str, now: int, seq: int | None = None
) -> None:
    """What has become of it."""
    row = {"set_right_id": number, "state": state.value, "said_by": by, "word": word, "seq": seq, "at": now}
    connection.execute(insert(set_right_states).values(**row))


def find(connection: Connection, number: int) -> SetRight | None:
    """One by its id."""
    row = connection.execute(_all().where(set_right.c.id == number)).first()
    return None if row is None else _read(row)


def of_ride(connection: Connection, of: Of, ride: int) -> list[SetRight]:
    """All that was said of a ride, in order."""
    named = (set_right.c.of == of.value, set_right.c.ride == ride)
    return [_read(row) for row in connection.execute(_all().where(*named).order_by(set_right.c.id))]


def applied(connection: Connection, of: Of, ride: int) -> list[SetRight]:
    """What was said of a ride and holds, or held until the next, in order."""
    return [each for each in of_ride(connection, of, ride) if each.state is Stands.APPLIED]


def words_on(connection: Connection, rides_by_phone: Collection[int]) -> dict[str, Facts]:
    """What holds of these rides by phone, by the name of the boarding's record."""
    if not rides_by_phone:
        return {}
    named = (set_right.c.of == Of.PHONE.value, set_right.c.ride.in_(rides_by_phone))
    holds = set_right_states.c.state == Stands.APPLIED.value
    rows = connection.execute(_all().where(*named, holds).order_by(set_right.c.id))
    return {each.board: each.facts_to for each in map(_read, rows)}


def rides_with_words(connection: Connection, device: str, boards: Collection[RecordRef]) -> list[int]:
    """Those of the rides that these boardings began of which staff have said something."""
    rows = _WITH_WORDS.all(connection, device, values({board.number for board in boards})) if boards else ()
    return [ride_id for ride_id, epoch, number in rows if RecordRef(epoch, number) in boards]


def count_waiting(connection: Connection, now: int) -> tuple[int, int | None]:
    """How many wait for a second person at Unix second `now`, and since when the oldest does."""
    found = (
        _all().where(set_right_states.c.state == Stands.WAITING.value, set_right.c.decide_by > now).subquery()
    )
    count, oldest = connection.execute(select(func.count(), func.min(found.c.asked_at))).one()
    return int(count), oldest


def newest(connection: Connection, most: int) -> list[SetRight]:
    """What waits, then what was decided, newest first."""
    first = (set_right_states.c.state != Stands.WAITING.value, set_right.c.id.desc())
    return [_read(row) for row in connection.execute(_all().order_by(*first).limit(most))]


def put_party(connection: Connection, ride: BookedRide, facts: Facts) -> None:
    """Who rode."""
    who = {"rider_class": facts.rider_class, "adults": facts.adults, "children": facts.children}
    connection.execute(update(rides).where(rides.c.id == ride.id).values(**who))


def commands_since(connection: Connection, group: int) -> list[str]:
    """The commands that were posted after the ledger's group of that number."""
    query = select(groups.c.command).where(groups.c.id > group).order_by(groups.c.id)
    return list(connection.scalars(query))


def why_by_seq(connection: Connection, device: str, board: RecordRef) -> dict[int, tuple[Kind, Why]]:
    """Of the ride's corrections that staff have made: what was set right and why, by the correction's number."""
    began = (rides.c.device == device, rides.c.epoch == board.epoch, rides.c.board_number == board.number)
    query = select(set_right_states.c.seq, set_right.c.kind, set_right.c.why).join_from(
        set_right_states, set_right
    )
    query = query.join(rides, rides.c.id == set_right.c.ride)
    of_code = set_right.c.of == Of.CODE.value
    rows = connection.execute(query.where(*began, of_code, set_right_states.c.seq.is_not(None)))
    return {seq: (Kind(kind), Why(why)) for seq, kind, why in rows}


def _all() -> Select[Any]:
    newer = set_right_states.alias()
    last = select(func.max(newer.c.id)).where(newer.c.set_right_id == set_right.c.id)
    states = [set_right_states.c[name] for name in ("state", "said_by", "word", "seq", "at")]
    on = set_right_states.c.id == last.correlate(set_right).scalar_subquery()
    return select(set_right, *states).join_from(set_right, set_right_states, on)


def _packed(facts: Facts) -> str:
    return msgspec.json.encode(facts).decode()


def _read(row: Any) -> SetRight:
    (
        number,
        of,
        ride,
        board,
        kind,
        was,
        becomes,
        *fares,
        seen,
        why,
        note,
        by,
        asked,
        decide_by,
        state,
        said_by,
        word,
        seq,
        at,
    ) = row
    facts = [msgspec.json.decode(each, type=Facts) for each in (was, becomes)]
    return SetRight(
        number,
        Of(of),
        ride,
        board,
        Kind(kind),
        facts[0],
        facts[1],
        fares[0],
        fares[1],
        seen,
        Why(why),
        note,
        by,
        asked,
        decide_by,
        Stands(state),
        said_by,
        word,
        seq,
        at,
    )
