"""From which day an edition is valid: what the office asked for, unless it cannot be meant."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from central.network.feeds.check_feed import last_running_day
from rules.network.feed.read import FeedRead

LONGEST_AHEAD = timedelta(days=366)


class WrongDay(StrEnum):
    """Why an edition cannot be valid from a day."""

    NO_DAY = "no day"
    PAST = "past"
    TOO_FAR = "too far"
    BEFORE_FEED = "before the feed"
    AFTER_FEED = "after the feed"


def first_day(read: FeedRead, wanted: str | None, today: date) -> date | WrongDay:
    """The day asked for as YYYY-MM-DD; without one today, or the feed's first day where that is later.

    A feed that has ended already is the office's to judge: only a day after an end still to come is refused.
    """
    feed_begins = read.draft.valid_from
    if wanted is None:
        return max(today, feed_begins)
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        return WrongDay.NO_DAY
    if day.isoformat() != wanted:
        return WrongDay.NO_DAY
    if day < today:
        return WrongDay.PAST
    if day > today + LONGEST_AHEAD:
        return WrongDay.TOO_FAR
    if day < feed_begins:
        return WrongDay.BEFORE_FEED
    return WrongDay.AFTER_FEED if day > last_running_day(read) >= today else day
