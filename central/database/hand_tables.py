"""The table of riders whom drivers record by hand."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from central.database.tables import metadata

hand_rides = Table(
    "hand_rides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("board_epoch", String),
    Column("board_number", Integer),
    Column("means", String, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("people", BigInteger, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("route_id", String, nullable=False),
    Column("trip_id", String, nullable=False),
    Column("service_date", String, nullable=False),
    Column("board_stop_id", String, nullable=False),
    Column("board_index", Integer, nullable=False),
    Column("alight_stop_id", String),
    Column("alight_index", Integer),
    Column("unsure", Boolean, nullable=False),
    Column("wall", Integer, nullable=False),
    Column("fare", BigInteger),
    Column("cash", BigInteger, nullable=False),
    Column("camera", Boolean, nullable=False),
    Column("refused_epoch", String),
    Column("refused_number", Integer),
    Column("undone", Boolean, nullable=False, default=False),
    UniqueConstraint("device", "epoch", "number"),
    CheckConstraint("state IN ('open', 'complete', 'provisional')"),
    Index("hand_rides_by_day", "service_date"),
    Index("hand_rides_by_boarding", "device", "board_epoch", "board_number"),
)
"""One row a record of the driver's hand, named by it: a boarding is open, an alighting complete, or provisional where
nobody saw it.

An alighting names its boarding, whose people may leave in parts; NULL where the driver named the stop alone. So many
of a boarding's `people` are still on board as no alighting names that counts. `board_*` of a boarding is itself.
Stops are those in force; what was taken in `cash` stays as it was, `fare` too, NULL where the table has none.
`refused_*` is the refusal that the driver overruled. `undone` rows count no more.
"""

hand_undone = Table(
    "hand_undone",
    metadata,
    Column("device", String, primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("number", Integer, primary_key=True),
)
"""What drivers took back, by name: also a record that comes in later counts no more."""
