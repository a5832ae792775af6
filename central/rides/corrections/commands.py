"""`yukemuri-central rides rederive`: a day's stops and fares worked out anew from the machines' records."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from central.command_line import data_option, json_option, now, print_document, reading, writing
from central.rides.corrections.rederive_day import Difference, Rederived, rederive_day
from central.rides.corrections.rows import Stops


@click.group()
def rides() -> None:
    """乗車 / Rides."""


@rides.command()
@data_option
@click.option(
    "--date", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="運行日 / the service day"
)
@click.option("--apply", "do_apply", is_flag=True, help="違いを訂正する / correct what differs")
@json_option
def rederive(data: Path, day: datetime, do_apply: bool, as_json: bool) -> None:
    """一日の乗降と運賃を記録から計算しなおす / Work a day's stops and fares out anew from the records.

    違いがあれば終了コード1。--apply は、ほかの訂正と同じきまりで訂正します / Exit 1 on any difference; --apply corrects
    it by the rules of every other correction: less at once within the day, all else waits for staff.
    """
    with (writing if do_apply else reading)(data) as connection:
        found = rederive_day(connection, f"{day:%Y-%m-%d}", now() if do_apply else None)
    if as_json:
        print_document(_document(found, f"{day:%Y-%m-%d}", applied=do_apply))
    else:
        _print(found, applied=do_apply)
    if found.differences and not do_apply:
        sys.exit(1)


def _document(found: Rederived, day: str, *, applied: bool) -> dict[str, object]:
    return {
        "day": day,
        "rides": found.rides,
        "differences": [_row(each) for each in found.differences],
        "applied": applied,
    }


def _row(difference: Difference) -> dict[str, object]:
    ride = difference.ride
    return {
        "device": ride.device,
        "epoch": ride.epoch,
        "number": ride.board_number,
        "pass": ride.pass_id,
        "from": _ends(ride.stops),
        "fare": ride.fare,
        "to": _ends(difference.stops),
        "fare_due": difference.fare_to,
    }


def _ends(stops: Stops) -> list[str]:
    return [stops.board.stop_id, stops.alight.stop_id]


def _print(found: Rederived, *, applied: bool) -> None:
    for each in found.differences:
        ride = each.ride
        due = "?" if each.fare_to is None else f"{each.fare_to:,}"
        click.echo(
            f"{ride.device} {ride.epoch[:8]} #{ride.board_number}: "
            f"{'→'.join(_ends(ride.stops))} {ride.fare:,}円 ⇒ {'→'.join(_ends(each.stops))} {due}円"
        )
    count = len(found.differences)
    if not count:
        click.echo(f"{found.rides}件の乗車に違いはありません。 / {found.rides} rides, no difference.")
    elif applied:
        click.echo(
            f"{found.rides}件のうち{count}件を訂正したか、職員の確認待ちにしました。 / "
            f"Of {found.rides} rides {count} were corrected, or wait for staff now."
        )
    else:
        click.echo(
            f"{found.rides}件のうち{count}件に違いがあります。--apply で訂正できます。 / "
            f"Of {found.rides} rides {count} differ; --apply corrects them."
        )
