"""The edition that a feed would become: the feed, what the office corrected in it, and the office's own fare rules."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date

from central.database.transaction import Connection
from central.network.fares.store import fares_decided
from central.network.fares.store import newest_word as newest_fare_word
from central.network.feeds.store import feed_files
from central.network.geofences.store import geofences_corrected
from central.network.geofences.store import newest_word as newest_geofence_word
from central.network.tariff.check_sections import missing_sections
from central.network.tariff.store import newest_word as newest_tariff_word
from central.network.tariff.store import tariff_in_use
from rules.network.feed.corrections import Corrections
from rules.network.feed.read import FeedRead, read
from rules.network.feed.table import FeedFiles
from rules.tariff.tariff import Tariff

KEPT = 3
"""Drafts in memory."""


@dataclass(frozen=True, slots=True)
class OfficeSays:
    """All that the office says beside a feed. `version` names it: another word, another version."""

    version: str
    corrections: Corrections
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class Draft:
    """`version` names the feed and every word of the office that went into it."""

    feed_id: int
    version: str
    read: FeedRead


def office_says(connection: Connection) -> OfficeSays:
    """What the office says now."""
    return OfficeSays(
        _version(connection),
        Corrections(geofences_corrected(connection), fares_decided(connection)),
        tariff_in_use(connection),
    )


def read_draft(files: FeedFiles, says: OfficeSays, today: date) -> FeedRead:
    """The feed as the office wants it on `today`. Raises FeedUnreadable where nothing can be made of it."""
    found = read(files, says.corrections)
    draft = replace(found.draft, tariff=says.tariff)
    problems = missing_sections(says.tariff, draft, today)
    return replace(found, draft=draft, problems=(*found.problems, *problems))


def version_of(feed_id: int, said: str) -> str:
    """What names the draft of a feed with the words of the office that `said` names."""
    return f"{feed_id}-{said}"


def draft_version(connection: Connection, feed_id: int) -> str:
    """The version that the draft of a feed has now."""
    return version_of(feed_id, _version(connection))


class Drafts:
    """Reads drafts, and keeps the last few: a page asks for the same one again and again."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: OrderedDict[tuple[str, date], Draft] = OrderedDict()

    def of(self, connection: Connection, feed_id: int, today: date) -> Draft:
        """The draft of a kept feed as it is `today`. Raises FeedUnreadable, and NoResultFound for an unknown feed."""
        # One at a time: two readers of one large feed would only take twice as long.
        with self._turn:
            version = draft_version(connection, feed_id)
            if (version, today) not in self._kept:
                found = read_draft(feed_files(connection, feed_id), office_says(connection), today)
                self._keep(Draft(feed_id, version, found), today)
            self._kept.move_to_end((version, today))
            return self._kept[version, today]

    def add(self, draft: Draft, today: date) -> None:
        """Keep a draft that was just read."""
        with self._turn:
            self._keep(draft, today)

    def _keep(self, draft: Draft, today: date) -> None:
        self._kept[draft.version, today] = draft
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _version(connection: Connection) -> str:
    words = newest_geofence_word(connection), newest_fare_word(connection), newest_tariff_word(connection)
    return "-".join(map(str, words))
