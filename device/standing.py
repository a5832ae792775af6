"""The answering side of how a machine stands, for its updater (`rules/messages/standing.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.messages.standing import Standing

if TYPE_CHECKING:
    import msgspec

    from device.control import Handler
    from device.journal import Journal
    from rules.messages.standing import Busy


@dataclass(frozen=True, slots=True)
class AskStanding:
    """What the socket's thread asks the loop, which alone knows."""


def standing_handler(ask: Callable[[AskStanding], object]) -> Handler:
    """Asks the loop each time: an answer also proves that it turns."""

    def answer(_: bytes) -> Iterator[bytes | msgspec.Struct]:
        standing = ask(AskStanding())
        assert isinstance(standing, Standing)
        yield standing

    return answer


def standing_of(version: str, journal: Journal, fault: str, busy: dict[Busy, bool]) -> Standing:
    """Of a machine with this journal; `busy` says of each reason whether it holds."""
    reasons = tuple(reason for reason, holds in busy.items() if holds)
    return Standing(version, journal.epoch, journal.last.number, journal.waiting, reasons, fault)
