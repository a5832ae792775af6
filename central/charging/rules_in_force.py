"""How much may be charged by card, as the office has set it for a day."""

from __future__ import annotations

from datetime import date

from central.database.transaction import Connection
from central.office_rules.in_force import rule_in_force
from rules.charging.limits import ChargingRules
from rules.money import Yen


def charging_rules(connection: Connection, day: date) -> ChargingRules:
    """Those of a day in Japan: that on which a charge is asked for, or on which a member's first one was paid."""
    return ChargingRules(
        least=Yen(rule_in_force(connection, "charging.least_yen", day)),
        most=Yen(rule_in_force(connection, "charging.most_yen", day)),
        new_days=rule_in_force(connection, "charging.new_days", day),
        new_per_day=Yen(rule_in_force(connection, "charging.new_per_day_yen", day)),
        new_in_total=Yen(rule_in_force(connection, "charging.new_in_total_yen", day)),
        per_day=Yen(rule_in_force(connection, "charging.per_day_yen", day)),
        per_month=Yen(rule_in_force(connection, "charging.per_month_yen", day)),
        first_hours=rule_in_force(connection, "charging.first_hours", day),
    )
