"""`yukemuri-central charging …`: the switch of charging by card, and giving a charge back."""

from __future__ import annotations

from pathlib import Path

import click

from central.charging import store
from central.charging.open_gateway import open_gateway
from central.charging.refund_charge import Wish, refund_charge
from central.charging.store import Switch
from central.charging.switch import is_on, turn
from central.charging.words import NOT_REFUNDED, REASONS, STATES
from central.command_line import (
    config_option,
    data_option,
    fail,
    json_option,
    now,
    opened,
    print_document,
    reading,
    settings_or_exit,
    writing,
)
from central.japan import stamp_text
from rules.charging.refund import RefundReason

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
    _turn(data, Switch(False, reason, said_by, now()))
    click.echo("カードでのチャージを止めました。 / Charging by card is off.")


@charging.command()
@data_option
@by_option
@click.option("--reason", required=True, help="理由 / why")
def on(data: Path, said_by: str, reason: str) -> None:
    """カードでのチャージを再開する / Take charges by card again."""
    _turn(data, Switch(True, reason, said_by, now()))
    click.echo("カードでのチャージを再開しました。 / Charging by card is on.")


@charging.command()
@data_option
@json_option
def status(data: Path, as_json: bool) -> None:
    """受け付けているか、チャージと確かめる知らせの件数 / Whether it is on, how many charges, what to look at."""
    with reading(data) as connection:
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
        print_document(found)
        return
    click.echo("受け付けています。 / On." if found["on"] else "止めています。 / Off.")
    if switch is not None:
        click.echo(f"{stamp_text(switch.at)}  {switch.said_by}: {switch.reason}")
    for state, (count, amount) in counts.items():
        click.echo(f"{count:>9,}  {amount:>12,}円  {' / '.join(STATES[state])}")
    click.echo(f"{found['incidents']:>9,}  確かめる知らせ / to be looked at")


@charging.command()
@click.argument("charge_id", metavar="CHARGE")
@config_option
@by_option
@click.option(
    "--reason",
    required=True,
    type=click.Choice([str(reason) for reason in RefundReason]),
    help="、".join(f"{reason}: {words[0]}" for reason, words in REASONS.items()),
)
def refund(charge_id: str, config_file: Path, said_by: str, reason: str) -> None:
    """使われていないチャージをカードに返す / Give a whole, unused charge back to its card."""
    settings = settings_or_exit(config_file)
    try:
        wish = Wish(charge_id, RefundReason(reason), said_by)
    except ValueError as wrong:
        fail(str(wrong))
    with opened(settings.data) as database:
        gateway = open_gateway(settings.charging)
        answer = refund_charge(database, gateway, wish, now())
    if answer is not None:
        fail(" / ".join(NOT_REFUNDED[answer]))
    practice = "（練習用：お金は動きません / practice: no money moves）" if gateway.mode.is_practice else ""
    click.echo(f"返しました。 / It was given back.{practice}")


def _turn(data: Path, switch: Switch) -> None:
    with writing(data) as connection:
        try:
            turn(connection, switch)
        except ValueError:
            fail(
                "理由と名前を200字までで書いてください / Give a reason and a name of at most 200 characters each"
            )
