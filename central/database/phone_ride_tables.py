"""The tables of rides by phones that read the bus. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from central.database.tables import metadata

phone_claims = Table(
    "phone_claims",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member", String, nullable=False),
    Column("command", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("device", String, ForeignKey("devices.device"), nullable=False),
    Column("epoch", String),
    Column("number", Integer),
    Column("movement", String, nullable=False),
    Column("moment", Integer, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("accuracy_m", Float),
    Column("received_at", Integer, nullable=False),
    UniqueConstraint("member", "command"),
    UniqueConstraint("member", "device", "epoch", "number", "movement"),
    CheckConstraint("movement IN ('board', 'alight')"),
)
"""Every touch that was taken in, by the id that the phone made. `asked` is a hash of what it said.

`epoch` and `number` name the bus's record in its code; NULL where only the sticker was read.
"""

phone_places = Table(
    "phone_places",
    metadata,
    Column("claim_id", Integer, ForeignKey("phone_claims.id"), primary_key=True),
    Column("refused", String, nullable=False, default=""),
    Column("epoch", String),
    Column("number", Integer),
    Column("wall", Integer),
    Column("edition", Integer),
    Column("trip_id", String),
    Column("service_date", String),
    Column("stop_index", Integer),
    Column("placed_at", Integer, nullable=False),
    Index("phone_places_of_trip", "trip_id", "service_date"),
)
"""What the bus's records made of a claim: the opening of the door by its record, or why it makes no ride.

A claim without a row waits for them.
"""

phone_rides = Table(
    "phone_rides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member", String, nullable=False),
    Column("device", String, nullable=False),
    Column("service_date", String, nullable=False),
    Column("trip_id", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("product", Integer, nullable=False),
    Column("epoch", String, nullable=False),
    Column("board_number", Integer, nullable=False),
    Column("board_index", Integer, nullable=False),
    Column("board_stop_id", String, nullable=False),
    Column("board_wall", Integer, nullable=False),
    Column("alight_number", Integer),
    Column("alight_index", Integer),
    Column("alight_stop_id", String),
    Column("alight_wall", Integer),
    Column("fare", BigInteger),
    Column("owed", BigInteger, nullable=False, default=0),
    Column("sale", String, nullable=False, default=""),
    Column("change", Integer, nullable=False),
    UniqueConstraint("member", "device", "service_date", "trip_id", "place"),
    CheckConstraint("state IN ('open', 'complete', 'provisional', 'double', 'void')"),
    Index("phone_rides_by_day", "service_date"),
    Index("phone_rides_by_sale", "sale"),
    Index("phone_rides_by_journal", "device", "epoch"),
    Index("phone_rides_by_change", "change", unique=True),
)
"""The rides that a member's claims on one trip make, numbered by `place` from 0, as they are known now.

`version` counts how often one became known otherwise; its money is posted anew by each. `double`: the bus itself has
read the member on this trip, and that ride is charged. `void`: a claim that came late made it part of the one before.
A `fare` that the table does not have is NULL, and nothing is charged. `owed` is what was not there when it was charged.
`sale` is that of the return ticket whose trip pays for it in place of the fare, "" for none. `change` numbers the last
change among those of all rides, so that one look at the index says whether anything is new.
`epoch` and the numbers name the bus's records of its door.
"""

phone_noticed = Table(
    "phone_noticed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("devices.device"), nullable=False),
    Column("what", String, nullable=False),
    Column("about", Integer, nullable=False),
    Column("noticed_at", Integer, nullable=False),
    UniqueConstraint("what", "about"),
    Index("phone_noticed_by_time", "noticed_at"),
)
"""What somebody should look at about a claim or a ride by phone: a row for each and kind.

`about` is a row of `phone_claims` where the kind is one of claims, else of `phone_rides`. Two members may read one
opening of a door, so no record of the bus can name it.
"""
