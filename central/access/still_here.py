"""Whether whoever opened an answer that goes on for minutes is still signed in: the guard has looked only before it."""

from __future__ import annotations

from collections.abc import Callable

from flask import g

from central.access import store
from central.access.who import staff
from central.database.transaction import Connection


def still_signed_in() -> Callable[[Connection], bool]:
    """For the staff of this request: asks again, also after the request's own time, whether they may still look."""
    name, session = staff().name, g.staff_session.id

    def may_look(connection: Connection) -> bool:
        is_open = session in {each.id for each in store.sessions_of(connection, f"staff:{name}")}
        return is_open and store.role_of(connection, name) is not None

    return may_look
