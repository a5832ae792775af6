"""Tables of programmes and points. All are append-only; conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from central.database.tables import metadata

programme_changes = Table(
    "programme_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("programme", String, nullable=False, index=True),
    Column("what", String, nullable=False),
    Column("content", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
    Column("why", String, nullable=False),
    Column("from_day", String, nullable=False),
)
"""What was said of programmes. `what` is "added" (all of it as JSON), "changed" (only the fields that are others from
`from_day` on, a day in Japan: of those not withdrawn the latest day counts, then the newest) or "closed" (at once).
"""

programme_changes_withdrawn = Table(
    "programme_changes_withdrawn",
    metadata,
    Column("change_id", Integer, ForeignKey("programme_changes.id"), primary_key=True),
    Column("at", Integer, nullable=False),
    Column("said_by", String, nullable=False),
    Column("why", String, nullable=False),
)
"""Changes that were taken back before their day came."""

budget_approvals = Table(
    "budget_approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("programme", String, nullable=False, index=True),
    Column("reference", String, nullable=False, unique=True),
    Column("amount", BigInteger, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""What may be given away, below zero where that is less again. `reference` (起案番号) counts once."""

point_grants = Table(
    "point_grants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("number", String, nullable=False),
    Column("programme", String, nullable=False),
    Column("member", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("day", String, nullable=False),
    Column("command", String, nullable=False, unique=True),
    Column("at", Integer, nullable=False),
    UniqueConstraint("source", "number"),
    Index("point_grants_of_member", "programme", "member", "day"),
    Index("point_grants_by_day", "day"),
)
"""What was given for what: each (source, number), a kiosk's code for example, once. `day` is the day in Japan."""

points_taken_back = Table(
    "points_taken_back",
    metadata,
    Column("grant_id", Integer, ForeignKey("point_grants.id"), primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("at", Integer, nullable=False),
)
"""Grants that were not due after all, and the command that moved them back into the budget."""

expiry_notices = Table(
    "expiry_notices",
    metadata,
    Column("member", String, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("last_day", String, primary_key=True),
    Column("days_before", Integer, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("made_at", Integer, nullable=False),
)
"""Notices of what expires after `last_day`, each made once."""
