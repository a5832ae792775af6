"""`yukemuri-central rides alighted`: staff say where somebody got off who forgot to touch their phone."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from central.database.transaction import Database, database_file
from central.rides.by_phone.alighted_there import NotThere, alighted_there


@click.command("alighted")
@click.argument("ride", type=click.IntRange(1))
@click.argument("stop")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="センターのデータの場所 / central's data folder",
)
@click.option("--staff", required=True, help="担当者 / who does it")
@click.option("--why", required=True, help="理由 / why")
def alighted_command(ride: int, stop: str, data: Path, staff: str, why: str) -> None:
    """携帯でバスを読んだ人が降りた停留所を記録する / Note where somebody got off who forgot to touch their phone.

    RIDE は「本日の運行」の phone/7 の7、STOP は停留所のID。ドアがそこで開いた記録に結びつけ、計算しなおします /
    RIDE is the 7 of phone/7, STOP a stop's id. It is tied to the bus's record of its door there, and charged anew.
    """
    database = Database(database_file(data))
    try:
        with database.write() as connection:
            found = alighted_there(connection, ride, stop, staff, why, _now())
    finally:
        database.close()
    if isinstance(found, NotThere):
        click.echo(found, err=True)
        sys.exit(1)
    fare = "運賃不明 / no fare known" if found.known.fare is None else f"{found.known.fare:,}円"
    click.echo(f"記録しました。 / Noted: {found.name} {found.known.alight_stop_id} {fare}")


def _now() -> int:
    """A command is where time comes in."""
    return int(datetime.now(UTC).timestamp())  # noqa: TID251
