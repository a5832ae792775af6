"""Journals with one protection missing: the harnesses here must find fault with each of them."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from device.journal import PRAGMAS, Journal, JournalBroken, Keep
from rules.messages.events import AnyEvent


class LazyJournal(Journal):
    """Puts off every other commit until the next."""

    _put_off: tuple[Sequence[AnyEvent], Iterable[Keep]] | None = None

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        if self._put_off is None:
            self._put_off = events, keep
        else:
            (before, kept), self._put_off = self._put_off, None
            super().write([*before, *events], [*kept, *keep])


class PiecemealJournal(Journal):
    """A transaction for every record and everything to be remembered, instead of one for all."""

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        for event in events:
            super().write([event])
        for item in keep:
            super().write([], [item])


class StubbornJournal(Journal):
    """Goes on as if nothing had happened when the disk fails."""

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        with suppress(JournalBroken):
            super().write(events, keep)


class GappyJournal(Journal):
    """Leaves every tenth number out."""

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        if self.last.number % 10 == 9:
            self.last = replace(self.last, number=self.last.number + 1)
        super().write(events, keep)


class UnchainedJournal(Journal):
    """Begins the chain anew at every write."""

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        self.last = replace(self.last, hash=bytes(32))
        super().write(events, keep)


class DoublingJournal(Journal):
    """Tries every write twice, to be on the safe side."""

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        super().write(events, keep)
        super().write(events, keep)


def _not_synced() -> type[Journal]:
    PRAGMAS["synchronous"] = 1
    return Journal


def _not_locked() -> type[Journal]:
    # In this process alone: the child's.
    fcntl.flock = lambda _file, _how: None
    return Journal


MUTANTS: dict[str, Callable[[], type[Journal]]] = {
    "none": lambda: Journal,
    "synchronous-normal": _not_synced,
    "no-lock": _not_locked,
    "commits-later": lambda: LazyJournal,
    "piecemeal": lambda: PiecemealJournal,
    "goes-on-after-an-error": lambda: StubbornJournal,
    "leaves-numbers-out": lambda: GappyJournal,
    "no-chain": lambda: UnchainedJournal,
    "writes-twice": lambda: DoublingJournal,
}
"""What makes this process's journals so, by name."""
