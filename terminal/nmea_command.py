"""`yukemuri-terminal nmea`: what the bus's reader makes of a recorded receiver."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.sensors.nmea import Refusal

if TYPE_CHECKING:
    from terminal.sensors.fixes import Reading


@click.command("nmea")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON per fix and a last one with the summary."
)
def nmea_command(log: Path, *, as_json: bool) -> None:
    """GPS受信機の記録を、端末と同じ読み方で読む / Read a receiver's recorded bytes as the bus would.

    LOGはファイル、または端末の録音フォルダ。採用した位置を一行ずつ、最後に捨てたものの数と理由を出す。

    LOG is a file, or the folder in which the terminal keeps its recordings. One line per accepted fix, then what was
    refused and why. Dates are shown as the receiver gave them.
    """
    # Loaded here: the other commands do without.
    from terminal.sensors.log import LogReader, chunks_of

    reader = LogReader()
    try:
        for reading in reader.read(chunks_of(log)):
            click.echo(json.dumps(_document(reading)) if as_json else _line(reading))
    except OSError as error:
        click.echo(
            f"{log} を読めません。場所と権限を確認してください / "
            f"{log} cannot be read: check where it is and its permissions ({error.strerror})",
            err=True,
        )
        sys.exit(1)
    refused = {why.value: reader.refused[why] for why in Refusal}
    if as_json:
        summary = {
            "fixes": reader.fixes,
            "sentences": reader.sentences,
            "refused": refused,
            "bytes_outside_sentences": reader.bytes_outside,
        }
        click.echo(json.dumps({"summary": summary}))
        return
    told = ", ".join(f"{why} {count}" for why, count in refused.items() if count) or "0"
    click.echo(f"位置 / fixes: {reader.fixes}  文 / sentences: {reader.sentences}  不採用 / refused: {told}")


def _document(reading: Reading) -> dict[str, object]:
    fix = reading.fix
    return {
        "time": _time(reading.wall),
        "lat": round(fix.lat, 9),
        "lon": round(fix.lon, 9),
        "speed_mps": None if fix.speed_mps is None else round(fix.speed_mps, 3),
        "hdop": fix.hdop,
        "sats": fix.satellites,
    }


def _line(reading: Reading) -> str:
    return f"{_time(reading.wall) or '-'}  {reading.fix.lat:.6f}  {reading.fix.lon:.6f}"


def _time(wall: float | None) -> str | None:
    if wall is None:
        return None
    moment = datetime.fromtimestamp(round(wall, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
