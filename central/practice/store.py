"""What a practice copy keeps of the office's tables, and what stands in it where a person, a key or a secret stood.

Whatever is not named here is not copied: a table stays empty, a column of text or bytes too.
"""

from __future__ import annotations

from sqlalchemy import LargeBinary, String, Table

from central.database.schema import metadata
from central.practice.people import STAFF

TABLES = frozenset(
    (
        # Machines and what they said.
        *("devices", "device_health", "journals", "records", "quarantined_records", "salvaged_records"),
        *("incidents", "noticed", "service_words"),
        # Rides.
        *(
            "rides",
            "code_uses",
            "inferred_rides",
            "settled_stops",
            "ride_corrections",
            "ride_correction_states",
            "rides_set_right",
            "rides_set_right_states",
        ),
        *("ride_refunds", "hand_rides", "hand_undone", "ticket_uses", "tickets_taken_back", "product_sales"),
        *("phone_claims", "phone_places", "phone_rides", "phone_noticed"),
        # The line.
        *("feeds", "geofence_corrections", "fare_decisions", "tariffs", "editions", "edition_withdrawals"),
        # Money.
        *(
            "accounts",
            "entry_groups",
            "entries",
            "lots",
            "lot_moves",
            "holds",
            "hold_parts",
            "command_refusals",
        ),
        *("card_charges", "card_sessions", "card_charge_states", "card_events", "card_refunds"),
        *("card_refunds_sent", "card_switches", "shops", "shop_payments", "shop_returns"),
        *("counter_settings", "counter_receipts", "receipt_reprints", "till_openings", "cash_counts"),
        # Members, what they ride with, what they are given.
        *("members", "member_profiles", "member_standings", "passes", "pass_requests", "pass_denials"),
        *(
            "programme_changes",
            "programme_changes_withdrawn",
            "budget_approvals",
            "point_grants",
            "points_taken_back",
            "expiry_notices",
        ),
        *("kiosks", "kiosk_changes", "kiosk_codes", "kiosk_undone", "kiosk_claims"),
    )
)
"""Not what people prove themselves by, not what machines are told, not the audit log, which names whoever did it."""

_WORDS = frozenset(
    (
        *("alight_epoch", "alight_stop_id", "among", "as_epoch", "board", "board_epoch", "board_stop_id"),
        *("boot", "bus", "cause", "chain", "charge_id", "command", "content", "currency", "day"),
        *("detail", "device", "digest", "double_of", "draft", "epoch", "facts_from", "facts_to"),
        *("feed_version", "first_day", "of", "seen"),
        *("from_alight", "from_board", "from_stop_id", "hash", "hold_series", "how", "id", "kind"),
        *("language", "last_day", "left_epoch", "lost", "means", "member", "mode", "movement"),
        *("number", "one_end", "operator", "origin", "other_end", "owner", "pass_id", "payment"),
        *("pieces", "pole_name", "programme", "reason", "reference", "refund", "refused"),
        *("refused_epoch", "restores", "route_id", "said_epoch", "sale", "sealed", "series"),
        *("service_date", "shop", "source", "standing", "state", "stop_id", "till", "to_alight"),
        *("to_board", "to_stop_id", "trip_id", "unit", "valid_from", "what", "why_waiting", "why"),
        *("zip"),
    )
)
"""Columns of text or bytes that name no person: stops, days, states, numbers that the office draws."""

_MACHINES_WORDS = ("device_health", "records", "quarantined_records", "tariffs")
_STAFF = f"'{STAFF}'"
_SOMEBODY = {"staff": _STAFF, "said_by": _STAFF}

_SAID: dict[str, dict[str, str]] = {
    **{table: {"body": "body"} for table in _MACHINES_WORDS},
    "entry_groups": {"asked": "asked"},
    "command_refusals": {"asked": "asked"},
    "devices": {"signing_key": "zeroblob(32)"},
    "phone_claims": {"lat": "NULL", "lon": "NULL", "accuracy_m": "NULL"},
    "passes": {"packed": "practice_pass(packed)"},
    "pass_requests": {"public_key": "iif(public_key = '', '', 'practice')"},
    "member_profiles": {
        "name": "practice_name(member)",
        "kana": "practice_kana(member)",
        "mail": "iif(mail = '', '', practice_mail(member))",
        "phone": "iif(phone = '', '', practice_phone(member))",
    },
    "member_standings": {"why": _STAFF, **_SOMEBODY},
    "shops": {"name": "practice_shop(shop)"},
    "shop_returns": {"asked_by": f"iif(asked_by = '', '', {_STAFF})"},
    "counter_settings": {"issuer": _STAFF, "contact": _STAFF, **_SOMEBODY},
    "counter_receipts": {"approved_by": f"iif(approved_by = '', '', {_STAFF})", **_SOMEBODY},
    "card_charges": {"mode": "'practice'"},
    "card_events": {"mode": "'practice'"},
    "card_switches": {"reason": _STAFF, **_SOMEBODY},
    # "rule" or "staff", nobody's name.
    "ride_correction_states": {"said_by": "said_by"},
    "rides_set_right": {"asked_by": _STAFF},
}


def kept() -> dict[str, dict[str, str]]:
    """Of each table that is copied, what SQL says in place of its columns; those not named stay as they are."""
    return {table.name: _said(table) for table in metadata.sorted_tables if table.name in TABLES}


def _said(table: Table) -> dict[str, str]:
    said = _SOMEBODY | _SAID.get(table.name, {})
    for column in table.columns:
        if column.name not in said and isinstance(column.type, String | LargeBinary):
            nothing = "x''" if isinstance(column.type, LargeBinary) else "''"
            said[column.name] = column.name if column.name in _WORDS else nothing
    return said
