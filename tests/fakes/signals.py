"""Lamps that remember."""

from __future__ import annotations

from collections.abc import Callable

from device.reader.messages import Hint
from rules.ride.outcomes import Outcome
from terminal.signals.told import Told


class FakeSignals:
    """The terminal's `Signals`. `answers` are all that were shown; `watch` is called before each is taken down."""

    def __init__(self, watch: Callable[[Outcome], object] = lambda _outcome: None) -> None:
        self.answers: list[Outcome] = []
        self.told: list[Told] = []
        self.hints: list[Hint] = []
        self.faulty = False
        self.watch = watch

    def answer(self, told: Told) -> None:
        """Show one answer; after a fault there must be none."""
        outcome = told.outcome
        assert not self.faulty, f"{outcome} was shown after the fault"
        self.watch(outcome)
        self.answers.append(outcome)
        self.told.append(told)

    def help(self, hint: Hint) -> None:
        """Say how to hold a code."""
        self.hints.append(hint)

    def fault(self) -> None:
        """The red lamp, and nothing else, from now on."""
        self.faulty = True
