"""Programmes: what a lot belongs to. Who issued it and under which law decides what the office must report of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from rules.ledger.accounts import KURAPO, RIDE_VALUE, Unit
from rules.ledger.expiry import Expiry, FiscalYearEnd, MonthsFromGrant, MonthsFromUse, NoExpiry
from rules.ledger.lots import Origin
from rules.ledger.order import MAX_AMOUNT

KURAPO_PAID: Final = "kurapo"
"""くらポ that somebody paid for."""
BUS_TICKET: Final = "bus-ticket"
"""What a bus ticket (バス回数券) was bought for."""
SIX_MONTHS: Final = 6

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_MAX_TITLE = 100
_NEVER = NoExpiry()


class LegalClass(StrEnum):
    """How the Payment Services Act (資金決済法) sees a programme. The values are stored and stay stable."""

    VILLAGE = "village"
    """Issued by the village itself: exempt from chapter 2 (第4条第3号)."""
    SELF = "self"
    """自家型: good only at its issuer's, to be notified above the threshold."""
    THIRD_PARTY = "third-party"
    """第三者型: issued by another body than the village and good at others' shops, after registration."""
    SIX_MONTHS = "six-months"
    """Good for at most six months from issue and therefore exempt (第4条第2号); never prolonged."""
    GIVEN = "given"
    """Given for nothing: no prepayment at all."""

    @property
    def is_covered(self) -> bool:
        """Whether chapter 2 holds: what was paid for and is unused counts on a base day (基準日)."""
        return self in (LegalClass.SELF, LegalClass.THIRD_PARTY)


class NotProlonged(ValueError):
    """A programme that is exempt because it is short was to become longer."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme. Amounts are whole units, None for without limit; `starts` and `ends` are days, both included.

    `budget` is the most that may ever be approved for it. Raises ValueError for what cannot be.
    """

    id: str
    title_ja: str
    title_en: str
    issuer: str
    legal: LegalClass
    origin: Origin
    unit: Unit = KURAPO
    expiry: Expiry = _NEVER
    starts: date | None = None
    ends: date | None = None
    cap_per_person: int | None = None
    cap_per_day: int | None = None
    budget: int | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r}: a-z, 0-9 and hyphens, at most 60")
        for name in ("title_ja", "title_en", "issuer", "unit"):
            if not 0 < len(getattr(self, name).strip()) <= _MAX_TITLE:
                raise ValueError(f"{name} has from 1 to {_MAX_TITLE} characters")
        for name in ("cap_per_person", "cap_per_day", "budget"):
            amount = getattr(self, name)
            if amount is not None and not 0 < amount <= MAX_AMOUNT:
                raise ValueError(f"{name} is from 1 to {MAX_AMOUNT}")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends is before starts")
        if (self.legal is LegalClass.GIVEN) and self.origin is Origin.PAID:
            raise ValueError("legal class 'given' is for what nobody paid for")
        if self.legal is LegalClass.SIX_MONTHS and not _is_short(self.expiry):
            raise ValueError(f"exempt by six months: expiry is at most {SIX_MONTHS} months from grant")

    @property
    def fixed(self) -> tuple[str, Unit, Origin]:
        """What of it never changes: id, unit and origin."""
        return self.id, self.unit, self.origin

    def is_open_on(self, day: date) -> bool:
        """Whether value is given on that day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


def changed(before: Programme, after: Programme) -> Programme:
    """`after`, if a programme may become that. What lots already say does not change with it.

    Raises NotProlonged for one that is exempt by six months, ValueError for another id or unit.
    """
    if before.fixed != after.fixed:
        raise ValueError("id, unit and origin of a programme do not change: add another programme")
    if before.legal is LegalClass.SIX_MONTHS:
        if after.legal is not before.legal:
            raise NotProlonged("a programme exempt by six months stays one")
        assert isinstance(before.expiry, MonthsFromGrant)
        assert isinstance(after.expiry, MonthsFromGrant)
        if after.expiry.months > before.expiry.months:
            raise NotProlonged("a programme exempt by six months is never prolonged")
    return after


def _is_short(expiry: Expiry) -> bool:
    match expiry:
        case MonthsFromGrant(months):
            return months <= SIX_MONTHS
        case NoExpiry() | FiscalYearEnd() | MonthsFromUse():
            return False


BUILT_IN: Final = {
    each.id: each
    for each in (
        Programme(KURAPO_PAID, "くらポ", "Kurapo", "village", LegalClass.VILLAGE, Origin.PAID),
        Programme(
            BUS_TICKET,
            "バス回数券",
            "Bus ticket",
            "village",
            LegalClass.VILLAGE,
            Origin.PAID,
            unit=RIDE_VALUE,
        ),
    )
}
"""Those that are there without anybody adding them, as long as nobody has changed them."""
