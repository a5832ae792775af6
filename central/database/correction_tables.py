"""Tables of where rides really began and ended. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from central.database.tables import metadata

settled_stops = Table(
    "settled_stops",
    metadata,
    Column("device", String, primary_key=True),
    # Before the epoch: numbers are what every batch asks by.
    Column("number", Integer, primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("edition", Integer, nullable=False),
    Column("trip_id", String, nullable=False),
    Column("service_date", String, nullable=False),
    Column("stop_id", String, nullable=False),
    Column("stop_index", Integer, nullable=False),
    Column("cause", String, nullable=False),
    Column("wall", Integer),
    Column("said_epoch", String, nullable=False),
    Column("said_number", Integer, nullable=False),
)
"""The last word about where a tap was, also about one that has not come in yet. `wall` is when, NULL if not known.

`said_epoch` and `said_number` name the record that says it as its own journal does.
"""

ride_corrections = Table(
    "ride_corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("board_number", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("cause", String, nullable=False),
    Column("said_epoch", String, nullable=False),
    Column("said_number", Integer, nullable=False),
    Column("from_board", String, nullable=False),
    Column("from_board_index", Integer),
    Column("from_alight", String, nullable=False),
    Column("from_alight_index", Integer),
    Column("from_fare", BigInteger, nullable=False),
    Column("to_board", String, nullable=False),
    Column("to_board_index", Integer),
    Column("to_alight", String, nullable=False),
    Column("to_alight_index", Integer),
    Column("to_fare", BigInteger),
    Column("why_waiting", String, nullable=False),
    Column("made_at", Integer, nullable=False),
    UniqueConstraint("device", "epoch", "board_number", "seq"),
)
"""What an ended ride turned out to be, each from what was in force then, numbered from 1 in each ride.

`cause` is whose word it follows, `said_*` that record (number 0 for none). Without `to_fare` there is none for those
stops. `why_waiting` says why it did not hold at once, "" where it did.
"""

correction_states = Table(
    "ride_correction_states",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("correction_id", Integer, ForeignKey("ride_corrections.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Every state that a correction has been in; the newest counts. `said_by` is "rule" or "staff"."""

refunds = Table(
    "ride_refunds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("board_number", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("how", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("refunds_of_ride", "device", "epoch", "board_number"),
)
"""Cash paid too much at the door and given back: `how` is "account" or "cash"."""
