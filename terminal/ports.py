"""What the loop needs from the world. Real parts and the bench's fakes both fit these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from terminal.facts import Fact

if TYPE_CHECKING:
    from device.reader.messages import Hint
    from terminal.signals.told import Told


class Report(Protocol):
    """Puts a fact on the loop's bounded queue. False if the queue was full and the fact was dropped."""

    def __call__(self, fact: Fact, /) -> bool:
        """Hand `fact` over without waiting."""


class Signals(Protocol):
    """Lights, buzzer and voice at the door."""

    def answer(self, told: Told) -> None:
        """Show and sound one answer; a green lamp means a committed record. Returns at once."""

    def help(self, hint: Hint) -> None:
        """Say how to hold a code that cannot be read. Returns at once."""

    def fault(self) -> None:
        """The red lamp, and nothing else, from now on."""
