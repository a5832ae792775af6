"""Editions: numbered, kept, and whole in the log for machines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from central.database.transaction import DataUnusable
from central.devices.down_log import page_after
from central.network.editions.publish_edition import Publishing, publish
from central.network.editions.store import SqlEditionStore, current_edition, open_for_publishing
from rules.messages.codec import decode_entry
from rules.messages.edition_file import join_edition, open_edition
from rules.messages.link import EditionPart, Seen
from rules.network.feed.read import FeedRead
from rules.passes.key_set import open_key_set
from rules.passes.seal import Use, check
from tests.central.office import NOW, new_office


@pytest.fixture(scope="module")
def feed(repository: Path) -> FeedRead:
    from central.network.feeds.open_feed import read_feed

    return read_feed(repository / "hil" / "line")


def test_publishing_puts_the_whole_edition_under_seal_into_the_log(tmp_path: Path, feed: FeedRead) -> None:
    days = (date(2026, 10, 1), date(2026, 12, 1), date(2026, 11, 1))
    published = []
    for day in days:
        with open_for_publishing(tmp_path, NOW) as (database, seal), database.write() as connection:
            asked = Publishing(day, NOW)
            published.append(publish(feed, SqlEditionStore(connection), seal, asked))
    assert [edition.number for edition in published] == [1, 2, 3]
    with new_office(tmp_path) as office, office.database.read() as connection:
        keys = open_key_set(office.keys.key_set, office.keys.root_public)
        parts, seen = [], Seen("", 0)
        while (page := page_after(connection, office.keys.down, "bus", seen)) is not None:
            parts += [
                entry
                for entry in map(decode_entry, map(bytes, page.entries))
                if isinstance(entry, EditionPart)
            ]
            seen = Seen(page.log, page.first + len(page.entries) - 1)

        def from_the_office(kid: int, body: bytes, signature: bytes) -> bool:
            key = keys.find(Use.DOWN, kid, None) if keys else None
            return key is not None and check(Use.DOWN, body, signature, key.public)

        for edition in published:
            mine = [part for part in parts if part.number == edition.number]
            assert open_edition(join_edition(mine), from_the_office) == edition
        assert current_edition(connection, date(2026, 9, 30)) is None
        assert current_edition(connection, date(2026, 10, 31)) == published[0]
        assert current_edition(connection, date(2026, 11, 1)) == published[2]
        # The newest in force wins, as on the buses: the third was published after the second.
        assert current_edition(connection, date(2026, 12, 24)) == published[2]


def test_what_fails_while_publishing_publishes_nothing(tmp_path: Path, feed: FeedRead) -> None:
    asked = Publishing(date(2026, 10, 1), NOW)
    with open_for_publishing(tmp_path, NOW) as (database, seal):
        with pytest.raises(ZeroDivisionError), database.write() as connection:
            assert publish(feed, SqlEditionStore(connection), seal, asked).number / 0
        with database.read() as connection:
            assert SqlEditionStore(connection).next_number() == 1


def test_a_data_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataUnusable, match="権限"), open_for_publishing(tmp_path / "file", NOW):
        pass
