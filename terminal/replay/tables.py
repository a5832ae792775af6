"""A trip recorded in two tables, decided again and told as it happens."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from rules.network.feed.archive import files_in_zip
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import read
from terminal.replay.drive import Answered, Forgotten, Happening, Moved, Replay, Settled
from terminal.replay.recording import read_sensed, read_shown
from terminal.replay.words import WHO_KNOWS, answer_words, clock, tap_line

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from rules.network.edition import Edition


@dataclass(frozen=True, slots=True)
class Tables:
    """What is replayed: a feed, a trip of it, and what was recorded on service day `day`."""

    network: Path
    day: date
    trip_id: str
    fixes: Path
    taps: Path


class TripUnknown(Exception):
    """The feed has no such trip. The text is a sentence."""


def replay_tables(tables: Tables, *, as_json: bool) -> None:
    """Print what happens. Raises FeedUnreadable, RecordingUnusable and TripUnknown."""
    network, day, trip_id = tables.network, tables.day, tables.trip_id
    edition = _edition(network, day)
    sensed, shown = read_sensed(tables.fixes), read_shown(tables.taps)
    if trip_id not in edition.trips:
        raise TripUnknown(f"便 {trip_id} は {network} にありません / there is no trip {trip_id} in {network}")
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
            final = replayed.final(each)
            line = tap_line(each.shown.t, each.shown.name, each.record, (final.stop_id, final.fare))
            click.echo(json.dumps(line, ensure_ascii=False))


def _edition(network: Path, day: date) -> Edition:
    """The feed as the edition in force on that day. Raises FeedUnreadable."""
    try:
        if network.is_dir():
            files = {path.name: path.read_bytes() for path in network.iterdir() if path.is_file()}
        else:
            files = files_in_zip(network.read_bytes())
    except OSError as error:
        raise FeedUnreadable(
            f"{error.filename or network} を読めません（{error.strerror}）。権限を確かめてください。",
            f"{error.filename or network} cannot be read ({error.strerror}); check its permissions.",
        ) from error
    draft = read(files).draft
    return replace(draft, number=1, valid_from=min(day, draft.valid_from))


def _in_words(happening: Happening, names: list[str]) -> str:
    match happening:
        case Moved(t, index, reason):
            where = "停留所の間 / between stops" if index is None else names[index]
            return f"{clock(t)}      {where}    {reason}"
        case Answered(shown, None):
            return f"{clock(shown.t)}  –  {shown.name}    前の答えのまま / still in view from its last answer"
        case Answered(shown, record) if record is not None:
            at = names[record.stop_index] if record.stop_id else "–"
            return f"{clock(shown.t)}  {answer_words(record, shown.name, at)}"
        case Settled(t, people, word):
            at, why = names[word.stop_index], WHO_KNOWS[word.by]
            return f"{clock(t)}  ○  {'、'.join(people)}  {why}  {at}    {word.confidence:.2f}"
        case Forgotten(name, left):
            at = names[left.stop_index] if left.stop_id else "–"
            return f"            {name}  降りる合図がありません / left open  {at}  {left.fare}円"
    raise AssertionError(happening)
