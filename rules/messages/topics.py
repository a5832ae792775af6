"""MQTT topics: `v1/<village>/<device>/<channel>`, one branch a device, so that an ACL can bind it to its machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VERSION = "v1"


class Channel(StrEnum):
    """The last level of a topic. Devices write the first four and read the other three, of their own branch only."""

    HELLO = "hello"
    UP = "up"
    SEEN = "seen"
    STATE = "state"
    CURSOR = "cursor"
    ACK = "ack"
    DOWN = "down"


FROM_DEVICE = (Channel.HELLO, Channel.UP, Channel.SEEN, Channel.STATE)
TO_DEVICE = (Channel.CURSOR, Channel.ACK, Channel.DOWN)
_CHANNELS = frozenset(Channel)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart."""

    village: str
    device: str
    channel: Channel

    def __str__(self) -> str:
        return f"{VERSION}/{self.village}/{self.device}/{self.channel}"


def parse_topic(text: str) -> Topic | None:
    """The parts of a topic of ours, None for any other."""
    match text.split("/"):
        case [version, village, device, channel] if (
            version == VERSION and village and device and channel in _CHANNELS
        ):
            return Topic(village, device, Channel(channel))
        case _:
            return None
