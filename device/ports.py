"""What the parts of a field machine need of each other. Real parts and the bench's fakes both fit these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from device.clock import Clock
    from device.facts import CodeFact, FieldFact
    from device.identity import Identity
    from device.journal import Journal
    from device.office_lists import OfficeLists
    from device.sync import Taken
    from rules.messages.topics import Channel


class Part(Protocol):
    """Something with a thread of its own, from its start until it is stopped."""

    def start(self) -> None:
        """Begin. A part whose hardware is missing says so as a fact and keeps trying."""

    def stop(self) -> None:
        """End within 2 seconds."""


class Report(Protocol):
    """Puts a fact on the loop's bounded queue. False if the queue was full and the fact was dropped."""

    def __call__(self, fact: FieldFact, /) -> bool:
        """Hand `fact` over without waiting."""


class ReportCode(Protocol):
    """The same, for what reads codes."""

    def __call__(self, fact: CodeFact, /) -> bool:
        """Hand `fact` over without waiting."""


class Link(Protocol):
    """The way to central. Never blocks."""

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        """Hand one message over; the answer tells later whether the broker has taken it. None: dropped, no way."""


class Machine(Protocol):
    """What every kind of machine is made of."""

    @property
    def version(self) -> str:
        """Of the program."""

    @property
    def identity(self) -> Identity:
        """Who it is."""

    @property
    def journal(self) -> Journal:
        """What it did."""

    @property
    def lists(self) -> OfficeLists:
        """What central has told it."""

    @property
    def clock(self) -> Clock:
        """What time it is, as far as it knows."""

    @property
    def link(self) -> Link:
        """The way to central."""
