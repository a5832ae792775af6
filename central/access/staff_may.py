"""Whether whoever of the staff is at this request's page may come elsewhere."""

from __future__ import annotations

from central.access.routes import who_may
from central.access.who import staff


def staff_may(endpoint: str) -> bool:
    """So that a page offers nothing that would be refused."""
    wanted = who_may(endpoint)
    return isinstance(wanted, frozenset) and staff().role in wanted
