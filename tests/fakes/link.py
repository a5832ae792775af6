"""A link that goes nowhere and tells what it was given."""

from __future__ import annotations

from dataclasses import dataclass

from device.sync import Taken
from rules.messages.topics import Channel


@dataclass(slots=True)
class Published:
    """One message handed over. `taken` is whether the broker has it by now."""

    channel: Channel
    payload: bytes
    retain: bool
    taken: bool


class FakeLink:
    """The terminal's `Link`. `has_room` False drops what is handed over; `takes`: the broker takes it at once."""

    def __init__(self) -> None:
        self.has_room = True
        self.takes = True
        self.published: list[Published] = []

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        """Remember the message."""
        if not self.has_room:
            return None
        message = Published(channel, payload, retain, self.takes)
        self.published.append(message)
        return lambda: message.taken

    def sent(self, channel: Channel) -> list[bytes]:
        """What was handed over on one channel, oldest first."""
        return [message.payload for message in self.published if message.channel is channel]

    def clear(self) -> None:
        """Forget what was handed over."""
        self.published.clear()
