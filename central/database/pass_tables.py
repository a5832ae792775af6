"""Tables of passes handed out, replaced and denied. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

from central.database.tables import metadata

pass_requests = Table(
    "pass_requests",
    metadata,
    Column("command", String, primary_key=True),
    Column("member", String, nullable=False),
    Column("public_key", String, nullable=False),
    Column("lost", String, nullable=False),
    Column("pass_id", String, ForeignKey("passes.pass_id"), nullable=False),
    Column("at", Integer, nullable=False),
    Index("pass_requests_by_time", "at"),
    Index(
        "pass_requests_replacing",
        "lost",
        unique=True,
        sqlite_where=text("lost <> ''"),
        postgresql_where=text("lost <> ''"),
    ),
)
"""Every card that was handed out and every pass that replaces a `lost` one, by the command of whoever asked for it.

`public_key` is a phone's in hex, "" for a card; `lost` is "" where nothing is replaced. A pass is replaced once.
"""

pass_denials = Table(
    "pass_denials",
    metadata,
    Column("pass_id", String, ForeignKey("passes.pass_id"), primary_key=True),
    Column("reason", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Passes that may not ride any more, and why, as machines were told."""
