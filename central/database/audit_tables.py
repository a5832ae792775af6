"""The table of the audit log. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from central.database.tables import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("about", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("chain", String, nullable=False),
    Index("audit_entries_about", "about", "id"),
    Index("audit_entries_of", "who", "id"),
)
"""Every act of a person, numbered from 1 without a gap; `detail` is JSON, `chain` the head after this entry."""
