"""The whole schema: all tables on one `metadata`, and what keeps the append-only ones so."""

from __future__ import annotations

from sqlalchemy import Connection

from central.database.access_tables import ACCESS_APPEND_ONLY
from central.database.audit_tables import audit_entries
from central.database.card_tables import CARD_APPEND_ONLY
from central.database.correction_tables import correction_states, refunds, ride_corrections
from central.database.counter_tables import (
    cash_counts,
    counter_commands,
    counter_receipts,
    counter_settings,
    receipt_reprints,
    till_openings,
)
from central.database.figure_tables import kept_figures
from central.database.forgotten_tables import inferred_rides
from central.database.hand_tables import hand_rides, hand_undone
from central.database.handling_tables import exception_acts
from central.database.inquiry_tables import INQUIRY_APPEND_ONLY, INQUIRY_WORDS, inquiries
from central.database.kiosk_tables import KIOSK_APPEND_ONLY
from central.database.ledger_tables import entries, groups, hold_parts, holds, lot_moves, lots, refusals
from central.database.member_tables import member_profiles, member_standings, members
from central.database.pass_tables import pass_denials, pass_requests
from central.database.phone_ride_tables import phone_claims, phone_places
from central.database.phone_tables import phone_passes
from central.database.points_tables import (
    budget_approvals,
    expiry_notices,
    point_grants,
    points_taken_back,
    programme_changes,
    programme_changes_withdrawn,
)
from central.database.rule_tables import RULES_APPEND_ONLY
from central.database.service_tables import service_words
from central.database.set_right_tables import SET_RIGHT_APPEND_ONLY
from central.database.shop_tables import shop_payments, shop_returns
from central.database.tables import (
    fare_decisions,
    geofence_corrections,
    metadata,
    quarantine,
    records,
    salvaged,
    tariffs,
)
from central.database.ticket_tables import product_sales, ticket_uses, tickets_taken_back
from central.database.unit_tables import UNIT_APPEND_ONLY, UNIT_MAY_CHANGE

__all__ = ["drop_triggers", "hand_rides", "hand_undone", "kept_figures", "lay_triggers", "metadata"]

_MAY_CHANGE = {
    records.c.wall,
    lots.c.remaining,
    lots.c.held,
    holds.c.resolved_by,
    holds.c.how,
    inquiries.c.forgotten_at,
    *INQUIRY_WORDS,
    *UNIT_MAY_CHANGE,
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
    programme_changes,
    programme_changes_withdrawn,
    budget_approvals,
    point_grants,
    points_taken_back,
    expiry_notices,
    geofence_corrections,
    fare_decisions,
    tariffs,
    service_words,
    inferred_rides,
    product_sales,
    tickets_taken_back,
    ticket_uses,
    member_standings,
    members,
    member_profiles,
    audit_entries,
    counter_commands,
    counter_settings,
    counter_receipts,
    receipt_reprints,
    till_openings,
    cash_counts,
    shop_payments,
    shop_returns,
    phone_passes,
    phone_claims,
    phone_places,
    pass_requests,
    pass_denials,
    exception_acts,
    *CARD_APPEND_ONLY,
    *KIOSK_APPEND_ONLY,
    *INQUIRY_APPEND_ONLY,
    *SET_RIGHT_APPEND_ONLY,
    *ACCESS_APPEND_ONLY,
    *UNIT_APPEND_ONLY,
    *RULES_APPEND_ONLY,
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
    for column in INQUIRY_WORDS:
        name = f"{column.table.name}_{column.name}"
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {name}_only_blanked BEFORE UPDATE OF {column.name} ON {column.table.name} "
            f"WHEN NEW.{column.name} NOT IN (OLD.{column.name}, '') "
            f"BEGIN SELECT RAISE(ABORT, '{name} is only blanked'); END"
        )
