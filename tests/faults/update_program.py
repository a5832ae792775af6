"""F1, the updater: takes releases in on a disk that somebody cuts off; tells on stdout what is done."""

from __future__ import annotations

import os
from pathlib import Path

import click

from provisioning.update import updater
from tests.faults.update_mutants import MUTANTS
from tests.provisioning.update_bench import Table

ROOM_BYTES = 1024 * 1024
"""The disk of the test is smaller than a unit's."""


def table_on(place: Path, scratch: Path) -> Table:
    """A unit whose versions lie on the disk in question, all else in `scratch`."""
    updater.ROOM_BYTES = ROOM_BYTES
    return Table(scratch, at=place)


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
@click.argument("scratch", type=click.Path(path_type=Path))
@click.argument("version")
@click.argument("mutant", type=click.Choice(list(MUTANTS)))
def main(place: Path, scratch: Path, version: str, mutant: str) -> None:
    """Take one in."""
    MUTANTS[mutant]()
    table = table_on(place, scratch)
    release = table.release(version)
    os.write(1, b"ready\n")
    outcome = table.updater.take(release).outcome
    os.write(1, f"{outcome} {version}\n".encode())
    # The power goes at any moment, also after the end.
    while True:
        os.sched_yield()


if __name__ == "__main__":
    main()
