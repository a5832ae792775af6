"""The journal's own statements: what a real journal asked of SQLite, to be asked again over another file system."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from device.journal import Journal, Keep, file
from tests.device.events import long_event, started
from tests.faults.journal_check import acknowledge, opened

PAGES_TO_CHECKPOINT = 12
"""In service it is some hundred: here the log is copied into the file every few writes, for states in between."""


def soon_checkpoints(patch: pytest.MonkeyPatch) -> None:
    """Let journals opened from now on copy their log into the file much more often."""
    patch.setattr(file, "LOG_BYTES", PAGES_TO_CHECKPOINT * 4096)


def record_script(folder: Path, writes: int, dice: Random) -> list[str]:
    """All statements of a journal that is opened, written to, acknowledged and closed, but for those that only read."""

    def live() -> None:
        with opened(folder) as journal:
            for nth in range(writes):
                write_something(journal, nth, dice)

    return traced_script(live)


def traced_script(live: Callable[[], None]) -> list[str]:
    """The statements of whatever opens a journal and writes to it in here."""
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(path: Any, *arguments: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(path, *arguments, **more)
        connection.set_trace_callback(statements.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        soon_checkpoints(patch)
        patch.setattr(sqlite3, "connect", traced)
        live()
    return [text for text in statements if not text.lstrip().upper().startswith(("SELECT", "--", "WITH"))]


def write_something(journal: Journal, nth: int, dice: Random) -> None:
    """A tap and what it changes, a large record, several at once, an acknowledgement."""
    if nth % 5 == 4:
        acknowledge(journal, dice.randint(journal.acknowledged, journal.last.number))
        return
    sizes = [dice.choice([0, 50, 300, 3_000]) for _ in range(dice.randint(1, 3))]
    keeps = [Keep("pass", dice.choice("abcdef"), dice.randbytes(dice.choice([20, 400]))) for _ in sizes]
    forgotten = [Keep("pass", dice.choice("abcdef"), None)] if dice.random() < 0.3 else []
    journal.write([started(f"{nth}"), *map(long_event, sizes)], [*keeps, *forgotten])
