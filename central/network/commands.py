"""`yukemuri-central network …`: check a feed, list its fares, publish it, withdraw an edition."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from central.command_line import data_option, now
from central.network.editions.commands import list_command, withdraw_command
from central.network.editions.first_day import WrongDay, explain, first_day
from central.network.feeds.commands import check_command, fares_command, feed_argument, read_or_exit
from central.network.feeds.open_feed import open_feed
from central.network.say import fail, print_problems
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import FeedRead
from rules.network.in_force import service_day

if TYPE_CHECKING:
    from central.database.transaction import Database
    from central.network.draft import Draft


@click.group()
def network() -> None:
    """路線と運賃のデータ(GTFS-JP) / The network: stops, trips and fares of a GTFS or GTFS-JP feed."""


@network.command("publish")
@feed_argument
@data_option
@click.option(
    "--valid-from",
    "wanted",
    metavar="YYYY-MM-DD",
    help="有効になる運行日。なければ今日か、後ならデータの開始日 / "
    "the service day it is valid from; else today, or the feed's first day where that is later",
)
def publish_feed(feed: Path, data: Path, wanted: str | None) -> None:
    """FEEDを新しい版として公開する / Publishes FEED as a new numbered edition.

    バスはその日の最初の便から使う / Buses use it from the first trip of its day.
    """
    from central.database.transaction import database_file
    from central.network.editions.store import open_for_publishing
    from central.network.publish_draft import NotPublished, publish_draft

    at = now()
    if not database_file(data).exists():
        # A new office is not made for a feed that is refused, nor where the folder was only mistyped.
        _publishable_day(read_or_exit(feed), wanted, at)
    with open_for_publishing(data, at) as (database, seal):
        draft = _receive(database, feed, at)
        day = _publishable_day(draft.read, wanted, at)
        with database.write() as connection:
            edition = publish_draft(connection, draft, seal, day, at)
    if isinstance(edition, NotPublished):
        fail(
            "公開の間に役場の訂正が変わりました。もう一度実行してください。 / "
            "The office's corrections changed meanwhile: run this again."
        )
    click.echo(
        f"第{edition.number}版を公開しました({edition.valid_from}から) / "
        f"Edition {edition.number} is published, valid from {edition.valid_from}"
    )


for command in (check_command, fares_command, list_command, withdraw_command):
    network.add_command(command)


def _receive(database: Database, feed: Path, at: int) -> Draft:
    from central.network.receive_feed import receive_feed

    try:
        with Console(stderr=True).status("読んでいます… / Reading…"):
            return receive_feed(database, open_feed(feed), feed.name, at)
    except FeedUnreadable as error:
        fail(str(error))


def _publishable_day(read: FeedRead, wanted: str | None, at: int) -> date:
    """The day from which the feed may be published as it is read; else the command ends with the reason."""
    if read.errors:
        print_problems(read.errors)
        fail("問題を直してから公開してください。 / Mend these problems, then publish.")
    if read.missing:
        click.echo(
            f"運賃のない組が{read.missing}あります / {read.missing} pairs of stops have no fare", err=True
        )
    day = first_day(read, wanted, service_day(at))
    if isinstance(day, WrongDay):
        fail(explain(day, read))
    return day
