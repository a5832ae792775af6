"""F4: a bus on a disk that fails to write or to sync. See `traced.py`."""

from __future__ import annotations

from pathlib import Path

import click

from device.journal import PRAGMAS, Journal, JournalUnusable
from tests.faults.bus import drive, say
from tests.faults.journal_script import PAGES_TO_CHECKPOINT
from tests.faults.mutants import MUTANTS
from tests.faults.traced import fork_for_each

GREENS = 12


def drive_until_it_fails(folder: Path, kind: type[Journal]) -> int:
    """A short day; `unusable` where it cannot begin."""
    try:
        return drive(folder / "data", 0, GREENS, kind, lambda: None)
    except JournalUnusable as refusal:
        say("unusable", refusal)
        return 1


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("mutant", type=click.Choice(list(MUTANTS)))
@click.argument("copies", type=click.Choice(["seldom", "soon"]))
def main(folder: Path, at: int, mutant: str, copies: str) -> None:
    """Drive a bus for every fault of the plan; its log is copied into its file every few writes, or not once."""
    if copies == "soon":
        PRAGMAS["wal_autocheckpoint"] = PAGES_TO_CHECKPOINT
    kind = MUTANTS[mutant]()
    fork_for_each(folder, at, lambda _folder: None, lambda folder: drive_until_it_fails(folder, kind))


if __name__ == "__main__":
    main()
