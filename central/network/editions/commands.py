"""`yukemuri-central network list` and `withdraw`: the editions that were published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.command_line import data_option, json_option, now, print_document, reading, writing
from central.network.editions.withdraw_edition import NotWithdrawn, Withdrawn, withdraw
from central.network.say import fail, harmless
from rules.network.in_force import Standing, service_day

if TYPE_CHECKING:
    from central.network.editions.store import EditionListed

STATES = {
    Standing.COMING: "予定 / coming",
    Standing.IN_FORCE: "現行 / in force",
    Standing.REPLACED: "旧版 / replaced",
    Standing.WITHDRAWN: "取り下げ / withdrawn",
}
NO_EDITION = (
    "版がまだありません。network publish FEED --data DIR で公開してください。 / "
    "There is no edition yet; publish one with: network publish FEED --data DIR"
)
REFUSALS = {
    NotWithdrawn.UNKNOWN: (
        "第{number}版はありません。network list で番号を確かめてください。 / "
        "There is no edition {number}; network list shows the numbers."
    ),
    NotWithdrawn.NOTHING_ELSE: (
        "第{number}版を取り下げると、バスに路線データがなくなります。先に代わりの版を公開してください。 / "
        "Without edition {number} buses have no timetable at all; publish the one that replaces it first."
    ),
}


@click.command("list")
@data_option
@json_option
def list_command(data: Path, as_json: bool) -> None:
    """公開した版の一覧 / The editions that were published, newest first."""
    from central.network.editions.store import list_editions

    day = service_day(now())
    with reading(data) as connection:
        listed = list_editions(connection, day)
    if as_json:
        _print_document(listed, day)
    elif not listed:
        click.echo(NO_EDITION, err=True)
    else:
        _print_list(listed)


@click.command("withdraw")
@click.argument("number", type=click.IntRange(min=1))
@data_option
def withdraw_command(number: int, data: Path) -> None:
    """第NUMBER版を取り下げる / Withdraws edition NUMBER: no trip begins by it any more.

    運行中の便と乗車はその版のまま終わる / Trips and rides under way end by it.
    """
    from central.network.editions.store import SqlEditionStore

    at = now()
    with writing(data) as connection:
        answer = withdraw(SqlEditionStore(connection), number, service_day(at), at)
    if isinstance(answer, NotWithdrawn):
        fail(REFUSALS[answer].format(number=number))
    _print_withdrawn(answer)


def _print_document(listed: Sequence[EditionListed], day: date) -> None:
    rows = [
        {
            "number": each.number,
            "valid_from": each.valid_from.isoformat(),
            "feed_version": each.feed_version,
            "operator": each.operator,
            "state": each.standing.value,
            "bytes": each.size,
        }
        for each in listed
    ]
    document = {"day": day.isoformat(), "editions": rows}
    print_document(document)


def _print_list(listed: Sequence[EditionListed]) -> None:
    for each in listed:
        name = harmless(" ".join(filter(None, (each.operator, each.feed_version))))
        click.echo(
            f"第{each.number}版  {each.valid_from}〜  {STATES[each.standing]}  {each.size:,} bytes  {name}"
        )


def _print_withdrawn(answer: Withdrawn) -> None:
    if answer.again:
        click.echo(
            f"第{answer.number}版はすでに取り下げてあります。 / Edition {answer.number} was withdrawn before."
        )
    else:
        click.echo(f"第{answer.number}版を取り下げました。 / Edition {answer.number} is withdrawn.")
    if answer.in_force is not None:
        click.echo(f"現行は第{answer.in_force}版です。 / Edition {answer.in_force} is in force.")
    elif answer.until is not None:
        click.echo(
            f"{answer.until}まで有効な版がありません。乗車は現金で扱ってください。 / "
            f"Until {answer.until} no edition is in force: buses take cash.",
            err=True,
        )
