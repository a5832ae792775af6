"""A draft becomes the next edition, if it is still what whoever publishes it has seen."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from central.database.transaction import Connection
from central.network.draft import Draft, draft_version
from central.network.editions.publish_edition import Publishing, Seal, publish
from central.network.editions.store import SqlEditionStore
from rules.network.edition import Edition


class NotPublished(StrEnum):
    """Why a draft stays one."""

    ERRORS = "errors"
    """There is something to mend or to decide first."""
    CHANGED = "changed"
    """The office has said something since the draft was read."""


def publish_draft(
    connection: Connection, draft: Draft, seal: Seal, valid_from: date, at: int
) -> Edition | NotPublished:
    """Publish the draft from service day `valid_from`, at Unix second `at`, within a write transaction."""
    if draft.version != draft_version(connection, draft.feed_id):
        return NotPublished.CHANGED
    if draft.read.errors:
        return NotPublished.ERRORS
    asked = Publishing(valid_from, at, draft.feed_id, draft.version)
    return publish(draft.read, SqlEditionStore(connection), seal, asked)
