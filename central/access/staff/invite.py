"""Staff come by an invitation made at the server or by an administrator: there is no account that was always there."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from central.access import store
from central.access.passphrases import NotTaken, check_passphrase, put_secret
from central.access.sessions import SECRET_BYTES, secret_hash
from central.access.staff.change_staff import NotChanged, may_manage, put_new_role, tidy_name
from central.access.who import Role
from central.audit.write_down import write_down
from central.database.transaction import Connection

INVITED_S = 24 * 3_600
_NAME = re.compile(r"\w[\w.-]{0,31}")


class NotInvited(StrEnum):
    """Why there is no invitation, or it does not count."""

    BAD_NAME = "bad-name"
    """Letters, digits, dots and hyphens only, at most 32: it is what they type to sign in."""
    NO_INVITATION = "no-invitation"
    """It was used, withdrawn, is over, or never was."""


def invite(
    connection: Connection, name: str, role: Role, by: str, now: int, draw: Callable[[int], bytes]
) -> str | NotInvited | NotChanged:
    """What the one-time link holds, good for a day. Whoever has the role already keeps it and gets a new way in.

    Whoever had left is back with it. `by` is who invites, as the audit log writes it; `draw` gives that many random
    bytes.
    """
    name = tidy_name(name)
    if not _NAME.fullmatch(name):
        return NotInvited.BAD_NAME
    if not may_manage(connection, by):
        return NotChanged.NOT_YOURS
    refused = put_new_role(connection, name, role, by, now)
    if refused is not None:
        return refused
    secret = draw(SECRET_BYTES).hex()
    store.put_invitation(connection, secret_hash(secret), name, now + INVITED_S)
    write_down(connection, by, "staff-invited", f"staff:{name}", {"role": role}, now)
    return secret


def withdraw(connection: Connection, name: str, by: str, now: int) -> NotInvited | NotChanged | None:
    """The link that somebody was given leads nowhere from now on."""
    name = tidy_name(name)
    if not may_manage(connection, by):
        return NotChanged.NOT_YOURS
    if name not in store.open_invitations(connection, now):
        return NotInvited.NO_INVITATION
    store.drop_invitation(connection, name)
    write_down(connection, by, "invitation-withdrawn", f"staff:{name}", {}, now)
    return None


def accept(
    connection: Connection, secret: str, passphrase: str | None, now: int
) -> str | NotInvited | NotTaken:
    """The name of whom the link was for, once they have a passphrase; the link is used up then.

    Without a passphrase they just come in this once, as the demonstration does.
    """
    hashed = secret_hash(secret)
    name = store.find_invitation(connection, hashed, now)
    if name is None or store.role_of(connection, name) is None:
        return NotInvited.NO_INVITATION
    if passphrase is not None:
        refused = check_passphrase(passphrase, name)
        if refused is not None:
            return refused
        put_secret(connection, f"staff:{name}", passphrase, now)
    store.use_invitation(connection, hashed, now)
    write_down(connection, f"staff:{name}", "invitation-accepted", f"staff:{name}", {}, now)
    return name
