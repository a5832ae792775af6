"""What administrators change about the staff: a role, leaving, the end of sessions.

Every rule is asked in the transaction that changes something: two administrators at the same moment are one after the
other there, and the second finds what the first has done.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from central.access import store
from central.access.passphrases import drop_secret, has_secret
from central.access.who import Role
from central.audit.write_down import SYSTEM, write_down
from central.database.transaction import Connection


class NotChanged(StrEnum):
    """Why nothing was changed."""

    NOT_YOURS = "not-yours"
    """Whoever asks is no administrator, or is none any more."""
    NOBODY = "nobody"
    """Nobody of that name works here."""
    YOURSELF = "yourself"
    """Nobody changes their own role, nor leaves by their own hand."""
    LAST_ADMINISTRATOR = "last-administrator"
    """Nobody else could let anybody in after it."""
    NO_SESSION = "no-session"
    """That session has ended, or is somebody else's."""


def change_role(connection: Connection, name: str, role: Role, by: str, now: int) -> NotChanged | None:
    """From now on they may do that; their next page finds it so. `by` is who says so, as the audit log writes it."""
    name = tidy_name(name)
    if not may_manage(connection, by):
        return NotChanged.NOT_YOURS
    if store.role_of(connection, name) is None:
        return NotChanged.NOBODY
    return put_new_role(connection, name, role, by, now)


def leave(connection: Connection, name: str, by: str, now: int) -> NotChanged | None:
    """Somebody does not work here any more: nothing lets them in, at once. Their name stays in the audit log.

    Passkeys, passphrase and an open invitation go, so that whoever comes back needs a new invitation.
    """
    name = tidy_name(name)
    if not may_manage(connection, by):
        return NotChanged.NOT_YOURS
    refused = _why_not(connection, name, None, by)
    if refused is not None:
        return refused
    store.put_role(connection, name, None, by, now)
    _end_sessions(connection, name, by, now)
    store.drop_passkeys(connection, f"staff:{name}")
    store.drop_invitation(connection, name)
    drop_secret(connection, f"staff:{name}", now)
    write_down(connection, by, "staff-left", f"staff:{name}", {}, now)
    return None


def sign_out(connection: Connection, name: str, by: str, now: int) -> int | NotChanged:
    """End all their sessions, as after a lost laptop; how many there were."""
    name = tidy_name(name)
    if not may_manage(connection, by):
        return NotChanged.NOT_YOURS
    if name not in store.all_roles(connection):
        return NotChanged.NOBODY
    return _end_sessions(connection, name, by, now)


def end_own(connection: Connection, name: str, session: str, now: int) -> NotChanged | None:
    """End one of somebody's own sessions: a browser that they have left somewhere."""
    who = f"staff:{name}"
    if session not in {each.id for each in store.sessions_of(connection, who)}:
        return NotChanged.NO_SESSION
    store.end_session(connection, session, now)
    write_down(connection, who, "session-ended", who, {}, now)
    return None


def put_new_role(connection: Connection, name: str, role: Role, by: str, now: int) -> NotChanged | None:
    """Let them have it, also as a newcomer; nothing for whoever has it already."""
    had = store.role_of(connection, name)
    if had is role:
        return None
    refused = None if had is None else _why_not(connection, name, role, by)
    if refused is not None:
        return refused
    store.put_role(connection, name, role, by, now)
    if had is not None:
        write_down(connection, by, "role-changed", f"staff:{name}", {"from": had, "to": role}, now)
    return None


def may_manage(connection: Connection, by: str) -> bool:
    """Whether they change anything about the staff: administrators, and whoever sits at the server itself."""
    kind, _, name = by.partition(":")
    return by == SYSTEM or (kind == "staff" and store.role_of(connection, name) is Role.ADMINISTRATOR)


def tidy_name(name: str) -> str:
    """Two ways of typing the same name are the same name."""
    return unicodedata.normalize("NFKC", name).strip()


def _why_not(connection: Connection, name: str, role: Role | None, by: str) -> NotChanged | None:
    had = store.role_of(connection, name)
    if had is None:
        return NotChanged.NOBODY
    if by == f"staff:{name}":
        return NotChanged.YOURSELF
    if had is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR and _is_last(connection, name):
        return NotChanged.LAST_ADMINISTRATOR
    return None


def _is_last(connection: Connection, name: str) -> bool:
    roles = store.all_roles(connection)
    administrators = {each for each, role in roles.items() if role is Role.ADMINISTRATOR}
    # Whoever was invited and never came helps nobody. In a demonstration nobody has a passphrase: all count there.
    come_in = {each for each in administrators if _can_come_in(connection, each)} or administrators
    return not come_in - {name}


def _can_come_in(connection: Connection, name: str) -> bool:
    who = f"staff:{name}"
    return has_secret(connection, who) or bool(store.passkeys_of(connection, who))


def _end_sessions(connection: Connection, name: str, by: str, now: int) -> int:
    who = f"staff:{name}"
    ended = store.end_sessions_of(connection, who, now)
    write_down(connection, by, "signed-out-everywhere", who, {"sessions": ended}, now)
    return ended
