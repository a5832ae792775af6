"""A broker in other hands: takes everybody in and says what it was told to say, once, after the first subscription."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

CONNECT, SUBSCRIBE = 1, 8
CONNACK = b"\x20\x03\x00\x00\x00"


class LyingBroker:
    """Speaks just enough MQTT 5. `connections` counts who came."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """End every connection; who comes again is taken in again."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No broker any more."""
        self._server.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while kind := stream.read(1):
                body = stream.read(_length(stream.read))
                if kind[0] >> 4 == CONNECT:
                    connection.sendall(CONNACK)
                elif kind[0] >> 4 == SUBSCRIBE:
                    connection.sendall(b"\x90\x07" + body[:2] + b"\x00\x01\x01\x01\x01" + self._says)
                    self._says = b""


def publish_packet(topic: bytes, payload: bytes) -> bytes:
    """A PUBLISH at QoS 0, whatever its topic is."""
    body = struct.pack(">H", len(topic)) + topic + b"\x00" + payload
    length, rest = b"", len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length += bytes([digit | (128 if rest else 0)])
        if not rest:
            return b"\x30" + length + body


@contextmanager
def lying_broker(says: bytes) -> Iterator[LyingBroker]:
    """One on a free loopback port."""
    broker = LyingBroker(says)
    try:
        yield broker
    finally:
        broker.close()


def _length(read: Callable[[int], bytes]) -> int:
    length = shift = 0
    while True:
        (digit,) = read(1)
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return length
