"""Who issued a programme's value, and what 資金決済法 (the Payment Services Act) asks of them for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.ledger.accounts import Unit, trips
from rules.ledger.programmes import KURAPO_PAID

BASE_DAYS: Final = ((3, 31), (9, 30))
"""基準日: month and day on which the unused balance counts."""
BASE_YEN: Final = 10_000_000
"""基準額: an issuer with more unused than this must notify, or be registered, and deposit half of it."""


class LegalClass(StrEnum):
    """Of value that was paid for."""

    PUBLIC = "public"
    """Issued by a municipality: exempt by article 4, item 3."""
    SIX_MONTHS = "six-months"
    """Good for less than six months from its issue: exempt by article 4, item 2."""
    COVERED = "covered"
    """Chapter 2 holds."""
    UNKNOWN = "unknown"
    """Nobody has said yet; counted as if chapter 2 held."""

    @property
    def counts(self) -> bool:
        """Whether its unused balance counts against `BASE_YEN`."""
        return self in (LegalClass.COVERED, LegalClass.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Issued:
    """A programme's issuer, "" where nobody has said, and its class."""

    issuer: str
    legal: LegalClass


_VILLAGE = Issued("村 / the village", LegalClass.PUBLIC)
_PROGRAMMES = {KURAPO_PAID: _VILLAGE}
_NOBODY_SAID = Issued("", LegalClass.UNKNOWN)


def issued_by(programme: str) -> Issued:
    """Who answers for the programme."""
    return _PROGRAMMES.get(programme, _NOBODY_SAID)


def counts_in_yen(unit: Unit) -> bool:
    """Whether one of the unit is worth 1 yen; trips are not."""
    return not unit.startswith(trips(0).removesuffix("0"))


def deposit(unused: int) -> int:
    """The least 発行保証金 in yen for so much unused, 0 up to `BASE_YEN`: half of it, rounded up."""
    return 0 if unused <= BASE_YEN else -(-unused // 2)
