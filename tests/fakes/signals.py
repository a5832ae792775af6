"""Lamps that remember."""

from __future__ import annotations

from collections.abc import Callable

from rules.ride.outcomes import Outcome


class FakeSignals:
    """The terminal's `Signals`. `answers` are all that were shown; `watch` is called before each is taken down."""

    def __init__(self, watch: Callable[[Outcome], object] = lambda _outcome: None) -> None:
        self.answers: list[Outcome] = []
        self.faulty = False
        self.watch = watch

    def answer(self, outcome: Outcome) -> None:
        """Show one answer; after a fault there must be none."""
        assert not self.faulty, f"{outcome} was shown after the fault"
        self.watch(outcome)
        self.answers.append(outcome)

    def fault(self) -> None:
        """The red lamp, and nothing else, from now on."""
        self.faulty = True
