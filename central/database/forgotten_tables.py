"""The table of rides whose end was inferred."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table

from central.database.tables import metadata

inferred_rides = Table(
    "inferred_rides",
    metadata,
    Column("ride_id", Integer, ForeignKey("rides.id"), primary_key=True),
    Column("next_ride_id", Integer, ForeignKey("rides.id")),
    Column("at", Integer, nullable=False),
)
"""Rides without their alighting that were looked at once all records of their day were here.

`next_ride_id` is the ride whose boarding said where they ended; NULL for those that stay to the last stop.
"""
