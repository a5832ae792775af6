"""A feed comes in: it is read with all that the office says, and kept if anything can be made of it."""

from __future__ import annotations

from collections.abc import Mapping

from central.audit.write_down import SYSTEM, write_down
from central.database.transaction import Database
from central.network.draft import Draft, office_says, read_draft, version_of
from central.network.feeds.store import add_feed
from rules.network.in_force import service_day


def receive_feed(
    database: Database, files: Mapping[str, bytes], source: str, at: int, by: str = SYSTEM
) -> Draft:
    """The draft of the feed, which came from `source` at Unix second `at`, brought by whom the audit log names `by`.

    Raises FeedUnreadable where nothing can be made of it; nothing is kept then.
    """
    with database.read() as connection:
        says = office_says(connection)
    # Reading a large feed takes seconds, in which the buses' records must not wait for the writer.
    found = read_draft(files, says, service_day(at))
    with database.write() as connection:
        feed_id = add_feed(connection, files, source, at)
        write_down(connection, by, "feed-received", f"feed:{feed_id}", {"source": source}, at)
    return Draft(feed_id, version_of(feed_id, says.version), found)
