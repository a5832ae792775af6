"""`yukemuri-central rides receipt`: what a ride cost and what paid for it, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from central.command_line import data_option, fail, json_option, print_document, reading
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from rules.messages.events import RecordRef
from rules.ride.receipt import Line, Receipt


def _named(_context: click.Context, _parameter: click.Parameter, value: str) -> int | tuple[str, RecordRef]:
    """A ride by its boarding record, or one by a phone by its number."""
    kind, _, place = value.partition("/")
    if kind == "phone" and place.isdecimal() and place.isascii():
        return int(place[:18])
    device, epoch, number, *more = [*value.split("/"), "", ""]
    if more != ["", ""] or not (device and epoch and number.isdecimal() and number.isascii()):
        raise click.BadParameter(
            f"「{value}」を bus-001/0123abcd/42 か phone/7 のように書いてください / "
            "write it like bus-001/0123abcd/42 or phone/7"
        )
    return device, RecordRef(epoch, int(number[:18]))


@click.command("receipt")
@click.argument("ride", metavar="DEVICE/EPOCH/NUMBER|phone/NUMBER", callback=_named)
@data_option
@json_option
def receipt_command(ride: int | tuple[str, RecordRef], data: Path, as_json: bool) -> None:
    """乗車の明細: 何にいくら、何で払ったか / A ride's receipt: what it cost and what paid for it.

    乗車は、乗ったときの記録の名前で、携帯での乗車は番号で指します / A ride is named by the record of its boarding,
    one by a phone that read the bus by its number.
    """
    with reading(data) as connection:
        found = (
            read_phone_receipt(connection, ride) if isinstance(ride, int) else read_receipt(connection, *ride)
        )
    if isinstance(found, NoReceipt):
        fail(found)
    if as_json:
        print_document(asdict(found))
    else:
        _print(found)


def _print(found: Receipt) -> None:
    click.echo(f"乗車明細 / Receipt  {found.ride}")
    forgotten = "  (降車の記録なし / no alighting)" if found.forgotten else ""
    click.echo(f"{found.service_date}  {found.board[0]} → {found.alight[0]}{forgotten}")
    _lines(found.cost)
    click.echo(f"  {found.fare:>7,}円  合計 / total")
    click.echo("支払い / Paid")
    _lines(found.paid)
    for change in found.changes:
        click.echo(
            f"訂正 / corrected: {change.from_fare:,}円 → {change.to_fare:,}円  {change.ja} / {change.en}"
        )


def _lines(lines: Iterable[Line]) -> None:
    for line in lines:
        click.echo(f"  {line.yen:>7,}円  {line.ja} / {line.en}")
