"""How many days something is still good, as every machine's doctor says it."""

from __future__ import annotations

from rules.checkup.check import Check, fail, warn, well

DAY_S = 86_400
ALARM_DAYS = 15
"""A machine's certificate is renewed at 60 of its 90 days, a list of withdrawn ones is made every day for 30."""


def days_left(name: str, ends: int, now: int, remedy: str) -> Check:
    """Of something that is good until Unix second `ends`. Less than 15 days is an alarm, none a failure."""
    days = (ends - now) // DAY_S
    if ends <= now:
        return fail(name, f"{-days}日前に切れました / it ended {-days} days ago", remedy)
    detail = f"あと{days}日 / {days} days left"
    return warn(name, detail, remedy) if days < ALARM_DAYS else well(name, detail)
