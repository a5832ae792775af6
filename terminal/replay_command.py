"""`yukemuri-terminal replay`: a recorded trip, decided again by the terminal's own loop."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from rules.messages.events import SettledBy
from rules.network.feed.archive import files_in_zip
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import read
from rules.ride.outcomes import Movement
from terminal.replay.drive import Answered, Final, Forgotten, Happening, Moved, Replay, Settled
from terminal.replay.recording import RecordingUnusable, read_sensed, read_shown
from terminal.screen.words import WORDS

if TYPE_CHECKING:
    from datetime import date

    from rules.network.edition import Edition

MOVEMENTS = {Movement.BOARD: "乗車 board", Movement.ALIGHT: "降車 alight", Movement.REFUSED: "お断り refused"}
WHO_KNOWS = {
    SettledBy.LATER: "後の位置から確定 settled by what was seen later",
    SettledBy.DRIVER: "運転士の指定 as the driver said",
}
STILL_SHOWN = "still-shown"
FILE = click.Path(exists=True, path_type=Path)


@click.command("replay")
@click.option("--network", type=FILE, required=True, help="GTFSのzipまたはフォルダ / GTFS zip or folder")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="運行日 / service day")
@click.option("--trip", "trip_id", required=True, help="便のtrip_id / the trip")
@click.option("--fixes", type=FILE, required=True, help="t,lat,lon,speed_mps,hdop[,door,odometer_m]")
@click.option("--taps", type=FILE, required=True, help="t,pass,class")
@click.option(
    "--json", "as_json", is_flag=True, help="タップごとにJSONを1行 / one line of JSON for every tap"
)
def replay_command(
    network: Path, on: datetime, trip_id: str, fixes: Path, taps: Path, *, as_json: bool
) -> None:
    """記録した便をもう一度判定する / Decide a recorded trip again, by the bus's own program.

    時刻tは運行日の0時からの秒。空欄は「わからない」。だれもバスの質問には答えない。

    t is seconds after the service day's midnight; an empty field is unknown. Nobody answers the bus's questions.
    """
    day = on.date()
    try:
        edition = _edition(network, day)
        sensed, shown = read_sensed(fixes), read_shown(taps)
    except (FeedUnreadable, RecordingUnusable) as reason:
        _refuse(str(reason))
    if trip_id not in edition.trips:
        _refuse(f"便 {trip_id} は {network} にありません / there is no trip {trip_id} in {network}")
    if all(trip.trip_id != trip_id for trip in edition.trips_on(day)):
        click.echo(f"{day} に便 {trip_id} は走りません / trip {trip_id} does not run on {day}", err=True)
    names = [stop.name for stop in edition.stops_of(trip_id)]
    told: list[Happening] = []
    replayed = Replay(edition, trip_id, day, told.append)
    replayed.run(sensed, shown)
    for each in told:
        if not as_json:
            click.echo(_in_words(each, names))
        elif isinstance(each, Answered):
            click.echo(json.dumps(_as_line(each, replayed.final(each)), ensure_ascii=False))


def _edition(network: Path, day: date) -> Edition:
    """The feed as the edition in force on that day. Raises FeedUnreadable."""
    if network.is_dir():
        files = {path.name: path.read_bytes() for path in network.iterdir() if path.is_file()}
    else:
        files = files_in_zip(network.read_bytes())
    draft = read(files).draft
    return replace(draft, number=1, valid_from=min(day, draft.valid_from))


def _as_line(answered: Answered, final: Final) -> dict[str, Any]:
    """One tap, as it was answered and as it was settled."""
    shown, record = answered.shown, answered.record
    line: dict[str, Any] = {"t": shown.t, "pass": shown.name, "event": "refused", "stop_id": None}
    line |= {"confidence": None, "asked_driver": False, "fare": None, "outcome": STILL_SHOWN, "reason": ""}
    if record is not None:
        fare = int(record.fare) if record.movement is Movement.ALIGHT else None
        line |= {"event": str(record.movement), "stop_id": record.stop_id or None, "fare": fare}
        line |= {
            "confidence": record.confidence,
            "asked_driver": record.asked,
            "outcome": str(record.outcome),
            "reason": record.place_reason,
        }
    return line | {"final_stop_id": final.stop_id, "final_fare": final.fare}


def _in_words(happening: Happening, names: list[str]) -> str:
    match happening:
        case Moved(t, index, reason):
            where = "停留所の間 / between stops" if index is None else names[index]
            return f"{_clock(t)}      {where}    {reason}"
        case Answered(shown, None):
            return (
                f"{_clock(shown.t)}  –  {shown.name}    前の答えのまま / still in view from its last answer"
            )
        case Answered(shown, record) if record is not None:
            said = WORDS[record.outcome]
            what = f"{MOVEMENTS[record.movement]}  {said.key} / {said.key_en}"
            at = names[record.stop_index] if record.stop_id else "–"
            fare = f"  {record.fare}円" if record.movement is Movement.ALIGHT else ""
            return (
                f"{_clock(shown.t)}  ●  {shown.name}  {what}  {at}{fare}    "
                f"{record.confidence:.2f}  {record.place_reason}"
            )
        case Settled(t, people, word):
            at, why = names[word.stop_index], WHO_KNOWS[word.by]
            return f"{_clock(t)}  ○  {'、'.join(people)}  {why}  {at}    {word.confidence:.2f}"
        case Forgotten(name, left):
            at = names[left.stop_index] if left.stop_id else "–"
            return f"            {name}  降りる合図がありません / left open  {at}  {left.fare}円"
    raise AssertionError(happening)


def _clock(t: float) -> str:
    """Hours may pass 24, as in a timetable."""
    minutes, seconds = divmod(int(t), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _refuse(reason: str) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(1)
