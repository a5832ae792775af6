"""Tables of what staff have asked to set right about rides. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from central.database.tables import metadata

set_right = Table(
    "rides_set_right",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("of", String, nullable=False),
    Column("ride", Integer, nullable=False),
    Column("board", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("facts_from", String, nullable=False),
    Column("facts_to", String, nullable=False),
    Column("fare_from", BigInteger, nullable=False),
    Column("fare_to", BigInteger, nullable=False),
    Column("seen", String, nullable=False),
    Column("why", String, nullable=False),
    Column("note", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", Integer, nullable=False),
    Column("decide_by", Integer, nullable=False),
    CheckConstraint("of IN ('code', 'phone')"),
    Index("rides_set_right_of_ride", "of", "ride"),
)
"""What somebody of the staff said of a ride, whether it holds or waits for a second person.

`ride` is a row of `rides` or, where a phone read the bus, of `phone_rides`; `board` names the boarding's record, epoch
and number, as rides by phone may change their rows. `facts_*` are what was said of the ride before and after, as JSON;
`seen` is the fingerprint of the preview they saw. What waits at Unix second `decide_by` has expired.
"""

set_right_states = Table(
    "rides_set_right_states",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("set_right_id", Integer, ForeignKey("rides_set_right.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("word", String, nullable=False),
    Column("seq", Integer),
    Column("at", Integer, nullable=False),
)
"""Every state that it has been in; the newest counts. `seq` is the number of the ride's correction that it became."""

SET_RIGHT_APPEND_ONLY = (set_right, set_right_states)
