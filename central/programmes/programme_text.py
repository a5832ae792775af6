"""A programme as JSON: what the office hands in as a file, and what is kept of every change."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rules.ledger.accounts import KURAPO, Unit
from rules.ledger.expiry import Expiry, FiscalYearEnd, MonthsFromGrant, MonthsFromUse, NoExpiry
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, Programme

_NAMES: dict[type[Expiry], str] = {
    NoExpiry: "none",
    FiscalYearEnd: "fiscal-year-end",
    MonthsFromGrant: "months-from-grant",
    MonthsFromUse: "months-from-use",
}


class ProgrammeWrong(Exception):
    """The text is no programme. The message names every fault."""


class _Expiry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: Literal["none", "fiscal-year-end", "months-from-grant", "months-from-use"] = "none"
    months: int | None = None

    def value(self) -> Expiry:
        counts = self.rule.startswith("months")
        if counts != (self.months is not None):
            raise ValueError(
                "expiry: months に月数が要ります（none と fiscal-year-end では不要） / months goes with months-from-…"
            )
        match self.rule:
            case "none":
                return NoExpiry()
            case "fiscal-year-end":
                return FiscalYearEnd()
            case "months-from-grant":
                return MonthsFromGrant(self.months or 0)
            case "months-from-use":
                return MonthsFromUse(self.months or 0)


class _Programme(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    title_ja: str
    title_en: str
    issuer: str
    legal: LegalClass
    origin: Origin
    unit: str = KURAPO
    expiry: _Expiry = _Expiry()
    starts: date | None = None
    ends: date | None = None
    cap_per_person: int | None = None
    cap_per_day: int | None = None
    budget: int | None = None


def read_programme(text: str | bytes) -> Programme:
    """The programme that JSON says. Raises ProgrammeWrong, with all that is wrong in it."""
    try:
        said = _Programme.model_validate_json(text)
        fields: dict[str, Any] = {name: getattr(said, name) for name in _Programme.model_fields}
        return Programme(**fields | {"unit": Unit(said.unit), "expiry": said.expiry.value()})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc'])) or 'JSON'}: {each['msg']}" for each in error.errors()]
        raise ProgrammeWrong("\n".join(faults)) from error
    except ValueError as error:
        raise ProgrammeWrong(str(error)) from error


def programme_fields(programme: Programme) -> dict[str, Any]:
    """In plain values, as `read_programme` takes them."""
    rule = programme.expiry
    expiry = {"rule": _NAMES[type(rule)], "months": getattr(rule, "months", None)}
    days = {"starts": _iso(programme.starts), "ends": _iso(programme.ends)}
    return asdict(programme) | {"expiry": expiry} | days


def write_programme(programme: Programme) -> str:
    """On one line."""
    return json.dumps(programme_fields(programme), ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
