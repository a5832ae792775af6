"""F3, the office: takes in batches as the inbox does and tells on stdout which answers it may give. See `traced.py`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from central.database.transaction import Database
from central.devices.data_folder import open_office
from central.inbox.answer import Desk, Message
from rules.messages.codec import decode, encode
from rules.messages.link import Ack
from rules.messages.topics import Channel, Topic
from tests.central.office import NOW, STRANGER, Bus, alight, board, card_of, left_open, new_office, started
from tests.faults.traced import fork_for_each

VILLAGE = "ohkura"
BATCHES = "batches.json"
RIDES = 5


@dataclass(frozen=True, slots=True)
class Books:
    """An open office's desk and database."""

    desk: Desk
    database: Database

    def take(self, batch: str, *, too_early: Callable[[Ack], object] = lambda _: None) -> Ack:
        """Answer one batch; the answer may be given once this returns, and no earlier."""
        message = Message(str(Topic(VILLAGE, Bus.device, Channel.UP)), batch.encode())
        with self.database.write() as connection:
            (answer,) = self.desk.answer_all(connection, [message], NOW)
            ack = decode(answer.payload, Ack)
            too_early(ack)
        return ack

    def take_all(self, folder: Path) -> None:
        """Answer every batch of the folder, whatever was taken in before."""
        for batch in json.loads((folder / BATCHES).read_text(encoding="utf-8")):
            self.take(batch)


@contextmanager
def books(folder: Path) -> Iterator[Books]:
    """The office in a folder, as its program opens it."""
    office = open_office(folder, NOW)
    try:
        yield Books(Desk(VILLAGE, office.keys.down), office.database)
    finally:
        office.database.close()


def found_office(folder: Path) -> None:
    """An office with a bus and riders, and the batches that the bus will send: rides, one by one, that move money."""
    bus, batches = Bus(), []
    with new_office(folder) as office, office.database.write() as connection:
        bus.register(connection)
        for nth in range(RIDES):
            first = len(bus.records) + 1
            _ride(bus, card_of(connection, office, f"member {nth}", 1_000))
            batches.append(encode(bus.batch(first)).decode())
    (folder / BATCHES).write_text(json.dumps(batches), encoding="utf-8")


def _ride(bus: Bus, card: str) -> None:
    """One rides and pays, one is unknown, one forgets to alight."""
    bus.write(started())
    on = bus.write(board(card))
    bus.write(board(STRANGER, second=30))
    bus.write(alight(card, on, 300, 100))
    bus.write(left_open(card, bus.write(board(card, second=700)), 200, 50))


def take_in(folder: Path, mutant: str) -> int:
    """All batches, each answer told once it may be given; then the office closes."""
    with books(folder / "data") as open_books:
        for batch in json.loads((folder / "data" / BATCHES).read_text(encoding="utf-8")):
            if mutant == "answers-first":
                open_books.take(batch, too_early=say)
            else:
                say(open_books.take(batch))
    os.write(1, b"closed\n")
    return 0


def say(answer: Ack) -> None:
    """Tell the bus."""
    os.write(1, f"acknowledged {answer.number}\n".encode())


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("at", type=int)
@click.argument("office", type=click.Path(path_type=Path))
@click.argument("mutant", type=click.Choice(["none", "answers-first"]))
def main(folder: Path, at: int, office: Path, mutant: str) -> None:
    """Take in all batches for every fault of the plan, each time into a copy of the office."""
    fork_for_each(
        folder, at, lambda copy: shutil.copytree(office, copy / "data"), lambda copy: take_in(copy, mutant)
    )


if __name__ == "__main__":
    main()
