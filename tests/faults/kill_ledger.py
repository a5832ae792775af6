"""The ledger killed: posts a history in batches, each told on stdout once it may be. See `traced.py`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from central.database.transaction import Database, database_file
from central.ledger.post_orders import post_all
from central.ledger.post_together import PostTogether
from rules.ledger.order import Order
from tests.central.office import NOW
from tests.faults.traced import fork_for_each
from tests.ledger.scenes import CRASHED


def posted(database: Database, mutant: str) -> None:
    """The history, batch by batch, whatever of it was posted before."""
    for nth, batch in enumerate(CRASHED):
        if mutant == "answers-first":
            say(nth)
        with database.write() as connection:
            post_all(connection, batch, NOW)
        if mutant == "none":
            say(nth)


def posted_together(database: Database) -> None:
    """The same by the group commit, one caller."""
    together = PostTogether(database)
    for nth, order in enumerate(one_by_one()):
        together.post(order, NOW)
        say(nth)


def one_by_one() -> list[Order]:
    """The history's orders."""
    return [order for batch in CRASHED for order in batch]


def say(nth: int) -> None:
    """That many are answered."""
    os.write(1, f"answered {nth + 1}\n".encode())


def work(folder: Path, how: str) -> int:
    """Post it all, then close."""
    database = Database(database_file(folder / "data"))
    if how == "together":
        posted_together(database)
    else:
        posted(database, how)
    database.close()
    os.write(1, b"closed\n")
    return 0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("empty", type=click.Path(path_type=Path))
@click.argument("how", type=click.Choice(["none", "answers-first", "together"]))
def main(folder: Path, at: int, empty: Path, how: str) -> None:
    """Post the history for every fault of the plan, each time into a copy of the empty ledger."""
    fork_for_each(
        folder, at, lambda copy: shutil.copytree(empty, copy / "data"), lambda copy: work(copy, how)
    )


if __name__ == "__main__":
    main()
