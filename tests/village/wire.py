"""A client's connection over a bad road: what is on it may be lost, doubled, late or stand still for hours.

As with paho over TCP, what the broker has not acknowledged stays with the client and is sent again on the next
connection; and an acknowledgement of the broker's proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.village.broker import Broker, Packet
from tests.village.clockwork import Agenda

RECONNECT_S = (1.0, 20.0)
NOTICED_S = (5.0, 45.0)
"""Until a silent connection is given up: the keep-alive and half of it."""


@dataclass(slots=True)
class Road:
    """Shares of messages: `loss` are lost, `doubled` come twice, `late` up to 20 s late and so out of order."""

    loss: float = 0.0
    doubled: float = 0.0
    late: float = 0.0


@dataclass(slots=True)
class Parcel:
    """A message handed over by the client. `taken` is whether the broker has said that it has it."""

    topic: str
    payload: bytes
    retain: bool
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """Whom the wire tells at its client's end."""

    up: Callable[[], None]
    down: Callable[[], None]
    heard: Callable[[Packet], None]


class Wire:
    """One client's connection. `network` is whether there is a way at all, `road` how good it is."""

    def __init__(self, name: str, broker: Broker, agenda: Agenda, dice: Random, room: int) -> None:
        self.name = name
        self.road = Road()
        self.network = True
        self.connected = False
        self._broker = broker
        self._agenda = agenda
        self._dice = dice
        self._room = room
        self._ends: Ends | None = None
        self._wants: Callable[[str], bool] = lambda _topic: False
        self._will: tuple[str, bytes] | None = None
        self._life = 0
        """Rises with every connection: what was on an earlier one does not arrive on this."""
        self._outbox: list[Parcel] = []
        self._busy_until = [0.0, 0.0]
        broker.know(self)

    def start(self, ends: Ends, wants: Callable[[str], bool], will: tuple[str, bytes] | None = None) -> None:
        """The client's program runs and wants to be connected."""
        self._ends, self._wants, self._will = ends, wants, will
        self.try_soon()

    def kill(self) -> None:
        """The client's program is gone without a word, and what it had not sent with it."""
        self._ends = None
        self._outbox.clear()
        self._end()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Callable[[], bool] | None:
        """Hand a message over; None where it is dropped."""
        if not self.connected or len(self._outbox) >= self._room:
            return None
        parcel = Parcel(topic, payload, retain)
        self._outbox.append(parcel)
        self._throw(parcel)
        return lambda: parcel.taken

    def deliver(self, packet: Packet) -> None:
        """From the broker to the client."""
        fate = self._dice.random()
        if fate < self.road.loss:
            self._broker.lose(self.name, packet.mid)
            return
        life = self._life
        self._agenda.after(self._delay(down=True), lambda: self._arrive(packet, life))
        if self._dice.random() < self.road.doubled:
            self._agenda.after(self._delay(down=True), lambda: self._arrive(packet, life))

    def acknowledge(self, packet: Packet) -> None:
        """The client has dealt with a packet of this connection."""
        self._broker.acknowledge(self.name, packet.mid)

    def cut_network(self) -> None:
        """The way is gone; it takes a while until anybody notices."""
        self.network = False
        life = self._life
        self._agenda.after(self._dice.uniform(*NOTICED_S), lambda: self._give_up(life))

    def restore_network(self) -> None:
        """The way is back, if it was gone."""
        if self.network:
            return
        self.network = True
        if self.connected:
            # Nobody had noticed: what was under way goes on.
            for parcel in self._outbox:
                self._throw(parcel)
        else:
            self.try_soon()

    def dropped(self) -> None:
        """The broker has hung up."""
        self._end()

    def try_soon(self) -> None:
        """Connect after a moment, if there is anybody and any way."""
        life = self._life
        self._agenda.after(self._dice.uniform(*RECONNECT_S), lambda: self._try(life))

    def _try(self, life: int) -> None:
        if self._ends is None or self.connected or life != self._life:
            return
        if not self.network or not self._broker.up:
            return
        self._life += 1
        self.connected = True
        self._broker.connect(self, self._wants, self._will)
        self._ends.up()
        for parcel in list(self._outbox):
            self._throw(parcel)

    def _end(self) -> None:
        self._life += 1
        if not self.connected:
            return
        self.connected = False
        self._agenda.after(self._dice.uniform(*NOTICED_S), self._missed)
        if self._ends is not None:
            self._ends.down()
            self.try_soon()

    def _missed(self) -> None:
        if not self.connected:
            self._broker.gone(self)

    def _give_up(self, life: int) -> None:
        if life == self._life and not self.network:
            self._end()

    def _throw(self, parcel: Parcel) -> None:
        if not self.network:
            return
        life = self._life
        if self._dice.random() < self.road.loss:
            if self._dice.random() < 0.1:
                # The connection breaks under it, and it is sent again on the next one.
                self._agenda.after(self._dice.uniform(*NOTICED_S), lambda: self._break(life))
            else:
                # The broker says that it has it, and has lost it.
                self._agenda.after(self._delay(), lambda: self._taken(parcel, life))
            return
        self._agenda.after(self._delay(), lambda: self._reach(parcel, life))
        if self._dice.random() < self.road.doubled:
            self._agenda.after(self._delay(), lambda: self._reach(parcel, life))

    def _reach(self, parcel: Parcel, life: int) -> None:
        if life != self._life or not self.network or not self._broker.up:
            return
        self._broker.publish(parcel.topic, parcel.payload, retain=parcel.retain)
        if self._dice.random() < self.road.loss / 4:
            self._agenda.after(self._dice.uniform(*NOTICED_S), lambda: self._break(life))
            return
        self._agenda.after(self._dice.uniform(0.05, 0.5), lambda: self._taken(parcel, life))

    def _taken(self, parcel: Parcel, life: int) -> None:
        if life == self._life and not parcel.taken:
            parcel.taken = True
            if parcel in self._outbox:
                self._outbox.remove(parcel)

    def _break(self, life: int) -> None:
        if life == self._life:
            self._end()

    def _arrive(self, packet: Packet, life: int) -> None:
        if life == self._life and self.network and self._ends is not None:
            self._ends.heard(packet)

    def _delay(self, *, down: bool = False) -> float:
        """One after the other, each way, as on any connection; but what is late is overtaken."""
        if self._dice.random() < self.road.late:
            return self._dice.uniform(0.5, 20.0)
        arrives = max(self._agenda.now + self._dice.uniform(0.05, 0.6), self._busy_until[down])
        self._busy_until[down] = arrives
        return arrives - self._agenda.now
