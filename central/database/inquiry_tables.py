"""Tables of what people have asked the office. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from central.database.tables import metadata

inquiries = Table(
    "inquiries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("way", String, nullable=False),
    Column("about", String, nullable=False),
    Column("member", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("tie", String, nullable=False),
    Column("at", Integer, nullable=False),
    Column("forgotten_at", Integer),
    Index("inquiries_of", "member", "id"),
    Index("inquiries_about", "tie"),
)
"""That somebody asked, by which way and about what. `member` "" for somebody who is none, `caller` in free words.

`tie` is the ride, charge or claim that it is about, as "ride:12", "" for none. `forgotten_at` is set when the words of
it, here and in `inquiry_notes`, were blanked.
"""

inquiry_notes = Table(
    "inquiry_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("inquiry_id", Integer, ForeignKey("inquiries.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("said", String, nullable=False),
    Column("next_step", String, nullable=False),
    Column("next_by", String, nullable=False),
    Column("staff", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""What was said and done, oldest first; the newest says how the inquiry stands, what is next and by whom."""

INQUIRY_APPEND_ONLY = (inquiries, inquiry_notes)
INQUIRY_WORDS = (inquiries.c.caller, inquiry_notes.c.said, inquiry_notes.c.next_step)
"""Of these, what may name somebody: never changed into other words, blanked once it has been kept long enough."""
