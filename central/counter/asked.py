"""What a form of the counter says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from central.members.register_member import NewMember
from rules.passes.rider_pass import RiderClass

LONGEST_ID = 64
MAX_YEN = 10**7
MAX_TEXT = 100


def command_of(form: Mapping[str, str]) -> str | None:
    """The id that the page made for what it asks, None for a form that is not one of ours."""
    made = form.get("id", "")
    return f"desk/{made}" if 8 <= len(made) <= LONGEST_ID and made.isascii() and made.isalnum() else None


def whole_of(text: str) -> int | None:
    """A whole number however it is typed (１，０００円, 1,000), None for anything else."""
    digits = unicodedata.normalize("NFKC", text).strip().removesuffix("円").replace(",", "").replace("、", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len(str(MAX_YEN)) else None


def newcomer_of(form: Mapping[str, str]) -> NewMember | None:
    """Who is to be registered; None without a name or a class, and for what nobody is called."""
    name, kana, phone, rider_class = (
        form.get(each, "").strip() for each in ("name", "kana", "phone", "class")
    )
    if not name or max(map(len, (name, kana, phone))) > MAX_TEXT:
        return None
    if rider_class not in {str(int(each)) for each in RiderClass}:
        return None
    return NewMember(name, kana, RiderClass(int(rider_class)), "", phone)
