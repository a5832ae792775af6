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


def explain(wrong: WrongDay, read: FeedRead) -> str:
    """Why the day cannot be meant, and which can, for whoever asked."""
    begins, ends = read.draft.valid_from, last_running_day(read)
    return {
        WrongDay.NO_DAY: "日付は 2026-10-01 のように書いてください。 / Write the day like 2026-10-01.",
        WrongDay.PAST: "過ぎた日からは有効にできません。今日か後の日にしてください。 / "
        "An edition cannot be valid from a day that is over; choose today or a later one.",
        WrongDay.TOO_FAR: "1年より先の日です。年を確かめてください。 / That is more than a year ahead; check the year.",
        WrongDay.BEFORE_FEED: f"このデータの便は{begins}からです。その日か後にしてください。 / "
        f"The feed begins on {begins}; choose that day or a later one.",
        WrongDay.AFTER_FEED: f"このデータの便は{ends}で終わります。その日か前にしてください。 / "
        f"The feed's trips end on {ends}; choose that day or an earlier one.",
    }[wrong]
