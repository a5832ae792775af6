"""Tables of kiosks, their codes and what was claimed of them. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from central.database.tables import metadata

kiosks = Table(
    "kiosks",
    metadata,
    Column("device", String, ForeignKey("devices.device"), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("registered_at", Integer, nullable=False),
)
"""Machines that give points, and the number that stands in their codes."""

kiosk_changes = Table(
    "kiosk_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("kiosks.device"), nullable=False, index=True),
    Column("content", String, nullable=False),
    Column("from_day", String, nullable=False),
    Column("why", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Everything that was said of a kiosk, as JSON, each from a day in Japan on: of those not withdrawn the latest day
counts, then the newest."""

kiosk_changes_withdrawn = Table(
    "kiosk_changes_withdrawn",
    metadata,
    Column("change_id", Integer, ForeignKey("kiosk_changes.id"), primary_key=True),
    Column("at", Integer, nullable=False),
    Column("said_by", String, nullable=False),
    Column("why", String, nullable=False),
)
"""What was taken back before its day came."""

kiosk_codes = Table(
    "kiosk_codes",
    metadata,
    Column("device", String, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("moment", BigInteger, primary_key=True),
    Column("epoch", String, nullable=False),
    Column("record_number", Integer, nullable=False),
    Column("boot", String, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("made_at", BigInteger),
    Column("settled", Boolean, nullable=False),
    Index("kiosk_codes_by_record", "device", "epoch", "record_number"),
    Index("kiosk_codes_unsettled", "device", "settled"),
)
"""Codes by the kiosks' own records: `number` and `moment` as the code says, (`epoch`, `record_number`) its record here.

`made_at` is when it was made as far as anything has told the kiosk; `settled`: nothing more will be learned of that.
"""

kiosk_undone = Table(
    "kiosk_undone",
    metadata,
    Column("device", String, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("moment", BigInteger, primary_key=True),
    Column("staff", Boolean, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Codes that were taken back at the kiosk."""

kiosk_claims = Table(
    "kiosk_claims",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("knows_moment", Boolean, nullable=False),
    Column("member", String, nullable=False),
    Column("by_card", Boolean, nullable=False),
    Column("programme", String, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("asked_at", Integer, nullable=False),
    Column("day", String, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String, nullable=False),
    Column("place", Integer),
    UniqueConstraint("device", "number", "moment", "member"),
    UniqueConstraint("device", "number", "moment", "place"),
    Index("kiosk_claims_by_day", "device", "day"),
    Index("kiosk_claims_by_state", "state"),
)
"""What members asked for, in the order of `id`; of one code each member has one place, numbered from 1 once given.

`knows_moment`: the kiosk knew the time. `state` is "pending", "given", "refused" (with `why`) or "undone": given, and
taken back since. `day` is the day in Japan whose caps it counts in.
"""

KIOSK_APPEND_ONLY = (kiosks, kiosk_changes, kiosk_changes_withdrawn, kiosk_undone)
"""Of these, the tables that nothing ever changes."""
