"""SQL of members: how they stand, which everybody asks before something is done, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, func, insert, select

from central.database.many_rows import Lookup
from central.database.member_tables import member_profiles, member_standings, members
from central.database.transaction import Connection
from rules.passes.rider_pass import RiderClass


class Standing(StrEnum):
    """How an account stands. The values stand in the database and stay stable."""

    GOOD = "good"
    BLOCKED = "blocked"
    """停止中: nothing can be paid, as after a loss."""
    CLOSED = "closed"
    """解約: nothing comes in or goes out any more, but what had happened before."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is, as said last. Only the name is always there; `kana` is how it is read."""

    name: str
    kana: str = ""
    rider_class: RiderClass = RiderClass.ADULT
    mail: str = ""
    phone: str = ""
    language: str = "ja"


_NEWEST = Lookup(
    select(member_standings.c.standing).where(
        member_standings.c.id
        == select(func.max(member_standings.c.id))
        .where(member_standings.c.member == bindparam("member"))
        .scalar_subquery()
    ),
    "member",
)


def standing_of(connection: Connection, member: str) -> Standing:
    """How the member's account stands; good for one that nobody has said anything of, also an unknown one."""
    rows = _NEWEST.all(connection, member)
    return Standing(rows[0][0]) if rows else Standing.GOOD


def put_standing(
    connection: Connection, member: str, standing: Standing, why: str, staff: str, now: int
) -> None:
    """From now on it stands so."""
    row = {"member": member, "standing": standing, "why": why, "staff": staff, "at": now}
    connection.execute(insert(member_standings).values(row))


def find_registered(connection: Connection, command: str) -> tuple[str, str] | None:
    """The member whom a command has registered, and what was asked for by it."""
    wanted = select(members.c.member, members.c.asked).where(members.c.command == command)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.member, row.asked)


def is_registered(connection: Connection, member: str) -> bool:
    """Whether there is such a member."""
    return connection.execute(select(members.c.member).where(members.c.member == member)).first() is not None


def add_member(connection: Connection, member: str, command: str, asked: str, now: int) -> None:
    """A new member, without a profile yet."""
    row = {"member": member, "command": command, "asked": asked, "registered_at": now}
    connection.execute(insert(members).values(row))


def put_profile(connection: Connection, member: str, profile: Profile, now: int) -> None:
    """From now on the member is this person."""
    connection.execute(
        insert(member_profiles).values(
            member=member,
            name=profile.name,
            kana=profile.kana,
            rider_class=int(profile.rider_class),
            mail=profile.mail,
            phone=profile.phone,
            language=profile.language,
            at=now,
        )
    )


def find_profile(connection: Connection, member: str) -> Profile | None:
    """Who the member is, as said last; None of an unknown one."""
    table = member_profiles
    wanted = select(table).where(table.c.member == member).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    return Profile(row.name, row.kana, RiderClass(row.rider_class), row.mail, row.phone, row.language)


def members_by_mail(connection: Connection, mail: str) -> list[str]:
    """The members whose address this is now, oldest first: a family may share one."""
    newer = member_profiles.alias()
    newest = select(func.max(newer.c.id)).where(newer.c.member == member_profiles.c.member).scalar_subquery()
    wanted = (
        select(member_profiles.c.member)
        .where(member_profiles.c.mail == mail, member_profiles.c.id == newest)
        .order_by(member_profiles.c.member)
    )
    return list(connection.execute(wanted).scalars())


def all_profiles(connection: Connection) -> list[tuple[str, Profile]]:
    """Every member and who they are, as said last. A village has a few thousand."""
    table = member_profiles
    newest = select(func.max(table.c.id)).group_by(table.c.member)
    rows = connection.execute(select(table).where(table.c.id.in_(newest)).order_by(table.c.member))
    return [
        (
            row.member,
            Profile(row.name, row.kana, RiderClass(row.rider_class), row.mail, row.phone, row.language),
        )
        for row in rows
    ]
