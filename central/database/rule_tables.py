"""Tables of what the office has set. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from central.database.tables import metadata

office_rules = Table(
    "office_rules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("from_day", String, nullable=False),
    Column("made_at", Integer, nullable=False),
    Column("said_by", String, nullable=False),
    Column("why", String, nullable=False),
    Index("office_rules_by_day", "name", "from_day"),
)
"""What the office has set, each from a day in Japan on: of those not withdrawn the latest day counts, then the newest.

`name` is a definition's (central/office_rules/definitions.py), `value` a whole number in its unit.
"""

office_rules_withdrawn = Table(
    "office_rules_withdrawn",
    metadata,
    Column("rule_id", Integer, ForeignKey("office_rules.id"), primary_key=True),
    Column("at", Integer, nullable=False),
    Column("said_by", String, nullable=False),
    Column("why", String, nullable=False),
)
"""Changes that were taken back before their day came."""

RULES_APPEND_ONLY = (office_rules, office_rules_withdrawn)
"""Nothing ever changes them."""
