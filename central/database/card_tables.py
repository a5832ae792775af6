"""Tables of charging by card. Conventions are those of `tables`; rules/charging says what the words mean."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from central.database.tables import metadata

card_charges = Table(
    "card_charges",
    metadata,
    Column("id", String, primary_key=True),
    Column("member", String, nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("mode", String, nullable=False),
    Column("asked_at", Integer, nullable=False),
    Index("card_charges_by_time", "asked_at"),
)
"""Every charge by card that was asked for. The id is whoever asked's; `mode` says whether real money moves."""

card_sessions = Table(
    "card_sessions",
    metadata,
    Column("charge_id", String, ForeignKey("card_charges.id"), primary_key=True),
    Column("session", String, nullable=False),
    Column("address", String, nullable=False),
    Column("begun_at", Integer, nullable=False),
)
"""Where the member of a charge is sent to pay, as the gateway has said. A charge without one was not begun there."""

card_states = Table(
    "card_charge_states",
    metadata,
    Column("charge_id", String, ForeignKey("card_charges.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("state", String, nullable=False),
    Column("paid", Boolean, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("cause", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("card_charge_states_by_state", "state"),
)
"""How each charge has stood and what the ledger followed of it, numbered from 0; the newest row counts.

`paid`: its くらポ were posted. `taken` was taken back, of which `owed` was not there any more. `cause` is the gateway's
event, or what else it followed.
"""

card_events = Table(
    "card_events",
    metadata,
    Column("id", String, primary_key=True),
    Column("mode", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("charge_id", String, nullable=False, index=True),
    Column("payment", String, nullable=False, index=True),
    Column("dispute", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("made_at", Integer, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What the gateway said, once by its own id, in the same transaction as what follows from it; `body` as it came.

`charge_id` is what it names, "" where it names only its payment; it need not be a charge of ours.
"""

card_refunds = Table(
    "card_refunds",
    metadata,
    Column("charge_id", String, ForeignKey("card_charges.id"), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Charges that staff gave back, for which of the listed reasons, and who said so."""

card_refunds_sent = Table(
    "card_refunds_sent",
    metadata,
    Column("charge_id", String, ForeignKey("card_refunds.charge_id"), primary_key=True),
    Column("refund", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Those of which the gateway has taken the order, by its own id of the refund."""

card_switches = Table(
    "card_switches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("said_by", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""The one switch of card charging, every turn of it; the newest counts, and without one it is on."""

card_incidents = Table(
    "card_incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("what", String, nullable=False),
    Column("name", String, nullable=False),
    Column("charge_id", String, nullable=False),
    Column("first_at", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("settled_at", Integer),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("what", "name"),
)
"""What came from a gateway, or in its name, and was not followed; the same again is counted.

`name` is the event's id, or the SHA-256 of what nobody has signed, kept in `body`. `settled_at`: it fell into place.
"""

CARD_APPEND_ONLY = (
    card_charges,
    card_sessions,
    card_states,
    card_events,
    card_refunds,
    card_refunds_sent,
    card_switches,
)
"""Of these, the tables that nothing ever changes."""
