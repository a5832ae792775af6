"""Tables of who may come in: staff, sessions, and what people prove themselves with. Conventions are those of `tables`.

Who a thing belongs to is written as the audit log writes it: "staff:<name>" or "member:<id>".
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from central.database.tables import metadata

staff_roles = Table(
    "staff_roles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("staff_roles_of", "name", "id"),
)
"""Every role that somebody of the staff was given, by whom; the newest counts, and "" means that they have left."""

invitations = Table(
    "staff_invitations",
    metadata,
    Column("secret_hash", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("ends_at", Integer, nullable=False),
    Column("used_at", Integer),
)
"""One-time links for staff, as the SHA-256 of what the link holds."""

passphrases = Table(
    "passphrases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("who", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("passphrases_of", "who", "id"),
)
"""The argon2id hash of each passphrase of staff and each PIN of members; the newest counts."""

passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", LargeBinary, primary_key=True),
    Column("who", String, nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("added_at", Integer, nullable=False),
    Column("used_at", Integer),
)
"""Passkeys. `uses` is the key's own counter, which must rise where it has one."""

mail_codes = Table(
    "mail_codes",
    metadata,
    Column("mail", String, primary_key=True),
    Column("hash", String, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
)
"""The newest six-digit code sent to each address, by the SHA-256 of the address; gone once used or run out."""

wrong_tries = Table(
    "wrong_tries",
    metadata,
    Column("who", String, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
)
"""How often in a row somebody's passphrase or PIN was wrong; no row after a right one."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("secret_hash", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("began_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
    Column("ends_at", Integer, nullable=False),
    Column("ended_at", Integer),
)
"""A browser that is signed in, as the SHA-256 of its cookie. `seen_at` is written down now and then only.

`kind`: "staff", "own" (a member's phone) or "tablet" (a household's).
"""

session_people = Table(
    "session_people",
    metadata,
    Column("session", String, ForeignKey("sessions.id"), primary_key=True),
    Column("who", String, primary_key=True),
    Column("since", Integer, nullable=False),
    Column("chosen_at", Integer, nullable=False),
    Index("session_people_by_who", "who"),
)
"""Who is signed in on it. Of several members, the one chosen last is in front; at 0 nobody is before a PIN is given."""

ACCESS_APPEND_ONLY = (staff_roles, passphrases)
"""Of these, the tables that nothing ever changes."""
