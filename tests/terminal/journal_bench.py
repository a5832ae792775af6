"""A journal as a bus leaves it: written by the real loop, with the edition that the office sent in it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import Result

from rules.messages.codec import encode, next_hash
from rules.messages.edition_file import pack_edition, seal_edition
from rules.ride.outcomes import Outcome
from terminal.facts import DoorState, StopSet, TripDone
from tests.ride.builders import DOWN_KID, edition
from tests.terminal.loop_bench import T1, T2, Table, World, bus_on
from tests.terminal.test_commands import invoke

OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)
GOOD, BAD = 0, 1


def keep_the_edition(table: Table) -> None:
    """As a page of the office's log would leave it."""
    sealed = seal_edition(pack_edition(edition()), DOWN_KID, lambda _: bytes(64))
    table.journal.write([], table.lists.editions.file(edition(), sealed))


def stop_at(table: Table, stop: float) -> None:
    """Come there with the door closed, stand, and open it."""
    table.do(CLOSED)
    table.world.time.move(290.0)
    for _ in range(10):
        table.world.time.move(1.0)
        table.do(table.fix_at(stop))
    table.do(OPEN)


def drive_a_day(world: World) -> None:
    """Two trips with a door contact.

    On t1: a card from A to E; a phone with two others from A to C; at B a card that is not listed, and one who forgets
    to alight; at C one who boards, where the driver says that it is D. On t2 the first card again, from A to B.
    """
    card, moved, forgets = world.office.card(), world.office.card(), world.office.card()
    phone = world.office.phone()
    with bus_on(world) as table:
        keep_the_edition(table)
        table.do(CLOSED)
        table.wait(3)
        table.set_out(T1)
        table.do(OPEN)
        assert table.show(card) is Outcome.OK
        assert table.show(phone.code(world.moment, adults=1, children=1)) is Outcome.OK_OTHER
        stop_at(table, 1.0)
        assert table.show(forgets) is Outcome.OK
        assert table.show(world.office.card(allowed=False)) is Outcome.CARD_NOT_LISTED
        stop_at(table, 2.0)
        assert table.show(phone.code(world.moment)) is Outcome.OK_OTHER
        assert table.show(moved) is Outcome.OK
        table.do(StopSet(3))
        stop_at(table, 4.0)
        assert table.show(moved) is Outcome.OK
        assert table.show(card) is Outcome.OK
        table.do(TripDone())
        table.do(T2)
        world.time.move(130)
        for _ in range(10):
            world.time.move(1.0)
            table.do(table.fix_at(0))
        table.do(CLOSED, OPEN)
        assert table.show(card) is Outcome.OK
        stop_at(table, 1.0)
        assert table.show(card) is Outcome.OK
        table.do(TripDone())


def replay(file: Path, *more: object) -> Result:
    return invoke("replay", "--journal", file, *more)


def told(file: Path, *more: object, code: int = GOOD) -> list[dict[str, Any]]:
    """The taps by its JSON."""
    result = replay(file, "--json", *more)
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file there with its time and its bytes; the folder's own time tells of one that came and went."""
    files = {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
    return files | {".": (folder.stat().st_mtime_ns, "")}


def rewrite(
    file: Path, number: int, change: Callable[[dict[str, Any]], None], *, with_hashes: bool = True
) -> None:
    """Change a record in the file; with its hashes, as one who knows how would, or only its body."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        rows = connection.execute("SELECT number, previous, body FROM records ORDER BY number").fetchall()
        previous = rows[0][1]
        for at, _, stored in rows:
            body = stored
            if at == number:
                event = json.loads(body)
                change(event)
                body = encode(event)
            if with_hashes:
                digest = next_hash(previous, body)
                connection.execute(
                    "UPDATE records SET previous = ?, body = ?, hash = ? WHERE number = ?",
                    (previous, body, digest, at),
                )
                previous = digest
            else:
                connection.execute("UPDATE records SET body = ? WHERE number = ?", (body, at))
