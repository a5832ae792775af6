"""F3, the field machine: writes a journal and tells on stdout what is written. See `traced.py`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from device.journal import PRAGMAS, Keep
from tests.device.events import long_event, started
from tests.faults.journal_check import acknowledge, opened
from tests.faults.journal_script import PAGES_TO_CHECKPOINT
from tests.faults.mutants import MUTANTS
from tests.faults.traced import fork_for_each

WRITES = 8
AT_ONCE = 2


def write_journal(folder: Path, mutant: str) -> int:
    """Two records a write and their number remembered beside them, now and then an acknowledgement, then close."""
    with opened(folder / "data", MUTANTS[mutant]()) as journal:
        say("ready", journal.epoch)
        for nth in range(1, WRITES + 1):
            last = journal.next_number + AT_ONCE - 1
            journal.write([started(f"{nth}"), long_event(2_000)], [Keep("count", "", b"%d" % last)])
            say("wrote", last)
            if nth % 3 == 0:
                acknowledge(journal, journal.last.number)
                say("acknowledged", journal.last.number)
    say("closed")
    return 0


def say(*words: object) -> None:
    """A line, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("mutant", type=click.Choice(list(MUTANTS)))
def main(folder: Path, at: int, mutant: str) -> None:
    """Write a journal for every fault of the plan."""
    PRAGMAS["wal_autocheckpoint"] = PAGES_TO_CHECKPOINT
    fork_for_each(folder, at, lambda _folder: None, lambda folder: write_journal(folder, mutant))


if __name__ == "__main__":
    main()
