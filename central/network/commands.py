"""`yukemuri-central network …`: check a feed, list its fares, publish it."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console

from central.network.editions.commands import data_option, list_command, withdraw_command
from central.network.editions.first_day import WrongDay, first_day
from central.network.editions.publish_edition import publish
from central.network.feeds.check_feed import FeedCheck, check_feed, last_running_day, unreadable
from central.network.feeds.open_feed import open_feed, read_feed
from central.network.feeds.second_opinion import second_opinion
from central.network.say import fail, harmless
from rules.network.fares import FareProblem
from rules.network.feed.problems import FeedUnreadable, Problem, Severity
from rules.network.feed.read import FeedRead
from rules.network.feed.read import read as read_files

JAPAN = timedelta(hours=9)
MAX_REASONS = 20
WORST_FIRST = tuple(Severity)
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


@click.group()
def network() -> None:
    """路線と運賃のデータ(GTFS-JP) / The network: stops, trips and fares of a GTFS or GTFS-JP feed."""


@network.command()
@feed_argument
@click.option("--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line")
@click.option(
    "--second-opinion",
    "second",
    is_flag=True,
    help="gtfs-validatorの指摘も加える(2分まで) / add what gtfs-validator finds (up to 2 minutes)",
)
def check(feed: Path, as_json: bool, second: bool) -> None:
    """FEED(zipまたはフォルダ)を読み、件数と問題を示す / Counts and problems of FEED, a zip or folder.

    使えないデータなら終了コード1 / Exit 1 if FEED cannot be used.
    """
    try:
        result = _check(feed, second)
    except FeedUnreadable as error:
        if as_json:
            _print_document(unreadable(feed, error))
        fail(str(error))
    if as_json:
        _print_document(result)
    else:
        _print_check(result)


@network.command()
@feed_argument
def fares(feed: Path) -> None:
    """FEEDのすべての停留所の組の運賃をCSVで出力 / The fare of every pair of stops of FEED as CSV.

    route_id、from_stop_id、to_stop_id の文字順 / Rows in the order of route_id, from_stop_id, to_stop_id as text.
    """
    read = _read_or_exit(feed)
    table = read.draft.fares
    # Written as it is made: pairs of long ids can be far larger than the feed.
    text = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(FARE_COLUMNS)
    for pair in read.pairs:
        fare = table.adult(*pair)
        rows.writerow((*pair, "", fare.value) if isinstance(fare, FareProblem) else (*pair, fare, ""))
    text.detach()


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
    from central.network.editions.store import open_for_publishing

    read = _read_or_exit(feed)
    if read.errors:
        _print_problems(read.errors)
        fail("問題を直してから公開してください。 / Mend these problems, then publish.")
    if read.missing:
        click.echo(
            f"運賃のない組が{read.missing}あります / {read.missing} pairs of stops have no fare", err=True
        )
    day = first_day(read, wanted, _today())
    if isinstance(day, WrongDay):
        fail(_wrong_day(day, read))
    with open_for_publishing(data) as (store, seal):
        edition = publish(read, store, seal, day)
    click.echo(
        f"第{edition.number}版を公開しました({edition.valid_from}から) / "
        f"Edition {edition.number} is published, valid from {edition.valid_from}"
    )


network.add_command(list_command)
network.add_command(withdraw_command)


def _wrong_day(day: WrongDay, read: FeedRead) -> str:
    begins, ends = read.draft.valid_from, last_running_day(read)
    return {
        WrongDay.NO_DAY: "--valid-from は 2026-10-01 のように書いてください。 / Write --valid-from like 2026-10-01.",
        WrongDay.PAST: "過ぎた日からは有効にできません。今日か後の日にしてください。 / "
        "An edition cannot be valid from a day that is over; choose today or a later one.",
        WrongDay.TOO_FAR: "1年より先の日です。年を確かめてください。 / That is more than a year ahead; check the year.",
        WrongDay.BEFORE_FEED: f"このデータの便は{begins}からです。その日か後にしてください。 / "
        f"The feed begins on {begins}; choose that day or a later one.",
        WrongDay.AFTER_FEED: f"このデータの便は{ends}で終わります。その日か前にしてください。 / "
        f"The feed's trips end on {ends}; choose that day or an earlier one.",
    }[day]


def _today() -> date:
    """The day in Japan, which has had no summer time since 1951. A command is where time comes in."""
    return (datetime.now(UTC) + JAPAN).date()  # noqa: TID251


def _check(feed: Path, second: bool) -> FeedCheck:
    with Console(stderr=True).status("調べています… / Checking…"):
        files, today = open_feed(feed), _today()
        result = check_feed(read_files(files), today)
        others = second_opinion(files, today) if second else ()
    return replace(result, problems=(*result.problems, *others))


def _read(feed: Path) -> FeedRead:
    with Console(stderr=True).status("読んでいます… / Reading…"):
        return read_feed(feed)


def _read_or_exit(feed: Path) -> FeedRead:
    try:
        return _read(feed)
    except FeedUnreadable as error:
        fail(str(error))


def _print_document(result: FeedCheck) -> None:
    """One line of UTF-8, whatever the locale is."""
    click.echo(json.dumps(result.document(), ensure_ascii=False).encode())


def _print_check(result: FeedCheck) -> None:
    for name, count in result.counts().items():
        click.echo(f"{count:>9,}  {WORDS[name]}")
    _print_problems(result.problems)
    if result.publishable:
        click.echo("このまま公開できます。 / It can be published as it is.")
    else:
        click.echo("公開するには error を直してください。 / Mend the errors to publish it.")


def _print_problems(problems: Sequence[Problem]) -> None:
    """The worst problems first, a screenful; --json has them all."""
    shown = sorted(problems, key=lambda problem: WORST_FIRST.index(problem.severity))[:MAX_REASONS]
    for problem in shown:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        click.echo(f"[{problem.severity.value}] {place} {harmless(problem.message)}", err=True)
    more = len(problems) - len(shown)
    if more:
        click.echo(f"ほか{more}件(--json で全件) / {more} more (all of them with --json)", err=True)
