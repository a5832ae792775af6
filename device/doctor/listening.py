"""Sensors of a machine that does not run, opened for as long as they are listened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from device.clock import SystemTime

if TYPE_CHECKING:
    from device.ports import Part

POLL_S = 0.1


@contextmanager
def at_work(parts: Sequence[Part]) -> Iterator[None]:
    """The parts, started and in the end stopped. Raises PinsUnavailableError."""
    with ExitStack() as running:
        for part in parts:
            part.start()
            running.callback(part.stop)
        yield


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it held within so many seconds."""
    clock = SystemTime()
    end = clock.monotonic() + seconds
    while not holds():
        if clock.monotonic() >= end:
            return False
        clock.sleep(POLL_S)
    return True
