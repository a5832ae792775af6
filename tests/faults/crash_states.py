"""F2, in a process of its own: the journal's statements over files whose crash states are all opened again and judged.

`python -m tests.faults.crash_states SCRIPT SCRATCH --seed N --share I N --mixes M --device D`: SCRIPT is a JSON list of
statements. It prints one line of JSON: how many distinct states it looked at, how many of them the product's journal
opened itself, seconds, and the first breaches. The states are opened by the SQLite that the journal uses, not by the
one that made them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw
import click

from device.journal import Journal
from tests.faults.crash_files import Files, Ledger, RecordingFiles
from tests.faults.journal_check import ALL, opened
from tests.terminal.loop_bench import UNIT

FILE = "journal.db"
EVERY_ROW = "SELECT * FROM {} ORDER BY 1, 2"
MOST_BREACHES = 20
"""With so many, it is enough."""
BY_THE_JOURNAL = 50
"""Every so many states, the product's own journal opens one too, where the script is a journal's."""

Content = dict[str, list[tuple[Any, ...]]]


def content_of(connection: sqlite3.Connection) -> Content:
    """Every table and every row."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    ).fetchall()
    return {name: connection.execute(EVERY_ROW.format(name)).fetchall() for (name,) in tables}


def contents_after_each(script: list[str]) -> list[Content]:
    """What must be there after each transaction, the first being none at all."""
    found: list[Content] = [{}]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in script:
            connection.execute(statement).fetchall()
            if not connection.in_transaction:
                found.append(content_of(connection))
    return found


@dataclass
class Court:
    """Opens states and says what is wrong with them. After `done` transactions their content is `contents[done]`."""

    contents: list[Content]
    scratch: Path
    share: int
    of: int
    dice: Random
    mixes: int
    device: str
    done: int = 0
    states: int = 0
    by_the_journal: int = 0
    breaches: list[str] = field(default_factory=list)
    _known: set[bytes] = field(default_factory=set)
    _moment: tuple[int, int] = (-1, -1)

    def look(self, ledger: Ledger) -> None:
        """Judge this moment's states, if it is this process's share and not yet done."""
        if len(self.breaches) >= MOST_BREACHES:
            return
        moment = (ledger.moments, self.done)
        if moment == self._moment or ledger.moments % self.of != self.share:
            return
        self._moment = moment
        for files in ledger.crash_states(self.dice, self.mixes):
            digest = hashlib.blake2b(
                repr((self.done, sorted(files))).encode() + b"".join(files[name] for name in sorted(files))
            ).digest()
            if digest not in self._known:
                self._known.add(digest)
                self._judge(files)

    def _judge(self, files: Files) -> None:
        self.states += 1
        try:
            self._judge_content(self._reopened(files))
            if self.states % BY_THE_JOURNAL == 0 and "head" in self.contents[-1]:
                self.by_the_journal += 1
                self._judge_journal(files)
        except (sqlite3.Error, AssertionError) as breach:
            self.breaches.append(f"after transaction {self.done}: {breach}")

    def _judge_content(self, found: Content) -> None:
        for content in self.contents[self.done : self.done + 2]:
            if found == content:
                return
        lost = self.contents.index(found) if found in self.contents else None
        raise AssertionError("half a transaction" if lost is None else f"back at transaction {lost}")

    def _lay(self, files: Files) -> Path:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        for name, data in files.items():
            (self.scratch / name).write_bytes(data)
        return self.scratch

    def _reopened(self, files: Files) -> Content:
        folder = self._lay(files)
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = exclusive").fetchall()
            content = content_of(connection)
            checked = connection.execute("PRAGMA integrity_check").fetchall()
            assert checked == [("ok",)], checked
            return content

    def _judge_journal(self, files: Files) -> None:
        with opened(self._lay(files), device=self.device) as journal:
            assert any(_agrees(journal, content) for content in self.contents[self.done : self.done + 2]), (
                "the journal opened as another one"
            )


def _agrees(journal: Journal, content: Content) -> bool:
    heads = content.get("head", [])
    numbers = [row[0] for row in content.get("records", [])]
    return (not heads or heads[0][:2] == (journal.epoch, journal.acknowledged)) and numbers == [
        record.number for record in journal.records_after(0, ALL)
    ]


def judge(script: list[str], court: Court) -> None:
    """Play the script and judge every moment of it."""
    ledger = Ledger(court.look)
    # The journal lays its file before SQLite opens it.
    ledger.seen[FILE], ledger.synced[FILE] = bytearray(), bytearray()
    files = RecordingFiles("recorded", ledger)
    connection = apsw.Connection(FILE, vfs="recorded")
    for statement in script:
        connection.execute(statement).fetchall()
        if not connection.in_transaction:
            court.done += 1
            court.look(ledger)
    connection.close()
    files.unregister()


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("scratch", type=click.Path(path_type=Path))
@click.option("--seed", type=int, required=True)
@click.option("--share", type=(int, int), default=(0, 1), help="Which moments: the I-th of every N.")
@click.option(
    "--mixes", type=int, default=8, help="Random mixes of lost, kept, torn and reordered, each moment."
)
@click.option("--device", default=UNIT, help="Whose journal it is.")
def main(script: Path, scratch: Path, seed: int, share: tuple[int, int], mixes: int, device: str) -> None:
    """Judge the crash states of one script."""
    statements = json.loads(script.read_text(encoding="utf-8"))
    court = Court(contents_after_each(statements), scratch, *share, Random(seed), mixes, device)
    began = time.monotonic()
    judge(statements, court)
    told = {
        "states": court.states,
        "by_the_journal": court.by_the_journal,
        "seconds": time.monotonic() - began,
        "breaches": court.breaches,
    }
    click.echo(json.dumps(told))


if __name__ == "__main__":
    main()
