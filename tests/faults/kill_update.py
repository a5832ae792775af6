"""F3, the updater: takes a release in on a unit of its own, and tells on stdout how it ended. See `traced.py`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tests.faults.traced import fork_for_each
from tests.faults.update_mutants import MUTANTS
from tests.provisioning.update_bench import Table

OLD, NEW = "0.1.0", "0.2.0"


def take_in(folder: Path, wrong: str) -> int:
    """From a unit on which a version runs to the end of its update."""
    table = Table(folder / "unit")
    table.begin(OLD)
    release = table.release(NEW, wrong)
    say("begun")
    say("ended", table.updater.take(release).outcome)
    return 0


def say(*words: object) -> None:
    """A line, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("wrong")
@click.argument("mutant", type=click.Choice(list(MUTANTS)))
def main(folder: Path, at: int, wrong: str, mutant: str) -> None:
    """An update for every fault of the plan."""
    MUTANTS[mutant]()
    fork_for_each(
        folder, at, lambda _folder: None, lambda folder: take_in(folder, "" if wrong == "well" else wrong)
    )


if __name__ == "__main__":
    main()
