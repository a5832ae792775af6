"""Registering a member: a number, a profile, a wallet at zero, all in one go."""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import asdict

from central.database.transaction import Connection
from central.ledger.store import open_account
from central.members.member_number import draw_number
from central.members.store import (
    Profile,
    add_member,
    find_profile,
    find_registered,
    is_registered,
    put_profile,
)
from rules.ledger.accounts import member_account

NewMember = Profile
"""Whom to register: what is known of them, only the name is needed."""


class OtherBody(Exception):
    """The command has registered somebody else already: whoever asks has mixed up its ids."""


def register(
    connection: Connection,
    new: NewMember,
    command: str,
    now: int,
    draw: Callable[[int], int] = secrets.randbelow,
) -> str:
    """The new member's number; the same `command` again gets the same one. Whoever calls it writes it down.

    `draw` gives a whole number below its argument. Raises OtherBody where the command asked for something else before.
    """
    profile = _tidied(new)
    asked = hashlib.sha256(json.dumps(asdict(profile), ensure_ascii=False).encode()).hexdigest()
    found = find_registered(connection, command)
    if found is not None:
        if found[1] != asked:
            raise OtherBody(command)
        return found[0]
    member = draw_number(draw)
    while is_registered(connection, member):
        member = draw_number(draw)
    add_member(connection, member, command, asked, now)
    put_profile(connection, member, profile, now)
    open_account(connection, member_account(member))
    return member


def profile_of(connection: Connection, member: str) -> Profile | None:
    """Who the member is, as said last; None of an unknown one."""
    return find_profile(connection, member)


def change_profile(connection: Connection, member: str, profile: Profile, now: int) -> None:
    """From now on the member is this person; what was said before stays on record. Whoever calls it writes it down."""
    tidied = _tidied(profile)
    if tidied != find_profile(connection, member):
        put_profile(connection, member, tidied, now)


def tidy_mail(mail: str) -> str:
    """An address as it is kept and looked for: without spaces around it, in small letters."""
    return unicodedata.normalize("NFKC", mail).strip().lower()


def _tidied(profile: Profile) -> Profile:
    """Two ways of typing the same name are the same name."""
    return Profile(
        " ".join(unicodedata.normalize("NFKC", profile.name).split()),
        " ".join(unicodedata.normalize("NFKC", profile.kana).split()),
        profile.rider_class,
        tidy_mail(profile.mail),
        unicodedata.normalize("NFKC", profile.phone).strip(),
        profile.language,
    )
