"""What a form about a programme says, and how it differs from what there is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from central.programmes.programme_text import programme_fields, read_programme
from central.set_up.programmes.words import EXPIRY, FIELDS, LEGAL
from central.set_up.rules.read_form import read_number
from central.words.words import Words
from rules.ledger.programmes import LegalClass, Programme

_CAPS = ("cap_per_person", "cap_per_day", "budget")
_TEXTS = ("title_ja", "title_en", "issuer")


@dataclass(frozen=True, slots=True)
class Changed:
    """One field that is another; `loosens` if it lets more be given than before."""

    name: Words
    before: str
    after: str
    loosens: bool


def read_programme_form(form: Mapping[str, str], before: Programme | None) -> Programme:
    """The programme that the form wants; of one that is there, id, unit and origin stay. Raises ProgrammeWrong."""
    said: dict[str, Any] = {name: form.get(name, "").strip() for name in (*_TEXTS, "legal")}
    said |= {name: form.get(name, "").strip() or None for name in ("starts", "ends")}
    said |= {name: _cap(form.get(name, "")) for name in _CAPS}
    rule, months = form.get("expiry", ""), form.get("months", "")
    said["expiry"] = {"rule": rule, "months": _cap(months) if rule.startswith("months") else None}
    if before is None:
        said |= {"id": form.get("id", "").strip(), "origin": form.get("origin", "")}
    else:
        said |= {"id": before.id, "unit": before.unit, "origin": before.origin}
    # What JSON has no room for, such as half a letter, is refused as text like any other fault.
    return read_programme(json.dumps(said))


def form_of(programme: Programme) -> dict[str, str]:
    """The form as it says what the programme is."""
    fields = programme_fields(programme)
    expiry = fields.pop("expiry")
    said = {name: "" if value is None else str(value) for name, value in fields.items()}
    return said | {"expiry": expiry["rule"], "months": str(expiry["months"] or "")}


def differences(before: Programme, after: Programme) -> list[Changed]:
    """Everything that is not the same."""
    old, new = programme_fields(before), programme_fields(after)
    return [
        Changed(words, value_text(name, old[name]), value_text(name, new[name]), _loosens(name, old, new))
        for name, words in FIELDS.items()
        if old[name] != new[name]
    ]


def value_text(name: str, value: Any) -> str:
    """A field's value in words."""
    if name == "expiry":
        ja, _ = EXPIRY[value["rule"]]
        return f"{ja} {value['months']}" if value["months"] else ja
    if name == "legal":
        return LEGAL[LegalClass(value)][0]
    if value is None:
        return "なし"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _loosens(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if name not in _CAPS or old[name] is None:
        return False
    return new[name] is None or new[name] > old[name]


def _cap(typed: str) -> int | str | None:
    """A number, None for an empty field; what is no number stays as it is, to be refused by its name."""
    number = read_number(typed)
    return number if number is not None else typed.strip() or None
