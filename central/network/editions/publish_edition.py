"""A feed that has been read becomes a numbered edition, sealed and kept for the machines to fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from rules.messages.edition_file import pack_edition
from rules.network.edition import Edition
from rules.network.feed.read import FeedRead

Seal = Callable[[bytes], bytes]
"""Makes the sealed file of a packed edition (`rules.messages.edition_file.seal_edition` with central's key)."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What is asked for: the first service day, at which Unix second, of which kept feed and version of its draft.

    `notice` is shown wherever the edition is, "" for none.
    """

    valid_from: date
    at: int
    feed_id: int | None = None
    draft: str = ""
    notice: str = ""


class EditionStore(Protocol):
    """Where editions are kept. Numbers rise and are never given twice."""

    def next_number(self) -> int:
        """The number the next edition must carry."""

    def add(self, edition: Edition, sealed: bytes, asked: Publishing) -> None:
        """Keeps the edition and its sealed file, and puts it into the log for machines; all or nothing."""


def publish_edition(read: FeedRead, number: int, valid_from: date, notice: str = "") -> Edition:
    """The feed as edition `number`.

    Raises ValueError for a feed with errors (`FeedRead.errors`): two prices for a ride, or parts that could not be
    used, are the office's to settle first.
    """
    if read.errors:
        raise ValueError(read.errors[0].message)
    return replace(read.draft, number=number, valid_from=valid_from, notice=notice)


def publish(read: FeedRead, store: EditionStore, seal: Seal, asked: Publishing) -> Edition:
    """Publishes the feed under the store's next number and returns the edition. Raises ValueError as above."""
    edition = publish_edition(read, store.next_number(), asked.valid_from, asked.notice)
    store.add(edition, seal(pack_edition(edition)), asked)
    return edition
