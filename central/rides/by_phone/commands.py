"""`yukemuri-central rides alighted`: staff say where somebody got off who forgot to touch their phone."""

from __future__ import annotations

from pathlib import Path

import click

from central.command_line import data_option, fail, now, writing
from central.rides.by_phone.alighted_there import NotThere, alighted_there


@click.command("alighted")
@click.argument("ride", type=click.IntRange(1))
@click.argument("stop")
@data_option
@click.option("--staff", required=True, help="担当者 / who does it")
@click.option("--why", required=True, help="理由 / why")
def alighted_command(ride: int, stop: str, data: Path, staff: str, why: str) -> None:
    """携帯でバスを読んだ人が降りた停留所を記録する / Note where somebody got off who forgot to touch their phone.

    RIDE は「運行」の phone/7 の7、STOP は停留所のID。ドアがそこで開いた記録に結びつけ、計算しなおします /
    RIDE is the 7 of phone/7, STOP a stop's id. It is tied to the bus's record of its door there, and charged anew.
    """
    with writing(data) as connection:
        found = alighted_there(connection, ride, stop, staff, why, now())
    if isinstance(found, NotThere):
        fail(found)
    fare = "運賃不明 / no fare known" if found.known.fare is None else f"{found.known.fare:,}円"
    click.echo(f"記録しました。 / Noted: {found.name} {found.known.alight_stop_id} {fare}")
