"""What everything on sale has in common: a number, a name, a price, and the days on which it may be had."""

from __future__ import annotations

from datetime import date

from rules.money import Yen
from rules.passes.limits import U16

MAX_DAYS = 366
MAX_PRICE = 1_000_000
"""Yen; more is a slip of the finger."""


def check_sold(
    kind: tuple[str, str], number: int, name: str, price: Yen, first_day: date, last_day: date | None
) -> None:
    """Raises ValueError, whose text is for people, for what nobody could buy. `kind` names it in both languages."""
    check_range(kind, ("番号", "number"), number, 1, U16)
    check_range(kind, ("値段", "price"), price, 0, MAX_PRICE)
    if not name.strip():
        raise ValueError(f"{kind[0]}に名前を付けてください。 / Give the {kind[1]} a name.")
    if last_day is not None and last_day < first_day:
        raise ValueError(
            f"最終日({last_day})を初日({first_day})以後にしてください。 / "
            f"Let the last day ({last_day}) not come before the first ({first_day})."
        )


def check_range(kind: tuple[str, str], what: tuple[str, str], value: int, low: int, high: int) -> None:
    """Raises ValueError, whose text is for people, for a number outside `low` to `high`."""
    if not low <= value <= high:
        raise ValueError(
            f"{kind[0]}の{what[0]}は{low}から{high}までにしてください({value}ではなく)。 / "
            f"Let the {what[1]} of a {kind[1]} be from {low} to {high}, not {value}."
        )


def check_section(section: tuple[str, str]) -> None:
    """Raises ValueError, whose text is for people, unless these are two stops."""
    if not all(section) or len(set(section)) == 1:
        raise ValueError(
            "区間には別々の停留所を二つ選んでください。 / Choose two different stops for the section."
        )
