"""Blanking who asked and what was said in old inquiries. That somebody asked, and about what, stays."""

from __future__ import annotations

from central.audit.write_down import SYSTEM, write_down
from central.database.transaction import Connection
from central.inquiries import store
from central.japan import stamp_text

KEPT_DAYS = 3 * 365 + 1
"""Three years since something was last said, whatever its state."""
_DAY_S = 86_400


def forget(connection: Connection, now: int) -> int:
    """Blank what has been kept long enough at Unix second `now`; how many inquiries."""
    before = now - KEPT_DAYS * _DAY_S
    forgotten = store.blank_before(connection, before, now)
    if forgotten:
        detail: dict[str, str | int] = {"before": stamp_text(before), "count": forgotten}
        write_down(connection, SYSTEM, "inquiries-forgotten", "inquiries", detail, now)
    return forgotten
