"""Tables of the office's counter. Conventions are those of `tables`; days are YYYY-MM-DD in Japan."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text

from central.database.tables import metadata

counter_commands = Table(
    "counter_commands",
    metadata,
    Column("command", String, primary_key=True),
    Column("asked", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("limit_yen", BigInteger, nullable=False),
    Column("since", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""What was asked of the counter and the answer, for repeats: the number of what was made, or why not.

`asked` is the whole request as JSON. `detail` is what the refusal's words name; `limit_yen` and `since`
are the limit of charging that refused and its first day, 0 and "" for all else.
"""

counter_settings = Table(
    "counter_settings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issuer", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("staff", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Who issues the currency and whom to ask, as it was set each time; the newest counts."""

counter_receipts = Table(
    "counter_receipts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("staff", String, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("till", String, nullable=False),
    Column("member", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("about", Integer, ForeignKey("counter_receipts.number")),
    Column("reason", String, nullable=False),
    Column("set_off", BigInteger, nullable=False),
    Column("forfeited", BigInteger, nullable=False),
    Column("settings_id", Integer, ForeignKey("counter_settings.id"), nullable=False),
    Column("day", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("counter_receipts_of_member", "member", "day"),
    Index("counter_receipts_of_day", "day"),
    Index(
        "counter_receipts_voiding",
        "about",
        unique=True,
        sqlite_where=text("about IS NOT NULL"),
        postgresql_where=text("about IS NOT NULL"),
    ),
)
"""Cash that came in or went out at the counter: a charge, the void of one (`about`), a refund to a holder.

`balance` is the member's afterwards. `settings_id` says who issued the currency then.
"""

receipt_reprints = Table(
    "receipt_reprints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("receipt", Integer, ForeignKey("counter_receipts.number"), nullable=False, index=True),
    Column("staff", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Every time that a receipt was printed again."""

till_openings = Table(
    "till_openings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("till", String, nullable=False),
    Column("day", String, nullable=False),
    Column("opening_cash", BigInteger, nullable=False),
    Column("posted_before", BigInteger, nullable=False),
    Column("staff", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("till_openings_of", "till", "id"),
)
"""A till's days: the change it began with, and what the ledger said of its cash before (below zero for cash in it)."""

cash_counts = Table(
    "cash_counts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("till", String, nullable=False),
    Column("bus", String, nullable=False),
    Column("day", String, nullable=False),
    Column("opening_id", Integer, ForeignKey("till_openings.id"), nullable=False, index=True),
    Column("staff", String, nullable=False),
    Column("pieces", String, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("corrects", Integer, ForeignKey("cash_counts.number")),
    Column("at", Integer, nullable=False),
    Index("cash_counts_of_bus", "bus", "day"),
)
"""Counts of a till, or with `bus` of the bag that its driver handed in for a service day, into that till.

Each is final; a later one `corrects` the first of the same. `pieces` is JSON: [[kind in yen, pieces], ...].
"""
