"""What the office has set for this kiosk, each from a day on; before the first of them the kiosk's own file counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.hours import Hours, local_time
from kiosk.ports import Visit

if TYPE_CHECKING:
    from kiosk.station import Rules
    from rules.instant import Instant
    from rules.messages.link import KioskTerm


def rules_at(own: Rules, terms: Iterable[KioskTerm], at: Instant) -> Rules:
    """The rules at a moment by this machine's clock; `own` are those of its file.

    Without the time the clock stands at the last that is known, and so do the rules. A kind of visit that its class of
    card stands for may be gone: then such a card counts as the first one.
    """
    today = local_time(at).date().isoformat()
    begun = [each for each in terms if each.from_day <= today and each.visits]
    if not begun:
        return own
    # Of one day the last counts, and `max` takes the first of equals.
    term = max(reversed(begun), key=lambda each: each.from_day)
    kana = {(each.id, each.ja): each.kana for each in own.visits}
    visits = tuple(
        Visit(each.id, each.ja, each.en, each.points, each.kana or kana.get((each.id, each.ja), ""))
        for each in term.visits
    )
    known = {each.id for each in visits}
    return replace(
        own,
        visits=visits,
        cards={rider_class: visit for rider_class, visit in own.cards.items() if visit in known},
        hours=Hours(term.opens, term.closes),
        good_hours=term.valid_hours,
    )
