"""A broker as the village has it: QoS 1, sessions that outlive connections, wills, and no promise kept for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from rules.messages.topics import Channel, parse_topic
from tests.village.clockwork import Agenda

if TYPE_CHECKING:
    from tests.village.wire import Wire

MAX_QUEUED = 1_000
"""Mosquitto's default for a session; more is dropped, and was acknowledged all the same."""
REMEMBERED = 200
"""Old messages at hand for whoever replays them."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One message on its way to a client. `mid` names it within the session until the client acknowledges it."""

    mid: int
    topic: str
    payload: bytes
    retained: bool = False


@dataclass(slots=True)
class Session:
    """What the broker keeps of one client. `wire` is None while it is not connected."""

    wants: Callable[[str], bool]
    wire: Wire | None = None
    will: tuple[str, bytes] | None = None
    waiting: dict[int, Packet] = field(default_factory=dict)
    last_mid: int = 0


class Broker:
    """Everybody's broker. `up` is False while it restarts."""

    def __init__(self, agenda: Agenda, dice: Random) -> None:
        self.up = True
        self._agenda = agenda
        self._dice = dice
        self._sessions: dict[str, Session] = {}
        self._retained: dict[str, bytes] = {}
        self._wires: list[Wire] = []
        self._remembered: list[tuple[str, bytes]] = []

    def know(self, wire: Wire) -> None:
        """A client there will be: it is told when the broker comes back."""
        self._wires.append(wire)

    def connect(self, wire: Wire, wants: Callable[[str], bool], will: tuple[str, bytes] | None) -> None:
        """A client is there, with its session if there still is one: what it has not acknowledged comes again."""
        session = self._sessions.setdefault(wire.name, Session(wants))
        session.wire, session.will = wire, will
        for packet in list(session.waiting.values()):
            wire.deliver(packet)
        for topic, payload in self._retained.items():
            if wants(topic):
                self._queue(session, topic, payload, retained=True)

    def gone(self, wire: Wire) -> None:
        """The client is away without a word: its will is published."""
        session = self._sessions.get(wire.name)
        if session is None or session.wire is not wire:
            return
        session.wire = None
        if session.will is not None and self.up:
            topic, payload = session.will
            session.will = None
            self.publish(topic, payload, retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message to every session that wants it; without one it is nobody's, and nobody is told."""
        if retain:
            self._retained[topic] = payload
        self._remember(topic, payload)
        for session in self._sessions.values():
            if session.wants(topic):
                self._queue(session, topic, payload)

    def acknowledge(self, name: str, mid: int) -> None:
        """The client has dealt with it."""
        session = self._sessions.get(name)
        if session is not None:
            session.waiting.pop(mid, None)

    def lose(self, name: str, mid: int) -> None:
        """Forget a message on its way, as a broker does whose queue is full."""
        self.acknowledge(name, mid)

    def replay_something(self) -> None:
        """Somebody sends an old message once more, as it was."""
        if self._remembered and self.up:
            topic, payload = self._dice.choice(self._remembered)
            parsed = parse_topic(topic)
            self._agenda.note(f"an old {parsed.channel if parsed else topic} is replayed")
            for session in self._sessions.values():
                if session.wants(topic):
                    self._queue(session, topic, payload)

    def restart(self, away_s: float, *, keeps_sessions: bool) -> None:
        """End and come back. What waited is gone; without sessions nobody is subscribed any more either."""
        self.up = False
        for session in self._sessions.values():
            session.waiting.clear()
            if session.wire is not None:
                session.wire.dropped()
                session.wire = None
        if not keeps_sessions:
            self._sessions.clear()
            self._retained.clear()
        self._agenda.after(away_s, self._back)

    def _back(self) -> None:
        self.up = True
        for wire in self._wires:
            wire.try_soon()

    def _queue(self, session: Session, topic: str, payload: bytes, *, retained: bool = False) -> None:
        if len(session.waiting) >= MAX_QUEUED:
            return
        session.last_mid += 1
        packet = Packet(session.last_mid, topic, payload, retained)
        session.waiting[packet.mid] = packet
        if session.wire is not None:
            session.wire.deliver(packet)

    def _remember(self, topic: str, payload: bytes) -> None:
        if topic.endswith(Channel.STATE):
            return
        if len(self._remembered) < REMEMBERED:
            self._remembered.append((topic, payload))
        else:
            self._remembered[self._dice.randrange(REMEMBERED)] = (topic, payload)


def wants_channels(
    village: str, channels: Iterable[Channel], device: str | None = None
) -> Callable[[str], bool]:
    """What a client has subscribed to: these channels of one device, or of all."""
    wanted = frozenset(channels)

    # Every message asks every client, and there are few topics.
    @cache
    def wants(text: str) -> bool:
        topic = parse_topic(text)
        return (
            topic is not None
            and topic.village == village
            and topic.channel in wanted
            and device in (None, topic.device)
        )

    return wants
