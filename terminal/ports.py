"""What the loop needs from the world. Real parts and the bench's fakes both fit these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rules.messages.topics import Channel
from terminal.facts import Fact

if TYPE_CHECKING:
    from device.reader.messages import Hint
    from device.sync import Taken
    from terminal.signals.told import Told


class Sensor(Protocol):
    """Something that reports facts from a thread of its own until it is stopped."""

    def start(self) -> None:
        """Begin to report. A sensor whose hardware is missing says so as a fact and keeps trying."""

    def stop(self) -> None:
        """End within 2 seconds."""


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


class Link(Protocol):
    """The way to central. Never blocks."""

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        """Hand one message over; the answer tells later whether the broker has taken it. None: dropped, no way."""
