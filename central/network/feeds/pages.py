"""路線と運賃: the editions there are, feeds as they come in, and what becomes of a feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of, day_title
from central.network.draft import Draft, Drafts, draft_version
from central.network.editions.compare_editions import compare
from central.network.editions.first_day import WrongDay, explain, first_day
from central.network.editions.publish_edition import Seal
from central.network.editions.store import current_edition, list_editions, newest_published
from central.network.fares.store import fares_decided
from central.network.feeds.check_feed import check_feed
from central.network.feeds.fetch_feed import fetch
from central.network.feeds.second_opinion import second_opinion
from central.network.feeds.store import FeedKept, feed_files, find_feed, list_feeds, newest_feed
from central.network.geofences.store import geofences_corrected
from central.network.publish_draft import NotPublished, publish_draft
from central.network.receive_feed import receive_feed
from rules.network.feed.archive import files_in_zip
from rules.network.feed.problems import FeedUnreadable, Problem, Severity
from rules.network.in_force import Standing, service_day

Fetch = Callable[[str], bytes]

MAX_ZIP_BYTES = 32 * 1024 * 1024
FORM_BYTES = 64 * 1024
"""Around the zip in a form."""
ROWS = 20
"""Of a list on the page of a feed, until all are asked for."""
OWN_ADDRESS = "https://api.gtfs-data.jp/v2/organizations/ohkuravillage/feeds/OhkuraVillage/files/feed.zip"
"""大蔵村's own, where it publishes it."""
LONGEST_NAME = 200

NO_FILE = "zipファイルを選んでください。 / Choose a zip file."
CHANGED = (
    "この画面を開いたあとに訂正が変わりました。新しい内容を確かめて、もう一度公開してください。 / "
    "Corrections changed since this page was opened: look at it as it is now, and publish again."
)
HAS_ERRORS = "エラーが残っているので公開できません。 / There are errors left, so it cannot be published."
STANDINGS = {
    Standing.COMING: ("予定", "coming", "warn"),
    Standing.IN_FORCE: ("現行", "in force", "good"),
    Standing.REPLACED: ("旧版", "replaced", ""),
    Standing.WITHDRAWN: ("取り下げ", "withdrawn", "bad"),
}


