"""A GPS receiver made of a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import threading
import time as real_time
import tty
from collections import deque
from contextlib import suppress
from pathlib import Path

import numpy as np

from device.clock import TimeSource

BYTES_A_SECOND = 960
"""9600 baud, eight bits, one start and one stop bit."""
KEPT_EPOCHS = 2
KEPT_BYTES = 2 * BYTES_A_SECOND
"""What a port holds for a bus that does not read; then it forgets all of it."""
METRES_A_SECOND_PER_KNOT = 1852 / 3600


class VirtualReceiver:
    """Speaks NMEA at `path`, a link that stays the same while the pseudo-terminal behind it comes and goes.

    What it is told to say goes out at 9600 baud of `time`; it holds two epochs at most and drops the oldest when
    it falls behind, and drops what nobody reads. With a `garbage_seed`, binary bytes as of other protocols and
    cut sentences come in between. A process forked with the port open keeps it alive: start buses by exec.
    """

    def __init__(self, path: Path, time: TimeSource, *, garbage_seed: int | None = None) -> None:
        self._path = path
        self._time = time
        self._garbage = None if garbage_seed is None else np.random.default_rng(garbage_seed)
        self._epochs: deque[list[bytes]] = deque(maxlen=KEPT_EPOCHS)
        self._turn = threading.Condition()
        self._ports: tuple[int, int] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="virtual-gps", daemon=True)

    def start(self) -> None:
        """Plug in and begin to speak."""
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        """Unplug and end."""
        with self._turn:
            self._stopping = True
            self._turn.notify()
        self.unplug()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def plug(self) -> None:
        """Come into being at the path; nothing if it is there already."""
        with self._turn:
            if self._ports is not None:
                return
            port, far_end = os.openpty()
            # Without this the terminal would echo to us what we say to the bus.
            tty.setraw(far_end)
            os.set_blocking(port, False)
            # The far end stays open here as well, so that a bus that is killed does not end the terminal.
            self._ports = (port, far_end)
            fresh = self._path.with_name(f"{self._path.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(far_end))
            fresh.replace(self._path)

    def unplug(self) -> None:
        """Vanish, as a USB receiver does whose plug is pulled; nothing if it is gone already."""
        with self._turn:
            if self._ports is None:
                return
            self._path.unlink(missing_ok=True)
            for port in self._ports:
                os.close(port)
            self._ports = None
            self._epochs.clear()

    def say(
        self,
        lat: float,
        lon: float,
        *,
        wall: float,
        speed_mps: float = 0.0,
        course_deg: float | None = None,
        hdop: float = 0.9,
        sats: int = 9,
    ) -> None:
        """A fix: degrees, metres a second, degrees from north, Unix seconds.

        Without a course, as when standing, the field stays empty.
        """
        clock, day = _clock_and_day(wall)
        place = f"{_angle(lat, 2)},{'N' if lat >= 0 else 'S'},{_angle(lon, 3)},{'E' if lon >= 0 else 'W'}"
        knots = speed_mps / METRES_A_SECOND_PER_KNOT
        course = "" if course_deg is None else f"{course_deg % 360:.1f}"
        used = ",".join(f"{number:02d}" if number <= sats else "" for number in range(1, 13))
        self._queue(
            f"GNRMC,{clock},A,{place},{knots:.2f},{course},{day},,,A",
            f"GNGGA,{clock},{place},1,{sats:02d},{hdop:.1f},400.0,M,38.0,M,,",
            f"GNGSA,A,3,{used},{hdop * 1.8:.1f},{hdop:.1f},{hdop * 1.5:.1f}",
        )

    def say_void(self, wall: float) -> None:
        """No fix: under a roof or in a tunnel. The time goes on, as it does in real receivers."""
        clock, day = _clock_and_day(wall)
        self._queue(
            f"GNRMC,{clock},V,,,,,,,{day},,,N",
            f"GNGGA,{clock},,,,,0,00,99.9,,M,,M,,",
            "GNGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9",
        )

    def say_raw(self, *parts: bytes) -> None:
        """One epoch of any bytes whatever: frozen, cut or forged sentences, other protocols."""
        self._enqueue(list(parts))

    def _queue(self, *bodies: str) -> None:
        parts: list[bytes] = []
        for body in bodies:
            sentence = framed(body)
            if self._garbage is not None:
                parts.append(_rubbish(self._garbage, sentence))
            parts.append(sentence)
        self._enqueue(parts)

    def _enqueue(self, parts: list[bytes]) -> None:
        with self._turn:
            if self._ports is not None:
                self._epochs.append(parts)
                self._turn.notify()

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._epochs or self._stopping)
                if self._stopping:
                    return
                parts, ports = self._epochs.popleft(), self._ports
            due = self._time.monotonic()
            for part in parts:
                # Paced against one beginning, so the naps' lateness does not add up.
                due += len(part) / BYTES_A_SECOND
                if not self._wait_until(due):
                    return
                self._write(part, ports)

    def _wait_until(self, due: float) -> bool:
        """False if asked to stop. In short naps, for the bench's time may stand still."""
        while not self._stopping:
            left = due - self._time.monotonic()
            if left <= 0:
                return True
            real_time.sleep(min(left, 0.01))
        return False

    def _write(self, part: bytes, ports: tuple[int, int] | None) -> None:
        with self._turn:
            if ports is None or self._ports is not ports:
                return
            port, far_end = ports
            # A bus that comes late must not take old places for new ones, as it would from the kernel's 64 kB.
            (unread,) = struct.unpack("=i", fcntl.ioctl(far_end, termios.FIONREAD, bytes(4)))
            if unread > KEPT_BYTES:
                termios.tcflush(far_end, termios.TCIFLUSH)
            with suppress(BlockingIOError):
                os.write(port, part)


def framed(body: str) -> bytes:
    """A sentence with `$`, checksum and line end around `body`."""
    checksum = 0
    for character in body.encode("ascii"):
        checksum ^= character
    return f"${body}*{checksum:02X}\r\n".encode("ascii")


def _clock_and_day(wall: float) -> tuple[str, str]:
    hundredths = round(wall * 100)
    moment = real_time.gmtime(hundredths // 100)
    clock = f"{real_time.strftime('%H%M%S', moment)}.{hundredths % 100:02d}"
    return clock, real_time.strftime("%d%m%y", moment)


def _angle(degrees: float, digits: int) -> str:
    """Degrees as NMEA writes them, dddmm.mmmmm: 2 cm."""
    units = round(abs(degrees) * 60 * 100_000)
    whole, minutes = divmod(units, 60 * 100_000)
    return f"{whole:0{digits}d}{minutes // 100_000:02d}.{minutes % 100_000:05d}"


def _rubbish(chance: np.random.Generator, sentence: bytes) -> bytes:
    """Now and then a cut sentence, else some bytes of anything."""
    if chance.random() < 0.3:
        return sentence[: chance.integers(1, len(sentence) - 2)]
    return chance.bytes(int(chance.integers(24)))
