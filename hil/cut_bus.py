"""The bus whose power is cut: says what its journal holds, then rides, and counts its own lives.

`python -m hil.cut_bus FOLDER` says, a line each,

    life N              the Nth time that this folder's bus was switched on
    ride PASS WAY       a ride in the journal as it was found
    broken WORDS        what is wrong with the journal
    begin               all of it was said

and then what `tests.faults.bus` says: `green PASS WAY` once the record is committed. On a real bench the line goes over
a serial wire, and this is started at every boot.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from device.journal import JournalUnusable
from rules.messages.codec import decode_event
from rules.messages.events import Tapped
from tests.faults.bus import say
from tests.faults.journal_check import ALL, chain_breaches, opened
from tests.terminal.loop_bench import UNIT


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Say what is there and go on."""
    folder.mkdir(parents=True, exist_ok=True)
    count = folder / "lives"
    life = int(count.read_text(encoding="ascii")) + 1 if count.exists() else 0
    unfinished = folder / "lives.new"
    with unfinished.open("w", encoding="ascii") as file:
        file.write(str(life))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(count)
    say("life", life)
    tell_journal(folder)
    say("begin")
    os.execv(sys.executable, [sys.executable, "-m", "tests.faults.bus", str(folder), str(life)])  # noqa: S606


def tell_journal(folder: Path) -> None:
    """Rides and breaches of the journal as it was found."""
    if not (folder / "journal.db").exists():
        return
    try:
        with opened(folder) as journal:
            records = journal.records_after(0, ALL)
            breaches = chain_breaches(journal.epoch, records, UNIT)
    except JournalUnusable as error:
        say("broken", error)
        return
    for breach in breaches:
        say("broken", breach)
    for event in (decode_event(record.body) for record in records):
        if isinstance(event, Tapped) and event.outcome.rides:
            say("ride", event.pass_id, event.movement)


if __name__ == "__main__":
    main()
