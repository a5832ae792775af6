"""The table of machines that staff have taken out of service."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from central.database.tables import metadata

service_words = Table(
    "service_words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, ForeignKey("devices.device"), nullable=False, index=True),
    Column("in_service", Boolean, nullable=False),
    Column("said_at", Integer, nullable=False),
)
"""What staff say of a machine; the newest row counts, and without one it is in service."""
