"""Sessions: how a browser that has signed in is known again, and when that ends."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from enum import StrEnum

from central.access import store
from central.access.store import OpenSession, Session, SessionPerson
from central.database.transaction import Connection

SECRET_BYTES = 32
ID_BYTES = 8
_HOUR = 3_600
_DAY = 24 * _HOUR


class Kind(StrEnum):
    """Whose browser it is. The values stand in the database and stay stable."""

    STAFF = "staff"
    """At the office."""
    OWN = "own"
    """A member's own phone, or one that a family shares."""
    TABLET = "tablet"
    """A household's: everybody on it is behind their PIN."""


IDLE_S = {Kind.STAFF: _HOUR, Kind.OWN: 90 * _DAY, Kind.TABLET: 90 * _DAY}
"""A session that nobody has used for so long has ended."""
LONGEST_S = {Kind.STAFF: 12 * _HOUR, Kind.OWN: 365 * _DAY, Kind.TABLET: 365 * _DAY}
"""And so has one that began so long ago."""
TABLET_OPEN_S = 5 * 60
"""How long a member stays open on a tablet that nobody touches, before the PIN is asked for again."""


class Seen:
    """When sessions were last used: in memory, so that no page waits for the writer; `flush` writes it down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}

    def note(self, session: str, now: int) -> None:
        """It is used now."""
        with self._lock:
            self._latest[session] = self._unwritten[session] = now

    def latest(self, session: Session | OpenSession) -> int:
        """The Unix second of its last use as far as anybody knows."""
        with self._lock:
            return max(session.seen_at, self._latest.get(session.id, 0))

    def flush(self, connection: Connection) -> None:
        """Write down what is not written yet."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, {}
        store.put_seen(connection, unwritten)


def begin(
    connection: Connection, kind: Kind, who: str, now: int, draw: Callable[[int], bytes]
) -> tuple[str, Session]:
    """A new session of "staff:<name>" or "member:<id>": what its cookie holds, and the session.

    `draw` gives that many random bytes.
    """
    secret = draw(SECRET_BYTES).hex()
    session = Session(draw(ID_BYTES).hex(), kind, now, now + LONGEST_S[kind], (SessionPerson(who, now),))
    store.add_session(connection, session, secret_hash(secret))
    return secret, session


def find(connection: Connection, secret: str, now: int, seen: Seen) -> Session | None:
    """The session of that cookie, None when there is none or it has ended by itself."""
    session = store.find_session(connection, secret_hash(secret))
    if session is None or now >= session.ends_at:
        return None
    if now - seen.latest(session) > IDLE_S[Kind(session.kind)]:
        return None
    return session


def open_sessions(connection: Connection, who: str, now: int, seen: Seen) -> list[tuple[OpenSession, int]]:
    """Somebody's sessions that have not ended, each with the Unix second of its last use."""
    found = [(each, seen.latest(each)) for each in store.sessions_of(connection, who)]
    return [
        (each, latest)
        for each, latest in found
        if now < each.ends_at and now - latest <= IDLE_S[Kind(each.kind)]
    ]


def in_front(session: Session, now: int, seen: Seen) -> str:
    """Who is using it: "member:<id>" or "staff:<name>"; "" while a PIN is to be given first."""
    first = session.people[0] if session.people else None
    if first is None or not first.chosen_at:
        return ""
    if session.kind == Kind.TABLET and now - max(first.chosen_at, seen.latest(session)) > TABLET_OPEN_S:
        return ""
    return first.who


def secret_hash(secret: str) -> str:
    """What is kept of a cookie or a link. It has 256 random bits, so one plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
