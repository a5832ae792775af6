"""The table of phones that ride. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from central.database.tables import metadata

phone_passes = Table(
    "phone_passes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("member", String, nullable=False),
    Column("public_key", String, nullable=False),
    Column("pass_id", String, ForeignKey("passes.pass_id"), nullable=False),
    Column("began", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("phone_passes_of", "member", "id"),
)
"""Every pass that a phone asked for, by the command that it made, and how it began: not those that renew one.

The newest row of a member that began a phone says which phone rides; it and what came after it are that phone's passes.
"""
