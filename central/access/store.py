"""SQL of who may come in: staff and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from central.access.who import Role
from central.database.access_tables import session_people, sessions, staff_roles
from central.database.transaction import Connection


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in, and who on it: the one chosen last first, those behind their PIN last."""

    id: str
    kind: str
    seen_at: int
    ends_at: int
    people: tuple[SessionPerson, ...]


@dataclass(frozen=True, slots=True)
class SessionPerson:
    """`who` is "staff:<name>" or "member:<id>"; `chosen_at` 0 while nobody has opened it."""

    who: str
    chosen_at: int


def role_of(connection: Connection, name: str) -> Role | None:
    """What somebody of the staff may do now; None of a stranger and of who has left."""
    wanted = select(staff_roles.c.role).where(staff_roles.c.name == name).order_by(staff_roles.c.id.desc())
    role = connection.execute(wanted.limit(1)).scalar_one_or_none()
    return Role(role) if role else None


def put_role(connection: Connection, name: str, role: Role | None, said_by: str, now: int) -> None:
    """From now on they may do that; None: they have left."""
    row = {"name": name, "role": role or "", "said_by": said_by, "at": now}
    connection.execute(insert(staff_roles).values(row))


def all_roles(connection: Connection) -> dict[str, Role | None]:
    """Everybody who ever worked here, by name; None of those who have left."""
    newest = select(func.max(staff_roles.c.id)).group_by(staff_roles.c.name)
    wanted = select(staff_roles.c.name, staff_roles.c.role).where(staff_roles.c.id.in_(newest))
    rows = connection.execute(wanted.order_by(staff_roles.c.name))
    return {row.name: Role(row.role) if row.role else None for row in rows}


def add_session(connection: Connection, session: Session, secret_hash: str) -> None:
    """A browser has signed in, at the second it is seen."""
    connection.execute(
        insert(sessions).values(
            id=session.id,
            secret_hash=secret_hash,
            kind=session.kind,
            began_at=session.seen_at,
            seen_at=session.seen_at,
            ends_at=session.ends_at,
        )
    )
    for person in session.people:
        put_person(connection, session.id, person, session.seen_at)


def put_person(connection: Connection, session: str, person: SessionPerson, now: int) -> None:
    """They are signed in on it too, or chosen again."""
    table = session_people
    is_they = (table.c.session == session) & (table.c.who == person.who)
    changed = connection.execute(update(table).where(is_they).values(chosen_at=person.chosen_at))
    if not changed.rowcount:
        row = {"session": session, "who": person.who, "since": now, "chosen_at": person.chosen_at}
        connection.execute(insert(table).values(row))


def remove_person(connection: Connection, session: str, who: str) -> None:
    """They are not signed in on it any more."""
    table = session_people
    connection.execute(table.delete().where(table.c.session == session, table.c.who == who))


def find_session(connection: Connection, secret_hash: str) -> Session | None:
    """The session of that cookie, unless it was ended."""
    wanted = select(sessions).where(sessions.c.secret_hash == secret_hash, sessions.c.ended_at.is_(None))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    table = session_people
    people = connection.execute(
        select(table.c.who, table.c.chosen_at)
        .where(table.c.session == row.id)
        .order_by(table.c.chosen_at.desc(), table.c.since, table.c.who)
    )
    return Session(row.id, row.kind, row.seen_at, row.ends_at, tuple(SessionPerson(*each) for each in people))


def end_session(connection: Connection, session: str, now: int) -> None:
    """The cookie is worth nothing from now on."""
    is_it = (sessions.c.id == session) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(is_it).values(ended_at=now))


def end_sessions_of(connection: Connection, who: str, now: int) -> int:
    """End every session on which somebody is alone, take them off the others; how many there were."""
    table = session_people
    theirs = list(connection.execute(select(table.c.session).where(table.c.who == who)).scalars())
    connection.execute(table.delete().where(table.c.who == who))
    left = set(connection.execute(select(table.c.session).where(table.c.session.in_(theirs))).scalars())
    for session in theirs:
        if session not in left:
            end_session(connection, session, now)
    return len(theirs)


def put_seen(connection: Connection, seen: Mapping[str, int]) -> None:
    """When these sessions were last used."""
    for session, at in seen.items():
        is_it = (sessions.c.id == session) & (sessions.c.seen_at < at)
        connection.execute(update(sessions).where(is_it).values(seen_at=at))
