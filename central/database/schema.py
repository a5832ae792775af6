"""The whole schema: all tables on one `metadata`, and what keeps the append-only ones so."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, event

from central.database.correction_tables import correction_states, refunds, ride_corrections
from central.database.hand_tables import hand_rides, hand_undone
from central.database.tables import (
    entries,
    fare_decisions,
    geofence_corrections,
    groups,
    metadata,
    quarantine,
    records,
    salvaged,
    tariffs,
)

__all__ = ["hand_rides", "hand_undone", "metadata"]

_NEVER_CHANGED = (
    records,
    quarantine,
    salvaged,
    ride_corrections,
    correction_states,
    refunds,
    groups,
    entries,
    geofence_corrections,
    fare_decisions,
    tariffs,
)


@event.listens_for(metadata, "after_create")
def _forbid_changes(_metadata: MetaData, connection: Connection, **_options: object) -> None:
    """Append-only, also for whoever opens the file by hand."""
    for table in _NEVER_CHANGED:
        fixed = ", ".join(column.name for column in table.columns if column is not records.c.wall)
        for verb in (f"UPDATE OF {fixed}", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{verb.split()[0].lower()} BEFORE {verb} ON {table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
            )
