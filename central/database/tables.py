"""Central's tables. Whole numbers for money, hex for hashes and ids, Unix seconds for times."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

metadata = MetaData()

devices = Table(
    "devices",
    metadata,
    Column("device", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("signing_key", LargeBinary, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)
"""Every field machine. `signing_key` is its Ed25519 public key, 32 bytes, apart from the one it uses for TLS."""

health = Table(
    "device_health",
    metadata,
    Column("device", String, ForeignKey("devices.device"), primary_key=True),
    Column("heard_at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""The last `state` of each machine, as it came (JSON of rules.messages.link.Health)."""

journals = Table(
    "journals",
    metadata,
    Column("device", String, ForeignKey("devices.device"), primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("session", String, nullable=False, default=""),
    Column("told", Integer, nullable=False, default=0),
)
"""How far each journal has been taken in: the cursor that central answers with, moved in the same transaction.

`session` names the hello that came last, `told` is the highest number that the machine has said it reaches.
"""

records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("devices.device"), nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("wall", Integer, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("refused", String, nullable=False, default=""),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("device", "epoch", "number"),
    Index("records_by_wall", "wall"),
    # Of a million records a few: the page of exceptions reads nothing else.
    Index("records_not_applied", "received_at", sqlite_where=text("refused != ''")),
)
"""Every record once, exact bytes in `body`. `refused` says why one could not be applied; it is kept all the same.

`wall` is when it was as far as that is known: the record's own word, until a later anchor settles it. The one column
that may change.
"""

quarantine = Table(
    "quarantined_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("devices.device"), nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("device", "epoch", "number", "hash"),
    Index("quarantined_by_arrival", "received_at"),
)
"""Records signed by a machine under numbers that hold others: it runs twice, or an old card image was put back."""

salvaged = Table(
    "salvaged_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("devices.device"), nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False),
    Column("as_epoch", String, nullable=False),
    Column("as_number", Integer, nullable=False),
    UniqueConstraint("device", "epoch", "number", "hash"),
    Index("salvaged_as", "device", "as_number", "as_epoch"),
)
"""Records of an earlier journal that a later one handed on, and which record of that one they were applied as."""

rides = Table(
    "rides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("board_number", Integer, nullable=False),
    Column("alight_epoch", String),
    Column("alight_number", Integer),
    Column("left_epoch", String),
    Column("left_number", Integer),
    Column("left_held", Integer, nullable=False, default=0),
    Column("state", String, nullable=False),
    Column("pass_id", String, nullable=False),
    Column("pass_kind", Integer, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("product", Integer, nullable=False, default=0),
    Column("adults", Integer, nullable=False),
    Column("children", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("route_id", String, nullable=False),
    Column("trip_id", String, nullable=False),
    Column("service_date", String, nullable=False),
    Column("board_stop_id", String, nullable=False),
    Column("board_index", Integer),
    Column("board_unsure", Boolean, nullable=False, default=False),
    Column("alight_stop_id", String),
    Column("alight_index", Integer),
    Column("alight_unsure", Boolean, nullable=False, default=False),
    Column("board_wall", Integer, nullable=False),
    Column("alight_wall", Integer),
    Column("double_of", String, nullable=False, default=""),
    Column("fare", BigInteger, nullable=False, default=0),
    Column("held", BigInteger, nullable=False, default=0),
    Column("cash", BigInteger, nullable=False, default=0),
    Column("owed", BigInteger, nullable=False, default=0),
    Column("overpaid", BigInteger, nullable=False, default=0),
    Column("refunded", BigInteger, nullable=False, default=0),
    Column("corrected", Integer, nullable=False, default=0),
    UniqueConstraint("device", "epoch", "board_number"),
    CheckConstraint("state IN ('open', 'complete', 'provisional')"),
    CheckConstraint("fare = held + cash + owed - overpaid"),
    CheckConstraint("0 <= refunded AND refunded <= overpaid AND overpaid <= cash"),
    Index("rides_by_day", "service_date"),
    Index("rides_of_trip", "device", "service_date", "trip_id"),
    Index("rides_by_pass", "pass_id"),
    Index("rides_by_alighting", "device", "alight_epoch", "alight_number"),
    Index("rides_forgotten", "service_date", sqlite_where=text("state = 'provisional'")),
    Index("rides_left", "service_date", sqlite_where=text("state = 'open' AND left_number IS NOT NULL")),
    Index("rides_by_leaving", "device", "left_number", sqlite_where=text("left_number IS NOT NULL")),
    Index("rides_to_refund", "service_date", sqlite_where=text("overpaid > refunded")),
)
"""One row a boarding: open, then complete (alighted) or provisional (forgot to alight).

The record by which a bus closes a forgotten ride is `left_epoch` and `left_number`, and `left_held` what it took from
the pass: the ride stays open and moves no money until all buses have told its day. Only then it is provisional.

Stops, their places among the trip's poles and the money are those in force, after `corrected` corrections of an ended
ride; a place is NULL where no record has said it. A stop is `unsure` where the bus guessed and nothing has settled it.
`fare` = `held` (from the pass's hold) + `cash` (paid to the driver) + `owed` (not paid yet) - `overpaid` (cash beyond
the fare, of which `refunded` was given back).
`product` is what the pass rides by, numbered by the edition's tariff; 0 pays per ride. `double_of` names the ride that
is charged where one code opened several; of the others only what was paid in cash counts.
"""

code_uses = Table(
    "code_uses",
    metadata,
    Column("pass_id", String, primary_key=True),
    Column("moment", Integer, primary_key=True),
    Column("counter", Integer, primary_key=True),
    Column("device", String, primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("number", Integer, primary_key=True),
)
"""Every boarding by a phone's code, which is good for one: the first by device, epoch and number is charged."""

passes = Table(
    "passes",
    metadata,
    Column("pass_id", String, primary_key=True),
    Column("kind", Integer, nullable=False),
    Column("member", String, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("hold", BigInteger, nullable=False),
    Column("valid_from", Integer, nullable=False),
    Column("valid_until", Integer, nullable=False),
    Column("hold_series", String, nullable=False),
    Column("hold_wanted", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    Index("passes_by_hold", "hold_series"),
    Index("passes_by_member", "member"),
)
"""Passes issued, and whose they are: only central knows. `packed` is level 1 with the office's signature.

`hold` is what it says buses may take, `hold_series` the ledger's series of holds that they take it from, `hold_wanted`
what each of these is topped up to.
"""

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("zip", LargeBinary, nullable=False),
)
"""Timetable data as it came in: `zip` holds its files as they were, `source` is the file's name or its address."""

geofence_corrections = Table(
    "geofence_corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("stop_id", String, nullable=False, index=True),
    Column("lat", Float),
    Column("lon", Float),
    Column("radius_m", Float),
    Column("pole_name", String, nullable=False),
    Column("pole_lat", Float, nullable=False),
    Column("pole_lon", Float, nullable=False),
    Column("said_at", Integer, nullable=False),
)
"""What the office says of geofences; the newest row of a pole counts. Without a centre: as the feed says."""

fare_decisions = Table(
    "fare_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("route_id", String, nullable=False),
    Column("from_stop_id", String, nullable=False),
    Column("to_stop_id", String, nullable=False),
    Column("yen", Integer),
    Column("among", String, nullable=False),
    Column("said_at", Integer, nullable=False),
    Index("fare_decisions_by_pair", "route_id", "from_stop_id", "to_stop_id"),
)
"""What the office charges where the feed does not say it; the newest row of a pair counts. Without yen: undecided.

`among` are the prices the feed had then, rising, with commas between.
"""

tariffs = Table(
    "tariffs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("said_at", Integer, nullable=False),
)
"""The office's own fare rules (JSON of rules.messages.tariff_file), every version; the newest counts."""

editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("valid_from", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("operator", String, nullable=False),
    Column("feed_version", String, nullable=False),
    Column("feed_id", Integer, ForeignKey("feeds.id")),
    Column("draft", String, nullable=False),
    Column("published_at", Integer, nullable=False),
)
"""Every edition that was published: of which feed, of which version of its draft, and when (Unix seconds)."""

withdrawals = Table(
    "edition_withdrawals",
    metadata,
    Column("number", Integer, ForeignKey("editions.number"), primary_key=True),
    Column("withdrawn_at", Integer, nullable=False),
)
"""Editions that no trip begins by any more. They stay in `editions`: old records are named by them."""

down_log = Table(
    "down_log",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("digest", String, nullable=False),
)
"""What machines must know, numbered from 1, the same for all. Entries of rules.messages.link.AnyEntry.

`digest` stands for the log up to here (`next_digest`): machines that have read another one can be told.
"""

seen = Table(
    "down_seen",
    metadata,
    Column("device", String, ForeignKey("devices.device"), primary_key=True),
    Column("log", String, nullable=False),
    Column("number", Integer, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("first_at", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("device", "what", "detail"),
)
"""What a machine did that the office must look at. The same again is counted, not listed twice.

`device` is what it called itself: it may be no machine of ours.
"""

noticed = Table(
    "noticed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", String, nullable=False),
    Column("noticed_at", Integer, nullable=False),
    UniqueConstraint("device", "epoch", "number", "what"),
    Index("noticed_by_time", "noticed_at"),
)
"""What records that are in the books say that somebody should look at: a row for each record and kind."""

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""Facts of this installation that live as long as its database: the down log's epoch, for example."""
