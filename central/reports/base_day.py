"""What 資金決済法 (the Payment Services Act) asks of an issuer on a base day."""

from __future__ import annotations

from typing import Final

from rules.ledger.accounts import Unit, trips

BASE_DAYS: Final = ((3, 31), (9, 30))
"""基準日: month and day on which the unused balance counts."""
BASE_YEN: Final = 10_000_000
"""基準額: an issuer with more unused than this must notify, or be registered, and deposit half of it."""


def counts_in_yen(unit: Unit) -> bool:
    """Whether one of the unit is worth 1 yen; trips are not."""
    return not unit.startswith(trips(0).removesuffix("0"))


def deposit(unused: int) -> int:
    """The least 発行保証金 in yen for so much unused, 0 up to `BASE_YEN`: half of it, rounded up."""
    return 0 if unused <= BASE_YEN else -(-unused // 2)
