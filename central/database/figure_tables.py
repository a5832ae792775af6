"""The table of figures as they are published. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from central.database.tables import metadata

kept_figures = Table(
    "kept_figures",
    metadata,
    Column("figure", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("made_from", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", Integer, nullable=False),
)
"""Tables with their small numbers hidden, which takes too long for every look. `made_from` is the SHA-256 of all that
was counted: where it is another by now, the table is made anew. Nothing is lost with them."""
