"""`yukemuri-terminal replay`: a recorded trip decided again, or a unit's own journal looked through."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

FILE = click.Path(exists=True, path_type=Path)


@click.command("replay")
@click.option("--network", type=FILE, help="GTFSのzipまたはフォルダ / GTFS zip or folder")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="運行日 / service day")
@click.option("--trip", "trip_id", help="便のtrip_id / the trip")
@click.option("--fixes", type=FILE, help="t,lat,lon,speed_mps,hdop[,door,odometer_m]")
@click.option("--taps", type=FILE, help="t,pass,class")
@click.option("--journal", type=click.Path(path_type=Path), help="端末のjournal.db / a terminal's journal.db")
@click.option(
    "--json", "as_json", is_flag=True, help="タップごとにJSONを1行 / one line of JSON for every tap"
)
def replay_command(
    network: Path | None,
    on: datetime | None,
    trip_id: str | None,
    fixes: Path | None,
    taps: Path | None,
    journal: Path | None,
    *,
    as_json: bool,
) -> None:
    """記録した便、または端末に残る記録をもう一度判定する / Decide a recorded trip, or a unit's journal, again.

    便は --network、--date、--trip、--fixes、--taps で。時刻tは運行日の0時からの秒。空欄は「わからない」。
    だれもバスの質問には答えない。端末の記録は --journal だけで（--date でその日だけ）。動いている端末には問い合わせ、
    止まっている端末ではファイルを読む。何も書き換えない。規則と違う記録があれば終了コードは1。

    A trip takes --network, --date, --trip, --fixes and --taps. t is seconds after the service day's midnight; an empty
    field is unknown; nobody answers the bus's questions. A journal takes --journal alone, or with --date one day of it:
    a terminal that runs is asked, of one that does not the file is read. Nothing is changed. Exit code 1 where a record
    does not agree with the rules.
    """
    # Replaying takes much that a bus at work never needs: a twentieth of its start.
    from device.journal import JournalUnreadable
    from rules.messages.stick import StickRefused
    from rules.network.feed.problems import FeedUnreadable
    from terminal.replay.journal import replay_journal
    from terminal.replay.recording import RecordingUnusable
    from terminal.replay.tables import Tables, TripUnknown, replay_tables

    day = on.date() if on else None
    tables = {"--network": network, "--trip": trip_id, "--fixes": fixes, "--taps": taps}
    try:
        if journal is not None:
            _expect_none(tables)
            sys.exit(replay_journal(journal, day, as_json=as_json))
        if day is None or network is None or trip_id is None or fixes is None or taps is None:
            raise _missing({**tables, "--date": day})
        replay_tables(Tables(network, day, trip_id, fixes, taps), as_json=as_json)
    except (FeedUnreadable, RecordingUnusable, TripUnknown, JournalUnreadable, StickRefused) as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


def _expect_none(options: Mapping[str, object]) -> None:
    given = "、".join(name for name, value in options.items() if value is not None)
    if given:
        raise click.UsageError(
            f"--journal と {given} は一緒に使えません / --journal cannot be used together with {given}"
        )


def _missing(options: Mapping[str, object]) -> click.UsageError:
    names = "、".join(name for name, value in options.items() if value is None)
    return click.UsageError(
        f"{names} が必要です（端末の記録なら --journal だけ） / {names} is missing (a journal takes --journal alone)"
    )
