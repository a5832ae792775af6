"""Everybody who works at the office or did, as the page 職員 shows them."""

from __future__ import annotations

from dataclasses import dataclass

from central.access import store
from central.access.passphrases import has_secret
from central.access.sessions import Seen, open_sessions
from central.access.who import Role
from central.audit.store import newest_entries
from central.database.transaction import Connection
from central.japan import clock_text, day_of


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One of the staff. `role` None: they have left. Times are words in Japan, "" where there is none.

    `since` is when they were given the role or left, by `said_by`; `seen` when a page or an act of theirs was last
    noticed; `invited` until when their link is good; `sessions` how many browsers are signed in now.
    """

    name: str
    role: Role | None
    since: str
    said_by: str
    seen: str
    invited: str
    passkeys: int
    has_passphrase: bool
    sessions: int


def read_staff(connection: Connection, now: int, seen: Seen) -> list[StaffLine]:
    """Who works here by name, then who has left."""
    invited, words = store.open_invitations(connection, now), store.newest_words(connection)
    lines = []
    for name, role in store.all_roles(connection).items():
        who, (said_by, at), today = f"staff:{name}", words[name], day_of(now)
        theirs = open_sessions(connection, who, now, seen)
        acts = newest_entries(connection, 1, who=who)
        last = max([latest for _, latest in theirs] + [each.at for each in acts], default=None)
        lines.append(
            StaffLine(
                name=name,
                role=role,
                since=clock_text(at, today),
                said_by=said_by.removeprefix("staff:"),
                seen=clock_text(last, today),
                invited=clock_text(invited.get(name), today),
                passkeys=len(store.passkeys_of(connection, who)),
                has_passphrase=has_secret(connection, who),
                sessions=len(theirs),
            )
        )
    return sorted(lines, key=lambda line: line.role is None)
