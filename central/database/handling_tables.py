"""The table of what staff did about exceptions. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from central.database.tables import metadata

exception_acts = Table(
    "exception_acts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("about", Integer, nullable=False),
    Column("act", String, nullable=False),
    Column("who", String, nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("note", String, nullable=False, default=""),
    Column("times", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    CheckConstraint("source IN ('record', 'quarantine', 'incident', 'noticed', 'phone')"),
    CheckConstraint("act IN ('take', 'leave', 'note', 'close', 'reopen')"),
    Index("exception_acts_about", "source", "about", "id"),
)
"""Every act of the staff about an exception: row `about` of the table that `source` stands for.

`times` is how often it had happened by what they saw: one that is closed and happens again is open again.
"""
