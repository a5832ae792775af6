"""The bench's end of the wires to a virtual bus: its lamps, its door and its wheels."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path

LAMPS = ("green", "yellow", "red")


class Wires:
    """Listens to a bus's lamps, moves its door and turns its wheels; outlives the bus, and is there when it is back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._counts = dict.fromkeys(LAMPS, 0)
        self._door_open = False
        self._drive = (0.0, 0.0, 0.0)
        self._bus: socket.socket | None = None
        self._server: socket.socket | None = None

    def start(self) -> None:
        """Be there for a bus."""
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(self._path))
        self._server.listen()
        threading.Thread(target=self._accept, args=(self._server,), name="wires", daemon=True).start()

    def stop(self) -> None:
        """Cut all wires."""
        if self._server is not None:
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        if self._bus is not None:
            with contextlib.suppress(OSError):
                self._bus.shutdown(socket.SHUT_RDWR)

    def lit(self, lamp: str) -> int:
        """How often the lamp has been lit so far."""
        with self._changed:
            return self._counts[lamp]

    def answers(self) -> int:
        """How many answers there were: each lights either green or red."""
        with self._changed:
            return self._answers()

    def wait_for_answer(self, after: int, timeout: float) -> bool:
        """Whether there were more than `after` answers before `timeout` real seconds were over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._answers() > after, timeout)

    def set_door(self, *, is_open: bool) -> None:
        """Open or close the door."""
        with self._changed:
            self._door_open = is_open
            self._say({"door_open": is_open})

    def drive(self, *, begins: float, ends: float, metres: float) -> None:
        """Drive so many metres between two seconds of the bench's time, evenly, and then stand."""
        with self._changed:
            self._drive = (begins, ends, metres)
            self._say({"drive": self._drive})

    def _answers(self) -> int:
        return self._counts["green"] + self._counts["red"]

    def _say(self, told: dict[str, object]) -> None:
        if self._bus is not None:
            with contextlib.suppress(OSError):
                self._bus.sendall(json.dumps(told).encode() + b"\n")

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                bus, _ = server.accept()
            except OSError:
                return
            with self._changed:
                self._bus = bus
                self._say({"door_open": self._door_open, "drive": self._drive})
            threading.Thread(target=self._listen, args=(bus,), name="wires-bus", daemon=True).start()

    def _listen(self, bus: socket.socket) -> None:
        with contextlib.suppress(OSError), bus, bus.makefile("rb") as lines:
            for line in lines:
                told = json.loads(line)
                if told["lit"]:
                    with self._changed:
                        self._counts[told["lamp"]] += 1
                        self._changed.notify_all()
