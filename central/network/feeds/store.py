"""Feeds as they came in. Those that became editions are kept for ever, of the others the newest few."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from central.database.tables import editions, feeds
from central.database.transaction import Connection
from rules.network.feed.archive import files_in_zip

KEPT = 8
"""Of those that never became an edition."""
ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a kept zip, so that equal feeds are equal bytes."""


@dataclass(frozen=True, slots=True)
class FeedKept:
    """A feed in the list. `editions` are those it became."""

    id: int
    source: str
    received_at: int
    editions: tuple[int, ...]


def add_feed(connection: Connection, files: Mapping[str, bytes], source: str, at: int) -> int:
    """Keep a feed that came in at Unix second `at`; its id. The same bytes as the newest are that one again."""
    packed = _packed(files)
    digest = hashlib.sha256(packed).hexdigest()
    newest = connection.execute(
        select(feeds.c.id, feeds.c.digest).order_by(feeds.c.id.desc()).limit(1)
    ).first()
    if newest is not None and newest.digest == digest:
        return int(newest.id)
    row = {"source": source, "received_at": at, "digest": digest, "zip": packed}
    feed_id: int = connection.execute(insert(feeds).values(row).returning(feeds.c.id)).scalar_one()
    _let_go(connection)
    return feed_id


def list_feeds(connection: Connection) -> list[FeedKept]:
    """Every feed that is kept, newest first."""
    became: dict[int, list[int]] = {}
    for row in connection.execute(
        select(editions.c.feed_id, editions.c.number)
        .where(editions.c.feed_id.is_not(None))
        .order_by(editions.c.number)
    ):
        became.setdefault(row.feed_id, []).append(row.number)
    query = select(feeds.c.id, feeds.c.source, feeds.c.received_at)
    return [
        FeedKept(row.id, row.source, row.received_at, tuple(became.get(row.id, ())))
        for row in connection.execute(query.order_by(feeds.c.id.desc()))
    ]


def find_feed(connection: Connection, feed_id: int) -> FeedKept | None:
    """One of them, None if it is not kept."""
    return next((feed for feed in list_feeds(connection) if feed.id == feed_id), None)


def newest_feed(connection: Connection) -> int | None:
    """The id of the feed that came in last."""
    newest: int | None = connection.scalar(select(func.max(feeds.c.id)))
    return newest


def feed_files(connection: Connection, feed_id: int) -> dict[str, bytes]:
    """The files of a kept feed. Raises NoResultFound for one that is not kept."""
    packed = connection.scalars(select(feeds.c.zip).where(feeds.c.id == feed_id)).one()
    return files_in_zip(packed)


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, ALWAYS)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return packed.getvalue()


def _let_go(connection: Connection) -> None:
    unused = select(feeds.c.id).where(
        feeds.c.id.not_in(select(editions.c.feed_id).where(editions.c.feed_id.is_not(None)))
    )
    old = list(connection.scalars(unused.order_by(feeds.c.id.desc()).offset(KEPT)))
    connection.execute(delete(feeds).where(feeds.c.id.in_(old)))
