"""Rows of kiosks, their codes and claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.kiosk_tables import (
    kiosk_changes,
    kiosk_changes_withdrawn,
    kiosk_claims,
    kiosk_codes,
    kiosk_undone,
    kiosks,
)
from central.database.tables import incidents
from central.database.transaction import Connection
from central.japan import FIRST_DAY
from central.kiosks.kiosk import Kiosk, read_kiosk, write_kiosk
from rules.messages.events import RecordRef


class State(StrEnum):
    """How a claim stands. The values stand in the database and stay stable."""

    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"
    UNDONE = "undone"
    """It was given, and then the kiosk took the code back."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When, why and by whom a change was taken back."""

    at: int
    why: str
    said_by: str


@dataclass(frozen=True, slots=True)
class KioskChange:
    """What was said of a kiosk: from `from_day` on, until something later counts, it is `kiosk`."""

    id: int
    kiosk: Kiosk
    from_day: date
    why: str
    said_by: str
    at: int
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class CodeName:
    """What a code goes by at the office: a kiosk that was put back to an older card may use a number again."""

    device: str
    number: int
    moment: int


@dataclass(frozen=True, slots=True)
class Made:
    """A code by the kiosk's own record, as in the table; `made_at` is None where nobody knows it."""

    name: CodeName
    visit: int
    count: int
    points: int
    made_at: int | None
    settled: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What a member asked for. `id` is 0 before it is kept; fields are those of the table."""

    name: CodeName
    knows_moment: bool
    member: str
    by_card: bool
    programme: str
    visit: int
    count: int
    points: int
    asked_at: int
    day: str
    state: State = State.PENDING
    why: str = ""
    place: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident, fields as in the table."""

    what: str
    detail: str
    last_at: int
    times: int


# Kiosks


def add_kiosk(connection: Connection, kiosk: Kiosk, now: int) -> None:
    """A new one's device and number."""
    row = {"device": kiosk.device, "number": kiosk.number, "registered_at": now}
    connection.execute(insert(kiosks).values(row))


def put_kiosk(
    connection: Connection, kiosk: Kiosk, said_by: str, now: int, from_day: date = FIRST_DAY, why: str = ""
) -> int:
    """From that day in Japan on it is this; the change's number."""
    row = {"device": kiosk.device, "content": write_kiosk(kiosk), "said_by": said_by, "at": now}
    done = connection.execute(insert(kiosk_changes).values(row | {"from_day": str(from_day), "why": why}))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def put_withdrawn(connection: Connection, change_id: int, why: str, said_by: str, now: int) -> None:
    """Take a change back."""
    row = {"change_id": change_id, "at": now, "said_by": said_by, "why": why}
    connection.execute(insert(kiosk_changes_withdrawn).values(row))


def kiosk_changes_of(connection: Connection, device: str) -> list[KioskChange]:
    """All that was said of a kiosk, withdrawn or not, in the order in which it was said."""
    of, gone = kiosk_changes.c, kiosk_changes_withdrawn.c
    its = (of.id, of.content, of.from_day, of.why, of.said_by, of.at)
    wanted = (
        select(*its, gone.at, gone.why, gone.said_by)
        .join_from(kiosk_changes, kiosk_changes_withdrawn, isouter=True)
        .where(of.device == device)
        .order_by(of.id)
    )
    return [
        KioskChange(
            row[0],
            read_kiosk(row[1]),
            date.fromisoformat(row[2]),
            *row[3:6],
            None if row[6] is None else Withdrawal(*row[6:]),
        )
        for row in connection.execute(wanted)
    ]


def kiosk_of(connection: Connection, device: str, day: date) -> Kiosk | None:
    """What that machine is on a day in Japan; None where it is no kiosk."""
    content = connection.execute(_begun(device, day).limit(1)).scalar()
    return None if content is None else read_kiosk(content)


def kiosk_with_visit(connection: Connection, device: str, visit: int, points: int, day: date) -> Kiosk | None:
    """What that machine is on a day, or, if such a visit is not worth so much then, what it last was when it was."""
    found = [read_kiosk(content) for content in connection.execute(_begun(device, day)).scalars()]
    return next((kiosk for kiosk in found if kiosk.gives(visit, points)), found[0] if found else None)


def device_numbered(connection: Connection, number: int) -> str | None:
    """The kiosk whose codes say that number."""
    return connection.execute(select(kiosks.c.device).where(kiosks.c.number == number)).scalar()


def all_kiosks(connection: Connection, day: date) -> list[Kiosk]:
    """By number, as they are on a day in Japan."""
    devices = connection.execute(select(kiosks.c.device).order_by(kiosks.c.number)).scalars().all()
    return [kiosk for device in devices if (kiosk := kiosk_of(connection, device, day)) is not None]


