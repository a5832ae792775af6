"""One time for everything on a virtual bench, in however many processes, at any speed."""

from __future__ import annotations

import fcntl
import math
import mmap
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_COUNTER = struct.Struct("=Q")
_STATE = struct.Struct("=dddd")
_SIZE = _COUNTER.size + _STATE.size
_NAP_SECONDS = 0.02
"""Real seconds at a time, so that a sleeper notices a new rate."""
_TORN_READS = 3_000
"""Tries, a millisecond apart after the first: a writer on a crowded machine may be held up between its two halves."""


@dataclass(frozen=True, slots=True)
class _State:
    """Since the real second `real_base` (CLOCK_MONOTONIC) virtual time goes on from `virtual_base` at `rate`."""

    real_base: float
    virtual_base: float
    rate: float
    wall_start: float

    def virtual(self, real: float) -> float:
        return self.virtual_base + (real - self.real_base) * self.rate


class VirtualTime:
    """The bench's time, shared through a small file. A `TimeSource` for a bus; made by `create` or `attach`.

    `monotonic` starts at 0 when the file is made. The file holds a counter, odd while a new state is being written, so
    readers in other processes never see half of one; writers take turns on the file's lock.
    """

    def __init__(self, path: Path, memory: mmap.mmap) -> None:
        self._path = path
        self._memory = memory

    @classmethod
    def create(cls, path: Path, wall_start: float, rate: float = 1.0) -> VirtualTime:
        """Begin a world at `wall_start` (Unix seconds), replacing the file. ValueError for a bad rate."""
        _check_rate(rate)
        state = _STATE.pack(_real_now(), 0.0, rate, wall_start)
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(_COUNTER.pack(0) + state)
        fresh.replace(path)
        return cls.attach(path)

    @classmethod
    def attach(cls, path: Path) -> VirtualTime:
        """Join the world whose file is at `path`. FileNotFoundError without one, ValueError for another file."""
        with path.open("r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        if len(memory) != _SIZE:
            raise ValueError(f"{path} is not a virtual bench's clock: {len(memory)} bytes instead of {_SIZE}")
        return cls(path, memory)

    def monotonic(self) -> float:
        """Virtual seconds since the world began. Never goes back, in no process."""
        return self._read()[1]

    def wall(self) -> float:
        """True Unix seconds of this world. Phones and satellites know them; a bus must learn them."""
        state, virtual = self._read()
        return state.wall_start + virtual

    @property
    def rate(self) -> float:
        """Virtual seconds in a real one."""
        return self._read()[0].rate

    def sleep(self, seconds: float) -> None:
        """Wait that many virtual seconds, also if the rate changes meanwhile; for ever while it is 0."""
        end = self.monotonic() + seconds
        while True:
            state, now = self._read()
            if now >= end:
                return
            left = (end - now) / state.rate if state.rate > 0 else math.inf
            time.sleep(min(left, _NAP_SECONDS))

    def set_rate(self, rate: float) -> None:
        """Go on at `rate` from the present virtual second; 0 stands still. ValueError for a bad rate."""
        _check_rate(rate)
        with self._writing() as counter:
            before = _State(*_STATE.unpack_from(self._memory, _COUNTER.size))
            _COUNTER.pack_into(self._memory, 0, counter + 1)
            # Taken only now: a reader that still saw an even counter took its own real second before this one.
            now = _real_now()
            after = (now, before.virtual(now), rate, before.wall_start)
            _STATE.pack_into(self._memory, _COUNTER.size, *after)
            _COUNTER.pack_into(self._memory, 0, counter + 2)

    def close(self) -> None:
        """Leave the world; it goes on for others."""
        self._memory.close()

    def _read(self) -> tuple[_State, float]:
        """The state and the virtual second that belongs to it."""
        for attempt in range(_TORN_READS):
            (before,) = _COUNTER.unpack_from(self._memory, 0)
            state = _State(*_STATE.unpack_from(self._memory, _COUNTER.size))
            real = _real_now()
            (after,) = _COUNTER.unpack_from(self._memory, 0)
            if before == after and before % 2 == 0:
                return state, state.virtual(real)
            if attempt:
                time.sleep(0.001)
        raise RuntimeError(f"the virtual clock {self._path} was left half written; make the bench anew")

    @contextmanager
    def _writing(self) -> Iterator[int]:
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            (counter,) = _COUNTER.unpack_from(self._memory, 0)
            yield counter


def _real_now() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def _check_rate(rate: float) -> None:
    if not (math.isfinite(rate) and rate >= 0):
        raise ValueError(f"a clock's rate is a number from 0 on, not {rate}")
