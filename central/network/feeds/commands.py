"""`yukemuri-central network check` and `fares`: what a feed says, before anything is made of it."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from central.command_line import json_option, now, print_document
from central.network.feeds.check_feed import FeedCheck, check_feed, unreadable
from central.network.feeds.open_feed import open_feed, read_feed
from central.network.feeds.second_opinion import second_opinion
from central.network.say import fail, print_problems
from rules.network.fares import FareProblem
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import FeedRead
from rules.network.feed.read import read as read_files
from rules.network.in_force import service_day

FARE_COLUMNS = ("route_id", "from_stop_id", "to_stop_id", "fare", "problem")
WORDS = {
    "stops": "停留所 / stops",
    "poles": "標柱 / poles",
    "patterns": "運行パターン / patterns",
    "trips": "便 / trips",
    "fare_rules": "運賃規則 / fare rules",
    "pairs": "停留所の組 / pairs of stops",
    "missing": "運賃のない組 / pairs without a fare",
    "conflicts": "運賃が二つある組 / pairs with two prices",
}

feed_argument = click.argument("feed", type=click.Path(path_type=Path))


@click.command("check")
@feed_argument
@json_option
@click.option(
    "--second-opinion",
    "second",
    is_flag=True,
    help="gtfs-validatorの指摘も加える(2分まで) / add what gtfs-validator finds (up to 2 minutes)",
)
def check_command(feed: Path, as_json: bool, second: bool) -> None:
    """FEED(zipまたはフォルダ)を読み、件数と問題を示す / Counts and problems of FEED, a zip or folder.

    使えないデータなら終了コード1 / Exit 1 if FEED cannot be used.
    """
    try:
        result = _check(feed, second)
    except FeedUnreadable as error:
        if as_json:
            print_document(unreadable(feed, error).document())
        fail(str(error))
    if as_json:
        print_document(result.document())
    else:
        _print_check(result)


@click.command("fares")
@feed_argument
def fares_command(feed: Path) -> None:
    """FEEDのすべての停留所の組の運賃をCSVで出力 / The fare of every pair of stops of FEED as CSV.

    route_id、from_stop_id、to_stop_id の文字順 / Rows in the order of route_id, from_stop_id, to_stop_id as text.
    """
    read = read_or_exit(feed)
    table = read.draft.fares
    # Written as it is made: pairs of long ids can be far larger than the feed.
    text = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(FARE_COLUMNS)
    for pair in read.pairs:
        fare = table.adult(*pair)
        rows.writerow((*pair, "", fare.value) if isinstance(fare, FareProblem) else (*pair, fare, ""))
    text.detach()


def read_or_exit(feed: Path) -> FeedRead:
    """The feed; where nothing can be made of it, the command ends with the reason."""
    try:
        with Console(stderr=True).status("読んでいます… / Reading…"):
            return read_feed(feed)
    except FeedUnreadable as error:
        fail(str(error))


def _check(feed: Path, second: bool) -> FeedCheck:
    with Console(stderr=True).status("調べています… / Checking…"):
        files, today = open_feed(feed), service_day(now())
        result = check_feed(read_files(files), today)
        others = second_opinion(files, today) if second else ()
    return replace(result, problems=(*result.problems, *others))


def _print_check(result: FeedCheck) -> None:
    for name, count in result.counts().items():
        click.echo(f"{count:>9,}  {WORDS[name]}")
    print_problems(result.problems)
    if result.publishable:
        click.echo("このまま公開できます。 / It can be published as it is.")
    else:
        click.echo("公開するには error を直してください。 / Mend the errors to publish it.")
