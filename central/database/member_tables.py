"""The table of members' standing. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from central.database.tables import metadata

member_standings = Table(
    "member_standings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member", String, nullable=False),
    Column("standing", String, nullable=False),
    Column("why", String, nullable=False),
    Column("staff", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("member_standings_of", "member", "id"),
)
"""Every standing that a member was given, by whom and why; the newest counts, and without one it is good."""
