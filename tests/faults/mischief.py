"""A broker's bad neighbour: a proxy that speaks MQTT 5 and loses, delays, doubles and replays what passes through it.

It lies like a broker: whoever sent a message that is lost has its acknowledgement. What it repeats goes out with QoS 0,
so that nobody's message ids are mixed up.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from tests.faults.scale import PATIENCE_S

PUBLISH, PUBACK = 3, 4
QOS_BITS, QOS_1 = 0x06, 0x02
REMEMBERED = 200
MAX_DELAY_S = 1.0


@dataclass(frozen=True)
class Mischief:
    """Shares from 0 to 1 of all messages, in either direction."""

    loss: float
    replay: float
    delay: float


@dataclass
class Done:
    """What it did, so that a test can say that it happened."""

    passed: int = 0
    lost: int = 0
    replayed: int = 0
    delayed: int = 0


@dataclass
class Proxy:
    """`port` is where to connect instead. `mischief` may be changed while it runs; None is an honest line."""

    port: int
    mischief: Mischief | None
    done: Done = field(default_factory=Done)


class _Line:
    """One direction of all connections: what went through may come again on a later one."""

    def __init__(self, proxy: Proxy, dice: Random) -> None:
        self._proxy = proxy
        self._dice = dice
        self._past: deque[bytes] = deque(maxlen=REMEMBERED)

    async def carry(
        self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        """Everything from one end to the other, until one of them hangs up."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                packet = await read_packet(reader)
                if packet[0] >> 4 == PUBLISH:
                    self._on_publish(packet, onward, back)
                else:
                    onward.write(packet)
        onward.close()

    def _on_publish(self, packet: bytes, onward: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        mischief, done = self._proxy.mischief, self._proxy.done
        if mischief is None:
            onward.write(packet)
            return
        self._past.append(packet)
        if self._dice.random() < mischief.loss:
            done.lost += 1
            if packet[0] & QOS_BITS == QOS_1:
                back.write(bytes([PUBACK << 4, 2]) + message_id(packet))
        elif self._dice.random() < mischief.delay:
            done.delayed += 1
            _later(self._dice.random() * MAX_DELAY_S, onward, packet)
        else:
            done.passed += 1
            onward.write(packet)
        if self._dice.random() < mischief.replay:
            done.replayed += 1
            # As often the message itself again as one of long ago.
            again = packet if self._dice.random() < 0.5 else self._dice.choice(self._past)
            _later(self._dice.random() * MAX_DELAY_S, onward, without_id(again))


def _later(seconds: float, onward: asyncio.StreamWriter, packet: bytes) -> None:
    def write() -> None:
        if not onward.is_closing():
            onward.write(packet)

    asyncio.get_running_loop().call_later(seconds, write)


async def read_packet(reader: asyncio.StreamReader) -> bytes:
    """One whole MQTT packet."""
    packet = await reader.readexactly(1)
    length = shift = 0
    while True:
        digit = await reader.readexactly(1)
        packet += digit
        length |= (digit[0] & 127) << shift
        shift += 7
        if digit[0] < 128:
            return packet + await reader.readexactly(length)


def body_at(packet: bytes) -> int:
    """Where the body begins, after the type and the length."""
    at = 1
    while packet[at] >= 128:
        at += 1
    return at + 1


def _id_at(packet: bytes) -> int:
    body = body_at(packet)
    return body + 2 + int.from_bytes(packet[body : body + 2], "big")


def message_id(packet: bytes) -> bytes:
    """Of a PUBLISH with QoS 1."""
    return packet[_id_at(packet) : _id_at(packet) + 2]


def without_id(packet: bytes) -> bytes:
    """The same PUBLISH with QoS 0."""
    if packet[0] & QOS_BITS == 0:
        return packet
    body, at = body_at(packet), _id_at(packet)
    return bytes([packet[0] & 0xF1]) + _length(len(packet) - body - 2) + packet[body:at] + packet[at + 2 :]


def _length(rest: int) -> bytes:
    digits = bytearray()
    while True:
        rest, digit = divmod(rest, 128)
        digits.append(digit | (128 if rest else 0))
        if not rest:
            return bytes(digits)


@contextmanager
def mischievous(port: int, mischief: Mischief | None, dice: Random) -> Iterator[Proxy]:
    """One before the broker at `port`, on a free loopback port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mischief", daemon=True)
    thread.start()
    proxy = Proxy(0, mischief)
    lines = _Line(proxy, Random(dice.random())), _Line(proxy, Random(dice.random()))
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(
                lines[0].carry(reader, to_broker, writer), lines[1].carry(from_broker, writer, to_broker)
            )
        finally:
            writer.close()
            to_broker.close()
            connections.discard(task)

    async def end() -> None:
        server.close()
        for each in connections:
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, "127.0.0.1", 0), loop).result(
        PATIENCE_S
    )
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()
