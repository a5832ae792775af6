"""The mobile network along the road: every byte between bus and broker goes through here, until the valley cuts it."""

from __future__ import annotations

import contextlib
import socket
import threading

CHUNK = 65_536


class MountainRoad:
    """A loopback port that leads to another one. Cut, it drops what is open and refuses what comes."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._open = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def start(self) -> None:
        """Open the road."""
        self._open.set()
        threading.Thread(target=self._accept, name="road", daemon=True).start()

    def stop(self) -> None:
        """Close it for good."""
        self.cut()
        self._server.close()

    @property
    def is_open(self) -> bool:
        """Whether bytes pass."""
        return self._open.is_set()

    def cut(self) -> None:
        """Into the valley: connections die."""
        self._open.clear()
        with self._lock:
            for end in self._sockets:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Out of it again."""
        self._open.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if not self._open.is_set():
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to_port), timeout=2)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._sockets |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(
                    target=self._carry, args=(source, sink), name="road-lane", daemon=True
                ).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        with self._lock:
            self._sockets -= {source, sink}
