"""The virtual camera: serves what is in view to the reader, as a USB camera would."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from device.reader.sockets import HEADER
from hil.virtual.scenes import empty_frame

Gray = npt.NDArray[np.uint8]

FRAMES_A_SECOND = 15.0
MAX_CLIENTS = 4
_STUCK_SECONDS = 2.0


class VirtualCamera:
    """A Unix stream socket that gives each client the picture in view, about 15 times a second.

    A client that takes nothing for 2 seconds is dropped; without clients nothing is sent. Use it as a context
    manager, or `plug` first and `unplug` last.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._changed = threading.Condition()
        self._picture = empty_frame()
        self._number = 0
        self._taken = 0
        self._server: socket.socket | None = None
        self._clients: set[socket.socket] = set()

    @property
    def setting(self) -> str:
        """What the machine's settings say to use this camera."""
        return f"socket:{self._path}"

    @property
    def taken(self) -> int:
        """How many pictures clients have taken so far."""
        with self._changed:
            return self._taken

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def show(self, picture: Gray | None) -> None:
        """Set what is in view, an (h, w) picture of 8 bits; None is the empty door. Goes out at once."""
        picture = empty_frame() if picture is None else picture
        if picture.ndim != 2 or picture.dtype != np.uint8:
            raise ValueError(f"a gray picture of 8 bits is needed, not {picture.dtype} {picture.shape}")
        with self._changed:
            self._picture = np.ascontiguousarray(picture)
            self._number += 1
            self._changed.notify_all()

    def plug(self) -> None:
        """Be there for clients. Raises OSError if the path cannot be used (a socket's path holds 107 bytes)."""
        if self._server is not None:
            return
        self._path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.bind(str(self._path))
            self._path.chmod(0o666)
            server.listen(MAX_CLIENTS)
        except OSError:
            server.close()
            raise
        self._server = server
        threading.Thread(target=self._accept, args=(server,), name="virtual-camera", daemon=True).start()

    def unplug(self) -> None:
        """Drop every client in the middle of whatever it gets, and be gone until `plug`."""
        with self._changed:
            server, self._server = self._server, None
            clients = list(self._clients)
            self._changed.notify_all()
        if server is None:
            return
        self._path.unlink(missing_ok=True)
        for line in (server, *clients):
            # A shutdown wakes the thread that waits on it; a close alone would not.
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        server.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with self._changed:
                welcome = self._server is server and len(self._clients) < MAX_CLIENTS
                if welcome:
                    self._clients.add(client)
            if welcome:
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()
            else:
                client.close()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        client.settimeout(_STUCK_SECONDS)
        sent, due = -1, time.monotonic()
        try:
            while self._server is server:
                with self._changed:
                    if self._number == sent:
                        self._changed.wait(max(0.0, due - time.monotonic()))
                    due = max(due, time.monotonic() - 1.0 / FRAMES_A_SECOND) + 1.0 / FRAMES_A_SECOND
                    sent, picture = self._number, self._picture
                height, width = picture.shape
                client.sendall(HEADER.pack(width, height, sent % 2**32))
                client.sendall(picture.data)
                with self._changed:
                    self._taken += 1
        except OSError:
            pass
        finally:
            with self._changed:
                self._clients.discard(client)
            client.close()
