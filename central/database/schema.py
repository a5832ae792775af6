"""The whole schema: all tables on one `metadata`, and what keeps the append-only ones so."""

from __future__ import annotations

from sqlalchemy import Connection

from central.database.correction_tables import correction_states, refunds, ride_corrections
from central.database.hand_tables import hand_rides, hand_undone
from central.database.ledger_tables import entries, groups, hold_parts, holds, lot_moves, lots, refusals
from central.database.tables import (
    fare_decisions,
    geofence_corrections,
    metadata,
    quarantine,
    records,
    salvaged,
    tariffs,
)

__all__ = ["drop_triggers", "hand_rides", "hand_undone", "lay_triggers", "metadata"]

_MAY_CHANGE = {
    records.c.wall,
    lots.c.remaining,
    lots.c.held,
    holds.c.resolved_by,
    holds.c.how,
}
"""The columns of those tables that follow from what comes later."""

_NEVER_CHANGED = (
    records,
    quarantine,
    salvaged,
    ride_corrections,
    correction_states,
    refunds,
    groups,
    entries,
    lots,
    lot_moves,
    holds,
    hold_parts,
    refusals,
    geofence_corrections,
    fare_decisions,
    tariffs,
)


def drop_triggers(connection: Connection) -> None:
    """Let a migration rebuild tables: SQLite drops a table's triggers with it. `lay_triggers` belongs after it."""
    found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in found.scalars().all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def lay_triggers(connection: Connection) -> None:
    """Append-only, also for whoever opens the file by hand. Wherever the tables come from, this belongs after them."""
    for table in _NEVER_CHANGED:
        fixed = ", ".join(column.name for column in table.columns if column not in _MAY_CHANGE)
        for verb in (f"UPDATE OF {fixed}", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{verb.split()[0].lower()} BEFORE {verb} ON {table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
            )
    connection.exec_driver_sql(
        "CREATE TRIGGER IF NOT EXISTS holds_resolve_once BEFORE UPDATE ON holds WHEN OLD.resolved_by IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'a hold is resolved once'); END"
    )
