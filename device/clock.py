"""The clock of a field machine. Nothing else on it asks the operating system for the time."""

from __future__ import annotations

import ctypes
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rules.instant import ClockQuality, Instant

AGREEING = 10
"""GPS counts after this many sentences in a row agree with the monotonic clock …"""
AGREEMENT_S = 0.5
"""… within this."""
TIME_ERROR = 5
TIMEX_BYTES = 512
"""More than any kernel's `struct timex`; all zero it only asks."""
CONTRADICTING = 60
"""So many it must be where they say that this machine's own newest record lies in the future: one of the two is wrong,
and of receivers, those that have just been switched on are."""
NETWORK_CONTRADICTING = 30
"""So many askings in a row the network must say what contradicts its own earlier word or this machine's newest record,
five minutes at ten seconds each: one of the two is wrong, and the one that stays is believed."""
STEP_S = 2.0
"""A change above this is an anchor of its own."""
NETWORK_ERROR_MS = 1_000
"""How far the network's time may be off, where the kernel believes it."""
LEAP_S = 86_400.0
"""A change above this is the receiver's fault: nothing else on the machine can have gone so far wrong since it was
switched on. Receivers' weeks roll over after 1,024."""
BUILT = 1_788_220_800
"""2026-09-01: a day that had passed when this program was made. Raised with every release."""
BELIEVABLE_S = 6 * 366 * 86_400
"""No program drives a bus for longer than that without being replaced: a time so far past its own date is wrong."""


class TimeSource(Protocol):
    """Where seconds come from: the machine's own, or the bench's virtual ones."""

    def monotonic(self) -> float:
        """Seconds since power-on, also while asleep, never set back."""

    def sleep(self, seconds: float) -> None:
        """Wait that long on this source."""


class SystemTime:
    """CLOCK_BOOTTIME, which also counts while the machine sleeps."""

    def monotonic(self) -> float:
        """Seconds since power-on."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    @staticmethod
    def wall() -> int:
        """Unix seconds as the system has them, right or not: for commands that people start, never for the loop."""
        return int(time.time())


class NetworkTime:
    """The system's clock, while something on the network keeps it right."""

    def __init__(self, adjtimex: Callable[[Any], int] | None = None) -> None:
        self._adjtimex = adjtimex or ctypes.CDLL(None).adjtimex

    def wall(self) -> float | None:
        """Unix seconds; None while the kernel says that nobody keeps its clock (adjtimex(2): TIME_ERROR)."""
        asked = ctypes.create_string_buffer(TIMEX_BYTES)
        return None if self._adjtimex(asked) in (-1, TIME_ERROR) else time.time()


def boot_id() -> str:
    """The kernel's name for this power-on, 8 hex digits of it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A source has given the time: the wall seconds of now, whole ones, and how far its sentences disagree."""

    source: str
    wall: int
    error_ms: int


def is_believable(wall: float, proven: int | None) -> bool:
    """Whether Unix seconds can be now, where `proven` have certainly passed (None: nothing is known)."""
    return proven is None or proven <= wall <= proven + BELIEVABLE_S


class Clock:
    """Wall time as far as this machine can know it, on top of time that only ever rises.

    `saved` is what this machine itself took for the time last (its newest record). It is the floor, but no proof: the
    receiver may have been wrong then, and must not make its successor wrong. `proven` has certainly passed, by evidence
    no receiver has touched (the program's date, the certificate's start); None where there is none.
    """

    def __init__(self, source: TimeSource, boot: str, saved: int, proven: int | None = None) -> None:
        self._source = source
        self._boot = boot
        self._proven = proven
        self._floor = saved if proven is None or is_believable(saved, proven) else proven
        self._gps: float | None = None
        self._network: float | None = None
        """Wall minus monotonic seconds by each source; None until it has counted."""
        self._recent: deque[float] = deque(maxlen=CONTRADICTING)
        self._contradictions: deque[float] = deque(maxlen=NETWORK_CONTRADICTING)

    def monotonic(self) -> float:
        """Seconds since power-on: for every duration."""
        return self._source.monotonic()

    @property
    def boot(self) -> str:
        """Names this power-on."""
        return self._boot

    def now(self) -> Instant:
        """This moment."""
        mono = self._source.monotonic()
        offset = self._offset
        if offset is None:
            return Instant(self._boot, int(mono * 1000), self._floor, ClockQuality.FLOOR)
        return Instant(self._boot, int(mono * 1000), int(mono + offset), self._quality)

    def hear_gps(self, wall: float, mono: float) -> Anchor | None:
        """Take the time of one sentence, stamped `mono` when it came in; an Anchor when it becomes the clock's own."""
        offset = wall - mono
        self._recent.append(offset)
        needed = AGREEING if wall >= self._floor else CONTRADICTING
        if len(self._recent) < needed or not is_believable(wall, self._proven):
            return None
        agreeing = list(self._recent)[-needed:]
        spread = max(agreeing) - min(agreeing)
        if spread > AGREEMENT_S or not self._is_news(self._gps, offset):
            return None
        # Sentences arrive late, never early: the largest offset is the one with the least delay in it.
        self._gps = max(agreeing)
        return Anchor("gps", self.now().wall, int(spread * 1000))

    def hear_network(self, wall: float, mono: float) -> Anchor | None:
        """Take the network's time as it was at `mono`; an Anchor when it becomes the clock's own. GPS goes first."""
        offset = wall - mono
        if not is_believable(wall, self._proven):
            self._contradictions.clear()
            return None
        if wall < self._floor or self._leaps(self._network, offset):
            if not self._stays(offset):
                return None
            self._floor = min(self._floor, int(wall))
        else:
            self._contradictions.clear()
            if not self._is_news(self._network, offset):
                return None
        self._network = offset
        return Anchor("network", self.now().wall, NETWORK_ERROR_MS) if self._gps is None else None

    def _is_news(self, own: float | None, offset: float) -> bool:
        """Whether a source's offset moves the clock: its first, or a step; a leap is a fault of the source."""
        return not self._leaps(own, offset) and (own is None or abs(own - offset) > STEP_S)

    def _leaps(self, own: float | None, offset: float) -> bool:
        known = self._offset if own is None else own
        return known is not None and abs(known - offset) > LEAP_S

    def _stays(self, offset: float) -> bool:
        """Whether the network has now said for long enough what contradicts."""
        self._contradictions.append(offset)
        agrees = max(self._contradictions) - min(self._contradictions) <= STEP_S
        if len(self._contradictions) < NETWORK_CONTRADICTING or not agrees:
            return False
        self._contradictions.clear()
        return True

    @property
    def _offset(self) -> float | None:
        return self._network if self._gps is None else self._gps

    @property
    def _quality(self) -> ClockQuality:
        if self._gps is None:
            return ClockQuality.NETWORK
        agree = self._network is not None and abs(self._network - self._gps) <= STEP_S
        return ClockQuality.AGREED if agree else ClockQuality.GPS
