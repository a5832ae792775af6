"""The mobile network between a bus and its broker, counted: what a SIM's bill would count of the bytes on it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

CHUNK = 65_536
HEADERS = 20 + 32
"""Bytes of IPv4 and of TCP with time stamps before each segment."""
# Of the kernel's struct tcp_info (linux/tcp.h): bytes sent and acknowledged, bytes received, segments out and in.
_BYTES, _BYTES_AT = struct.Struct("=QQ"), 120
_SEGMENTS, _SEGMENTS_AT = struct.Struct("=II"), 136
_INFO_BYTES = 144


class CountedRoad:
    """A loopback port that leads to another one. Cut, it drops what is open and refuses what comes.

    The bus's own connection ends here, so the kernel's counts are those of the mobile link, acknowledgements included.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._lock = threading.Lock()
        self._near: list[socket.socket] = []
        self._far: list[socket.socket] = []
        self._is_open = True
        self._ended = 0
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, name="road", daemon=True).start()

    def total(self) -> int:
        """Bytes both ways so far, with the headers of IP and TCP."""
        with self._lock:
            return self._ended + sum(map(_counted, self._near))

    def cut(self) -> None:
        """Into the valley."""
        with self._lock:
            self._is_open = False
            for end in (*self._near, *self._far):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Out of it again."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """For good."""
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                if not self._is_open:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to_port))
                self._near.append(near)
                self._far.append(far)
                self.connections += 1
            threading.Thread(target=self._carry, args=(near, far, near, far), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, near, far), daemon=True).start()

    def _carry(
        self, source: socket.socket, sink: socket.socket, near: socket.socket, far: socket.socket
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
        with self._lock:
            if near in self._near:
                self._near.remove(near)
                self._far.remove(far)
                self._ended += _counted(near)
                for end in (near, far):
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                    end.close()


def _counted(end: socket.socket) -> int:
    info = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    sent, received = _BYTES.unpack_from(info, _BYTES_AT)
    out, into = _SEGMENTS.unpack_from(info, _SEGMENTS_AT)
    return int(sent + received + HEADERS * (out + into))
