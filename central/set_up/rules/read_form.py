"""What a form about a rule says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from central.japan import parse_day
from central.office_rules.set_rule import RuleWanted
from central.set_up.rules.words import NO_DAY, NO_NUMBER

_MOST_DIGITS = 12


def read_wanted(form: Mapping[str, str], name: str, said_by: str) -> RuleWanted | str:
    """What is wanted of the rule of that name; why it cannot be read, in words."""
    value = read_number(form.get("value", ""))
    if value is None:
        return NO_NUMBER
    day = parse_day(form.get("from_day", ""))
    if day is None:
        return NO_DAY
    return RuleWanted(name, value, day, said_by, form.get("why", ""))


def read_number(typed: str) -> int | None:
    """A whole number as people type it, also with commas and in full width; None for anything else."""
    digits = unicodedata.normalize("NFKC", typed).strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        return None
    return int(digits)
