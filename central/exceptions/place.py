"""Where an exception stands: its identity, which stays the same for as long as the office keeps its books."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """The table that an exception stands in. The values stand in the database and stay stable."""

    RECORDS = "record"
    QUARANTINE = "quarantine"
    INCIDENTS = "incident"
    NOTICED = "noticed"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exception stands: a table, and the row's id in it."""

    source: Source
    id: int
