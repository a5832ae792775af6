"""SQL of who may come in: staff, sessions, and what people prove themselves with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from central.access.who import Role
from central.database.access_tables import (
    invitations,
    mail_codes,
    passkeys,
    passphrases,
    session_people,
    sessions,
    staff_roles,
    wrong_tries,
)
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


def newest_words(connection: Connection) -> dict[str, tuple[str, int]]:
    """Who gave everybody of the staff their present role, or said that they have left, and when; by name."""
    newest = select(func.max(staff_roles.c.id)).group_by(staff_roles.c.name)
    wanted = select(staff_roles.c.name, staff_roles.c.said_by, staff_roles.c.at)
    rows = connection.execute(wanted.where(staff_roles.c.id.in_(newest)))
    return {row.name: (row.said_by, row.at) for row in rows}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that nobody has ended: Unix seconds when it began, was seen, and will have ended by itself."""

    id: str
    kind: str
    began_at: int
    seen_at: int
    ends_at: int


def sessions_of(connection: Connection, who: str) -> list[OpenSession]:
    """Those on which they are signed in, the newest first; some may have ended by themselves."""
    table = sessions
    wanted = (
        select(table.c.id, table.c.kind, table.c.began_at, table.c.seen_at, table.c.ends_at)
        .join(session_people, session_people.c.session == table.c.id)
        .where(session_people.c.who == who, table.c.ended_at.is_(None))
        .order_by(table.c.began_at.desc(), table.c.id)
    )
    return [OpenSession(*row) for row in connection.execute(wanted)]


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


def put_hash(connection: Connection, who: str, hashed: str, now: int) -> None:
    """A new passphrase or PIN."""
    connection.execute(insert(passphrases).values(who=who, hash=hashed, at=now))


def newest_hash(connection: Connection, who: str) -> str | None:
    """Of the passphrase or PIN that counts now."""
    wanted = select(passphrases.c.hash).where(passphrases.c.who == who).order_by(passphrases.c.id.desc())
    return connection.execute(wanted.limit(1)).scalar_one_or_none()


def tries_of(connection: Connection, who: str) -> tuple[int, int]:
    """How often it was wrong in a row, and when last."""
    row = connection.execute(select(wrong_tries).where(wrong_tries.c.who == who)).one_or_none()
    return (0, 0) if row is None else (row.tries, row.last_at)


def put_tries(connection: Connection, who: str, tries: int, now: int) -> None:
    """It was wrong so often now."""
    clear_tries(connection, who)
    connection.execute(insert(wrong_tries).values(who=who, tries=tries, last_at=now))


def clear_tries(connection: Connection, who: str) -> None:
    """It was right, or there is a new one."""
    connection.execute(wrong_tries.delete().where(wrong_tries.c.who == who))


def put_invitation(connection: Connection, hashed: str, name: str, ends_at: int) -> None:
    """A link for somebody; the ones they had before lead nowhere."""
    drop_invitation(connection, name)
    connection.execute(insert(invitations).values(secret_hash=hashed, name=name, ends_at=ends_at))


def open_invitations(connection: Connection, now: int) -> dict[str, int]:
    """Until which Unix second the unused links are good, by the name of whom they are for."""
    table = invitations
    wanted = select(table.c.name, table.c.ends_at).where(table.c.used_at.is_(None), table.c.ends_at > now)
    return {row.name: row.ends_at for row in connection.execute(wanted)}


def drop_invitation(connection: Connection, name: str) -> None:
    """No link leads in by that name."""
    is_theirs = (invitations.c.name == name) & invitations.c.used_at.is_(None)
    connection.execute(invitations.delete().where(is_theirs))


def find_invitation(connection: Connection, hashed: str, now: int) -> str | None:
    """Whom the link is for, while it is good."""
    table = invitations
    wanted = select(table.c.name).where(
        table.c.secret_hash == hashed, table.c.used_at.is_(None), table.c.ends_at > now
    )
    return connection.execute(wanted).scalar_one_or_none()


def use_invitation(connection: Connection, hashed: str, now: int) -> None:
    """The link leads nowhere from now on."""
    connection.execute(update(invitations).where(invitations.c.secret_hash == hashed).values(used_at=now))


@dataclass(frozen=True, slots=True)
class MailCode:
    """The code that was sent last: its hash, until when it is good, how often something else was typed."""

    hash: str
    ends_at: int
    tries: int


def put_mail_code(connection: Connection, mail: str, code: MailCode) -> None:
    """The newest code of the address with that hash; an older one is worth nothing."""
    drop_mail_code(connection, mail)
    row = {"mail": mail, "hash": code.hash, "ends_at": code.ends_at, "tries": code.tries}
    connection.execute(insert(mail_codes).values(row))


def find_mail_code(connection: Connection, mail: str) -> MailCode | None:
    """The code of the address with that hash."""
    row = connection.execute(select(mail_codes).where(mail_codes.c.mail == mail)).one_or_none()
    return None if row is None else MailCode(row.hash, row.ends_at, row.tries)


def drop_mail_code(connection: Connection, mail: str) -> None:
    """It was used, or there is a newer one."""
    connection.execute(mail_codes.delete().where(mail_codes.c.mail == mail))


def drop_old_codes(connection: Connection, now: int) -> None:
    """Forget those that nobody used."""
    connection.execute(mail_codes.delete().where(mail_codes.c.ends_at <= now))


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key that somebody's device keeps: its name, whose it is, the public half, the device's own counter."""

    credential: bytes
    who: str
    public_key: bytes
    uses: int


def add_passkey(connection: Connection, key: Passkey, now: int) -> None:
    """A new one."""
    row = {"credential": key.credential, "who": key.who, "public_key": key.public_key, "uses": key.uses}
    connection.execute(insert(passkeys).values(added_at=now, **row))


def find_passkey(connection: Connection, credential: bytes) -> Passkey | None:
    """By its name."""
    row = connection.execute(select(passkeys).where(passkeys.c.credential == credential)).one_or_none()
    return None if row is None else Passkey(row.credential, row.who, row.public_key, row.uses)


def passkeys_of(connection: Connection, who: str) -> list[bytes]:
    """The names of somebody's passkeys."""
    return list(connection.execute(select(passkeys.c.credential).where(passkeys.c.who == who)).scalars())


def drop_passkeys(connection: Connection, who: str) -> None:
    """None of their keys opens anything any more."""
    connection.execute(passkeys.delete().where(passkeys.c.who == who))


def put_passkey_use(connection: Connection, credential: bytes, uses: int, now: int) -> None:
    """It was used now, and its counter stands there."""
    is_it = passkeys.c.credential == credential
    connection.execute(update(passkeys).where(is_it).values(uses=uses, used_at=now))
