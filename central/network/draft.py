"""The edition that a feed would become: the feed, and what the office corrected in it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from central.database.transaction import Connection
from central.network.fares.store import fares_decided
from central.network.fares.store import newest_word as newest_fare_word
from central.network.feeds.store import feed_files
from central.network.geofences.store import geofences_corrected
from central.network.geofences.store import newest_word as newest_geofence_word
from rules.network.feed.corrections import Corrections
from rules.network.feed.read import FeedRead, read

KEPT = 3
"""Drafts in memory; the largest feed takes some 30 MB."""


@dataclass(frozen=True, slots=True)
class OfficeSays:
    """All that the office says beside a feed. `version` names it: another word, another version."""

    version: str
    corrections: Corrections


@dataclass(frozen=True, slots=True)
class Draft:
    """`version` names the feed and every word of the office that went into it."""

    feed_id: int
    version: str
    read: FeedRead


def office_says(connection: Connection) -> OfficeSays:
    """What the office says now."""
    return OfficeSays(
        _version(connection), Corrections(geofences_corrected(connection), fares_decided(connection))
    )


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
        self._kept: OrderedDict[str, Draft] = OrderedDict()

    def of(self, connection: Connection, feed_id: int) -> Draft:
        """The draft of a kept feed as it is now. Raises FeedUnreadable, and NoResultFound for an unknown feed."""
        # One at a time: two readers of one large feed would only take twice as long.
        with self._turn:
            version = draft_version(connection, feed_id)
            if version not in self._kept:
                found = read(feed_files(connection, feed_id), office_says(connection).corrections)
                self._kept[version] = Draft(feed_id, version, found)
            self._kept.move_to_end(version)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[version]


def _version(connection: Connection) -> str:
    return f"{newest_geofence_word(connection)}-{newest_fare_word(connection)}"