def _begun(device: str, day: date) -> Select[Any]:
    """What was said of a kiosk for that day and those before it, what counts on it first."""
    of = kiosk_changes.c
    its = (of.device == device, of.from_day <= str(day))
    counts = of.id.not_in(select(kiosk_changes_withdrawn.c.change_id))
    return select(of.content).where(*its, counts).order_by(of.from_day.desc(), of.id.desc())


# Codes


def find_code(connection: Connection, name: CodeName) -> Made | None:
    """What the kiosk's record says of it; None before that is here."""
    of = kiosk_codes.c
    wanted = select(of.visit, of.count, of.points, of.made_at, of.settled)
    row = connection.execute(wanted.where(_is(kiosk_codes, name))).first()
    return None if row is None else Made(name, row[0], row[1], row[2], row[3], bool(row[4]))


def add_code(connection: Connection, made: Made, here: RecordRef, boot: str) -> None:
    """A code, its record's name, and the power-on that it was made in."""
    row = _named(made.name) | {"epoch": here.epoch, "record_number": here.number, "boot": boot}
    of_it = {name: getattr(made, name) for name in ("visit", "count", "points", "made_at", "settled")}
    connection.execute(insert(kiosk_codes).values(row | of_it))


def last_code(connection: Connection, device: str) -> CodeName | None:
    """The code with the highest number."""
    of = kiosk_codes.c
    wanted = select(of.number, of.moment).where(of.device == device)
    row = connection.execute(wanted.order_by(of.number.desc(), of.moment.desc()).limit(1)).first()
    return None if row is None else CodeName(device, *row)


def date_code(connection: Connection, device: str, here: RecordRef, wall: int) -> None:
    """The kiosk did not know the time when it made the code of that record; now it does: Unix second `wall`."""
    of = kiosk_codes.c
    connection.execute(
        update(kiosk_codes)
        .where(of.device == device, of.epoch == here.epoch, of.record_number == here.number)
        .values(made_at=wall, settled=True)
    )


def settle_other_boots(connection: Connection, device: str, boot: str) -> int:
    """Of codes from before this power-on no time will be learned any more; how many those are."""
    of = kiosk_codes.c
    changed = update(kiosk_codes).where(of.device == device, ~of.settled, of.boot != boot)
    return connection.execute(changed.values(settled=True)).rowcount


def add_undone(connection: Connection, name: CodeName, staff: bool, now: int) -> bool:
    """Whether it had not been taken back before."""
    row = _named(name) | {"staff": staff, "at": now}
    return connection.execute(upsert(kiosk_undone).values(row).on_conflict_do_nothing()).rowcount == 1


def is_undone(connection: Connection, name: CodeName) -> bool:
    """Whether the kiosk took the code back."""
    return bool(connection.execute(select(exists().where(_is(kiosk_undone, name)))).scalar())


# Claims


def find_claim(connection: Connection, name: CodeName, member: str) -> Claim | None:
    """The member's claim of that code."""
    wanted = select(kiosk_claims).where(_is(kiosk_claims, name), kiosk_claims.c.member == member)
    row = connection.execute(wanted).first()
    return None if row is None else _claim(row)


def claims_of(connection: Connection, name: CodeName, *states: State) -> list[Claim]:
    """Claims of a code that stand so, in order."""
    return _claims(connection, select(kiosk_claims).where(_is(kiosk_claims, name), _stands(states)))


def pending_claims(connection: Connection) -> list[Claim]:
    """All that wait, in order."""
    return _claims(connection, select(kiosk_claims).where(_stands((State.PENDING,))))


def refused_claims(connection: Connection, why: str) -> list[Claim]:
    """All that are refused for that reason, in order."""
    of = kiosk_claims.c
    return _claims(connection, select(kiosk_claims).where(_stands((State.REFUSED,)), of.why == why))


def claim_numbered(connection: Connection, claim_id: int) -> Claim | None:
    """The claim of that number."""
    found = _claims(connection, select(kiosk_claims).where(kiosk_claims.c.id == claim_id))
    return found[0] if found else None


def claims_without_points(connection: Connection, member: str, since: int) -> list[Claim]:
    """What a member has asked for since that Unix second and has not got: it waits, or was refused later."""
    its = (kiosk_claims.c.member == member, kiosk_claims.c.asked_at >= since)
    return _claims(connection, select(kiosk_claims).where(*its, _stands((State.PENDING, State.REFUSED))))


def add_claim(connection: Connection, claim: Claim) -> int:
    """The claim's number."""
    row = _named(claim.name) | {
        each.name: getattr(claim, each.name) for each in fields(Claim) if each.name not in ("name", "id")
    }
    done = connection.execute(insert(kiosk_claims).values(row))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def put_state(
    connection: Connection, claim_id: int, state: State, why: str = "", place: int | None = None
) -> None:
    """From now on the claim of that number stands so."""
    changed = update(kiosk_claims).where(kiosk_claims.c.id == claim_id)
    connection.execute(changed.values(state=state, why=why, place=place))


