"""`yukemuri-central charging …`: the switch of charging by card, and giving a charge back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from central.charging import store
from central.charging.open_gateway import open_gateway
from central.charging.refund_charge import Wish, refund_charge
from central.charging.store import Switch
from central.charging.switch import is_on, turn
from central.charging.words import NOT_REFUNDED, REASONS, STATES
from central.database.transaction import Connection, Database, database_file
from central.japan import stamp_text
from central.settings import SettingsWrong, load
from rules.charging.refund import RefundReason

data_option = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="センターのデータの場所 / central's data folder",
)
by_option = click.option("--by", "said_by", required=True, help="誰が決めたか / who says so")


@click.group()
def charging() -> None:
    """カードでのチャージ / Charging by card."""


@charging.command()
@data_option
@by_option
@click.option("--reason", required=True, help="理由 / why")
def off(data: Path, said_by: str, reason: str) -> None:
    """カードでのチャージを止める / Take no charges by card.

    支払いのすんだ分は入ります / What is paid already is credited all the same.
    """
    _turn(data, Switch(False, reason, said_by, _now()))
    click.echo("カードでのチャージを止めました。 / Charging by card is off.")


@charging.command()
@data_option
@by_option
@click.option("--reason", required=True, help="理由 / why")
def on(data: Path, said_by: str, reason: str) -> None:
    """カードでのチャージを再開する / Take charges by card again."""
    _turn(data, Switch(True, reason, said_by, _now()))
    click.echo("カードでのチャージを再開しました。 / Charging by card is on.")


@charging.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line")
def status(data: Path, as_json: bool) -> None:
    """受け付けているか、チャージと確かめる知らせの件数 / Whether it is on, how many charges, what to look at."""
    with _opened(data, write=False) as connection:
        switch, counts = store.find_switch(connection), store.count_states(connection)
        found = {
            "on": is_on(connection),
            "reason": switch.reason if switch else "",
            "by": switch.said_by if switch else "",
            "at": switch.at if switch else None,
            "charges": {str(state): count for state, (count, _) in counts.items()},
            "incidents": store.count_open_incidents(connection),
        }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False).encode())
        return
    click.echo("受け付けています。 / On." if found["on"] else "止めています。 / Off.")
    if switch is not None:
        click.echo(f"{stamp_text(switch.at)}  {switch.said_by}: {switch.reason}")
    for state, (count, amount) in counts.items():
        click.echo(f"{count:>9,}  {amount:>12,}円  {' / '.join(STATES[state])}")
    click.echo(f"{found['incidents']:>9,}  確かめる知らせ / to be looked at")


@charging.command()
@click.argument("charge_id", metavar="CHARGE")
@click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(path_type=Path),
    help="設定ファイル / the settings file",
)
@by_option
@click.option(
    "--reason",
    required=True,
    type=click.Choice([str(reason) for reason in RefundReason]),
    help="、".join(f"{reason}: {words[0]}" for reason, words in REASONS.items()),
)
def refund(charge_id: str, config_file: Path, said_by: str, reason: str) -> None:
    """使われていないチャージをカードに返す / Give a whole, unused charge back to its card."""
    try:
        settings = load(config_file)
        wish = Wish(charge_id, RefundReason(reason), said_by)
    except (SettingsWrong, ValueError) as wrong:
        _fail(str(wrong))
    database = Database(database_file(settings.data))
    try:
        gateway = open_gateway(settings.charging)
        answer = refund_charge(database, gateway, settings.charging.rules, wish, _now())
    finally:
        database.close()
    if answer is not None:
        _fail(" / ".join(NOT_REFUNDED[answer]))
    practice = "（練習用：お金は動きません / practice: no money moves）" if gateway.mode.is_practice else ""
    click.echo(f"返しました。 / It was given back.{practice}")


def _turn(data: Path, switch: Switch) -> None:
    with _opened(data, write=True) as connection:
        try:
            turn(connection, switch)
        except ValueError:
            _fail(
                "理由と名前を200字までで書いてください / Give a reason and a name of at most 200 characters each"
            )


@contextmanager
def _opened(data: Path, *, write: bool) -> Iterator[Connection]:
    database = Database(database_file(data))
    try:
        with database.write() if write else database.read() as connection:
            yield connection
    finally:
        database.close()


def _fail(reason: str) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(1)


def _now() -> int:
    """A command is where time comes in."""
    return int(datetime.now(UTC).timestamp())  # noqa: TID251
