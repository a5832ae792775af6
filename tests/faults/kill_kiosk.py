"""F3, the kiosk: shows codes, takes some back and hears acknowledgements until it is killed. See `traced.py`."""

from __future__ import annotations

from pathlib import Path

import click

from device.journal import file
from tests.faults.journal_script import PAGES_TO_CHECKPOINT
from tests.faults.kiosk import serve
from tests.faults.mutants import MUTANTS
from tests.faults.traced import fork_for_each

CODES = 5


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("mutant", type=click.Choice(list(MUTANTS)))
def main(folder: Path, at: int, mutant: str) -> None:
    """Serve guests for every fault of the plan."""
    file.LOG_BYTES = PAGES_TO_CHECKPOINT * 4096
    fork_for_each(folder, at, lambda _folder: None, lambda folder: serve(folder / "data", 0, CODES, mutant))


if __name__ == "__main__":
    main()