def drop_claim(connection: Connection, claim: Claim) -> None:
    """Nothing came of it."""
    connection.execute(delete(kiosk_claims).where(kiosk_claims.c.id == claim.id))


def points_given_at(connection: Connection, device: str, day: str) -> int:
    """Points that a kiosk has given on a day in Japan and not taken back."""
    of = kiosk_claims.c
    return _points(connection, of.device == device, of.day == day, of.state == State.GIVEN)


def points_waiting_at(connection: Connection, device: str, day: str, before: int) -> int:
    """Points of claims of a kiosk that wait, of a day in Japan, whose number is below `before`."""
    of = kiosk_claims.c
    its = (of.device == device, of.day == day, of.state == State.PENDING, of.id < before)
    return _points(connection, *its)


def points_waiting(connection: Connection, programme: str, member: str, before: int, day: str = "") -> int:
    """Points that a member waits for in claims whose number is below `before`; of that day, or of all."""
    of = kiosk_claims.c
    of_day = [of.day == day] if day else []
    its = (of.programme == programme, of.member == member, of.state == State.PENDING, of.id < before)
    return _points(connection, *its, *of_day)


def count_states(connection: Connection, device: str, day: str) -> dict[str, tuple[int, int]]:
    """How many claims of a day stand how, and their points."""
    of = kiosk_claims.c
    wanted = select(of.state, func.count(), func.sum(of.points)).where(of.device == device, of.day == day)
    return {state: (count, points) for state, count, points in connection.execute(wanted.group_by(of.state))}


def count_codes(connection: Connection, device: str) -> int:
    """How many codes the kiosk has told of."""
    return connection.execute(select(func.count()).where(kiosk_codes.c.device == device)).scalar_one()


def codes_of_visits(connection: Connection, device: str, start: int, end: int) -> dict[int, tuple[int, int]]:
    """By visit, how many codes and cards the kiosk made from Unix second `start` to before `end`, and took back."""
    of, gone = kiosk_codes.c, kiosk_undone.c
    its = and_(gone.device == of.device, gone.number == of.number, gone.moment == of.moment)
    wanted = select(of.visit, func.count(), func.count(gone.at)).select_from(
        kiosk_codes.outerjoin(kiosk_undone, its)
    )
    wanted = wanted.where(of.device == device, of.made_at >= start, of.made_at < end).group_by(of.visit)
    return {visit: (made, undone) for visit, made, undone in connection.execute(wanted)}


def claims_of_visits(connection: Connection, device: str, day: str) -> dict[tuple[int, str], tuple[int, int]]:
    """By visit and state, how many claims there are of a day in Japan, and their points."""
    of = kiosk_claims.c
    wanted = select(of.visit, of.state, func.count(), func.sum(of.points))
    wanted = wanted.where(of.device == device, of.day == day).group_by(of.visit, of.state)
    return {(visit, state): (count, points) for visit, state, count, points in connection.execute(wanted)}


def count_undated(connection: Connection, device: str) -> int:
    """How many codes of the kiosk nobody knows the time of, so far."""
    of = kiosk_codes.c
    wanted = select(func.count()).where(of.device == device, of.made_at.is_(None))
    return connection.execute(wanted).scalar_one()


def newest_incidents(connection: Connection, device: str, whats: Sequence[str], most: int) -> list[Listed]:
    """What the kiosk did that somebody has to look at, of these kinds, the last first."""
    of = incidents.c
    wanted = select(of.what, of.detail, of.last_at, of.times).where(of.device == device, of.what.in_(whats))
    found = connection.execute(wanted.order_by(of.last_at.desc(), of.id.desc()).limit(most))
    return [Listed(*row) for row in found]


def _points(connection: Connection, *where: ColumnElement[bool]) -> int:
    total = connection.execute(select(func.sum(kiosk_claims.c.points)).where(*where)).scalar()
    return int(total or 0)


def _claims(connection: Connection, wanted: Select[Any]) -> list[Claim]:
    return [_claim(row) for row in connection.execute(wanted.order_by(kiosk_claims.c.id))]


def _claim(row: Any) -> Claim:
    its = {each.name: getattr(row, each.name) for each in fields(Claim) if each.name not in ("name", "state")}
    return Claim(CodeName(row.device, row.number, row.moment), state=State(row.state), **its)


def _stands(states: tuple[State, ...]) -> ColumnElement[bool]:
    return kiosk_claims.c.state.in_(states)


def _is(table: Any, name: CodeName) -> ColumnElement[bool]:
    of = table.c
    return and_(of.device == name.device, of.number == name.number, of.moment == name.moment)


def _named(name: CodeName) -> dict[str, Any]:
    return {"device": name.device, "number": name.number, "moment": name.moment}
