"""Tables of members: who they are and how they stand. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

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

members = Table(
    "members",
    metadata,
    Column("member", String, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("asked", String, nullable=False),
    Column("registered_at", Integer, nullable=False),
)
"""Who was registered, once by the command of whoever asked; `asked` is the SHA-256 of what was asked for."""

member_profiles = Table(
    "member_profiles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member", String, ForeignKey("members.member"), nullable=False),
    Column("name", String, nullable=False),
    Column("kana", String, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("mail", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("language", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("member_profiles_of", "member", "id"),
    Index("member_profiles_by_mail", "mail"),
)
"""The person behind a member's number, the only place with personal data; the newest row counts."""