def feed_pages(
    database: Database, drafts: Drafts, now: Callable[[], int], seal: Seal, download: Fetch = fetch
) -> Blueprint:
    """The blueprint. `now` gives Unix seconds, `seal` seals what is published, `download` gets a zip by its address."""
    pages = Blueprint("feeds", __name__, url_prefix="/network", template_folder="templates")
    desk = _Desk(database, drafts, now, seal, download)
    pages.add_url_rule("", "overview", desk.overview, methods=["GET"])
    pages.add_url_rule("/feeds", "upload", desk.upload, methods=["POST"])
    pages.add_url_rule("/feeds/fetch", "fetch_feed", desk.fetch, methods=["POST"])
    pages.add_url_rule("/feeds/<int:feed_id>", "feed", desk.feed, methods=["GET"])
    pages.add_url_rule("/feeds/<int:feed_id>/publish", "publish", desk.publish, methods=["POST"])
    return pages


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    drafts: Drafts
    now: Callable[[], int]
    seal: Seal
    download: Fetch

    def overview(self) -> ResponseReturnValue:
        return self._overview()

    def upload(self) -> ResponseReturnValue:
        request.max_content_length = MAX_ZIP_BYTES + FORM_BYTES
        file = request.files.get("feed")
        if file is None or not file.filename:
            return self._overview(HTTPStatus.UNPROCESSABLE_ENTITY, refusal=NO_FILE)
        return self._take(lambda: files_in_zip(file.read()), PurePath(file.filename).name)

    def fetch(self) -> ResponseReturnValue:
        address = request.form.get("address", "").strip()
        return self._take(lambda: files_in_zip(self.download(address)), address, address=address)

    def feed(self, feed_id: int) -> ResponseReturnValue:
        return self._feed(feed_id, request.args.get("from"))

    def publish(self, feed_id: int) -> ResponseReturnValue:
        at, wanted = self.now(), request.form.get("from", "")
        with self.database.read() as connection:
            if find_feed(connection, feed_id) is None:
                abort(HTTPStatus.NOT_FOUND)
            draft = self.drafts.of(connection, feed_id, service_day(self.now()))
        if draft.version != request.form.get("version"):
            return self._feed(feed_id, wanted, CHANGED)
        day = first_day(draft.read, wanted, service_day(at))
        if isinstance(day, WrongDay):
            return self._feed(feed_id, wanted, explain(day, draft.read))
        with self.database.write() as connection:
            edition = publish_draft(connection, draft, self.seal, day, at)
            if not isinstance(edition, NotPublished):
                about = f"edition:{edition.number}"
                staff_did(connection, "edition-published", about, {"feed": feed_id}, at)
        if isinstance(edition, NotPublished):
            return self._feed(feed_id, wanted, CHANGED if edition is NotPublished.CHANGED else HAS_ERRORS)
        return redirect(url_for("feeds.overview", published=edition.number), HTTPStatus.SEE_OTHER)

    def _take(self, files: Callable[[], dict[str, bytes]], source: str, **typed: str) -> ResponseReturnValue:
        try:
            who = f"staff:{staff().name}"
            draft = receive_feed(self.database, files(), source[:LONGEST_NAME], self.now(), who)
            self.drafts.add(draft, service_day(self.now()))
        except FeedUnreadable as refused:
            return self._overview(HTTPStatus.UNPROCESSABLE_ENTITY, refusal=str(refused), **typed)
        return redirect(url_for("feeds.feed", feed_id=draft.feed_id), HTTPStatus.SEE_OTHER)

    def _overview(self, status: HTTPStatus = HTTPStatus.OK, **said: str) -> ResponseReturnValue:
        with self.database.read() as connection:
            shown = _overview(connection, self.now())
        return render_template("feeds/overview.html", **shown, **said), status

    def _feed(self, feed_id: int, wanted: str | None, refusal: str = "") -> ResponseReturnValue:
        with self.database.read() as connection:
            kept = find_feed(connection, feed_id)
            if kept is None:
                abort(HTTPStatus.NOT_FOUND)
            draft = self.drafts.of(connection, feed_id, service_day(self.now()))
            shown = _feed(connection, kept, draft, wanted, self.now())
            others = _second_opinion(connection, feed_id, day_of(self.now()))
        page = render_template("feeds/feed.html", **shown, others=others, refusal=refusal)
        return page, HTTPStatus.CONFLICT if refusal else HTTPStatus.OK


def _overview(connection: Connection, at: int) -> dict[str, Any]:
    day = service_day(at)
    editions, kept = list_editions(connection, day), list_feeds(connection)
    newest = newest_feed(connection)
    said = {
        "published": request.args.get("published", type=int),
        "withdrawn": request.args.get("withdrawn", type=int),
    }
    return {
        "editions": editions,
        "feeds": kept,
        "sources": {feed.id: feed.source for feed in kept},
        "standings": STANDINGS,
        "newest": newest,
        "unpublished": newest is not None
        and bool(editions)
        and newest_published(connection) != draft_version(connection, newest),
        "geofences": len(geofences_corrected(connection)),
        "fares": len(fares_decided(connection)),
        "clock": lambda wall: clock_text(wall, day),
        "day_title": day_title,
        "own_address": OWN_ADDRESS,
        **said,
    }


def _feed(
    connection: Connection, kept: FeedKept, draft: Draft, wanted: str | None, at: int
) -> dict[str, Any]:
    today = service_day(at)
    proposed = first_day(draft.read, wanted, today)
    # A day that cannot be meant is said where it is typed; what is compared with is then today's edition.
    day = today if isinstance(proposed, WrongDay) else proposed
    running = current_edition(connection, day)
    check = check_feed(draft.read, today)
    return {
        "feed": kept,
        "edition": draft.read.draft,
        "version": draft.version,
        "check": check,
        "problems": _by_severity(check.problems),
        "running": running,
        "differences": None if running is None else compare(running, draft.read.draft),
        "rows": None if request.args.get("all") else ROWS,
        "first_day": day if wanted is None else wanted,
        "today": today,
        "clock": lambda wall: clock_text(wall, today),
        "day_title": day_title,
    }


def _by_severity(problems: tuple[Problem, ...]) -> dict[Severity, list[Problem]]:
    return {severity: [each for each in problems if each.severity is severity] for severity in Severity}


def _second_opinion(connection: Connection, feed_id: int, today: date) -> tuple[Problem, ...] | None:
    """gtfs-validator's findings where they are asked for: it takes seconds."""
    if not request.args.get("second"):
        return None
    return second_opinion(feed_files(connection, feed_id), today)
