"""The ledger's tables. Conventions are those of `tables`; rules/ledger says what they mean."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from central.database.tables import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("may_go_below_zero", Boolean, nullable=False),
    Column("balance", BigInteger, nullable=False, default=0),
    UniqueConstraint("kind", "owner", "unit"),
    CheckConstraint("may_go_below_zero OR balance >= 0"),
)
"""Ledger accounts. `balance` always equals the sum of the account's entries; `ledger verify` recomputes it."""

groups = Table(
    "entry_groups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("what", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("posted_at", Integer, nullable=False),
    Column("chain", String, nullable=False),
)
"""One business event, all or nothing. `command` is the id its cause gave it, `asked` the SHA-256 of what it asked for.

`chain` follows from the previous one, the content, `asked` and `posted_at`: see rules/ledger/chain.py.
"""

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", Integer, ForeignKey("entry_groups.id"), nullable=False, index=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
)
"""Append-only: triggers refuse UPDATE and DELETE. A group's amounts sum to zero in each unit."""

lots = Table(
    "lots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("group_id", Integer, ForeignKey("entry_groups.id"), nullable=False, index=True),
    Column("origin", String, nullable=False),
    Column("programme", String, nullable=False),
    Column("issued_at", Integer, nullable=False),
    Column("expires_at", Integer),
    Column("remaining", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    CheckConstraint("0 <= held AND held <= remaining"),
    # Of twenty years' lots those in which something is left: what every payment asks for.
    Index(
        "lots_open", "account_id", sqlite_where=text("remaining > 0"), postgresql_where=text("remaining > 0")
    ),
    Index(
        "lots_expiring",
        "expires_at",
        sqlite_where=text("remaining > 0 AND expires_at IS NOT NULL"),
        postgresql_where=text("remaining > 0 AND expires_at IS NOT NULL"),
    ),
)
"""Members' value by where it came from. `remaining` always equals the sum of the lot's moves, `held` what holds keep.

Those two are the only columns that change.
"""

lot_moves = Table(
    "lot_moves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", Integer, ForeignKey("entries.id"), nullable=False, index=True),
    Column("lot_id", Integer, ForeignKey("lots.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("restores", String, nullable=False),
    Index(
        "lot_moves_back",
        "restores",
        sqlite_where=text("restores != ''"),
        postgresql_where=text("restores != ''"),
    ),
)
"""What each entry put into lots or took from them. `restores` is the command whose taking it gives back."""

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("series", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("until", Integer),
    Column("placed_by", Integer, ForeignKey("entry_groups.id"), nullable=False, index=True),
    Column("resolved_by", Integer, ForeignKey("entry_groups.id")),
    Column("how", String, nullable=False, default=""),
    # Not of those still open: SQLite would look for a series among all of them.
    Index(
        "holds_resolved",
        "resolved_by",
        sqlite_where=text("resolved_by IS NOT NULL"),
        postgresql_where=text("resolved_by IS NOT NULL"),
    ),
    Index(
        "holds_open",
        "series",
        unique=True,
        sqlite_where=text("resolved_by IS NULL"),
        postgresql_where=text("resolved_by IS NULL"),
    ),
)
"""Holds, open until a group resolves them, once: only `resolved_by` and `how` change, and only from nothing."""

hold_parts = Table(
    "hold_parts",
    metadata,
    Column("hold_id", Integer, ForeignKey("holds.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("lot_id", Integer, ForeignKey("lots.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
)
"""What a hold keeps of which lot, in order of use."""

refusals = Table(
    "command_refusals",
    metadata,
    Column("command", String, primary_key=True),
    Column("asked", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("refused_at", Integer, nullable=False),
)
"""Commands that the ledger refused, so that the same command again gets the same answer."""
