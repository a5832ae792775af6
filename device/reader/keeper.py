"""Keeps one process looking. It has the libraries loaded and sees no picture, so that the next one looks at once.

Loading them takes a second or more on a Pi; a fork of who has loaded them takes a moment. The keeper gives up no
rights, for it touches nothing that comes from outside; each one who looks gives up all of them before the first
picture.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable

from device.clock import SystemTime, TimeSource
from device.reader.messages import State, restarting, to_line
from device.reader.rights import die_with

AGAIN = b"again\n"
"""On the keeper's stdin: who looks has fallen silent, let another one look."""

_SHORT_LIFE = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0


def keep(look: Callable[[int], object], parent: int) -> None:
    """Let `look` run in a process of its own, with this one's id, and in another whenever it ends, until stdin closes.

    The first one to follow begins at once; those who die young are followed ever more slowly.
    """
    die_with(parent)
    time, pause = SystemTime(), 0.0
    while True:
        keeper, begun = os.getpid(), time.monotonic()
        child = os.fork()
        if child == 0:
            _be_the_one_who_looks(look, keeper)
        why = _watch(child)
        if why is None:
            return
        _say(State(restarting(why)))
        if time.monotonic() - begun > _SHORT_LIFE:
            pause = 0.0
        if pause and _is_ended_within(pause, time):
            return
        pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)


def _be_the_one_who_looks(look: Callable[[int], object], keeper: int) -> None:
    """Never returns: what stands after the fork is the keeper's."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        look(keeper)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a fork that returned would be a second keeper
        traceback.print_exc()
    finally:
        os._exit(code)


def _watch(child: int) -> str | None:
    """Why it ended; None if nobody listens any more."""
    end = os.pidfd_open(child)
    try:
        poller = select.poll()
        poller.register(0, select.POLLIN)
        poller.register(end, select.POLLIN)
        events = dict(poller.poll())
        hangs = 0 in events and end not in events
        told = os.read(0, len(AGAIN)) if hangs else AGAIN
        if hangs:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(end)
    if not told:
        return None
    if hangs:
        return "no sign of life"
    code = os.waitstatus_to_exitcode(status)
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"


def _is_ended_within(seconds: float, time: TimeSource) -> bool:
    poller = select.poll()
    poller.register(0, select.POLLIN)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if poller.poll(left * 1000) and not os.read(0, len(AGAIN)):
            return True
    return False


def _say(state: State) -> None:
    try:
        sys.stdout.buffer.write(to_line(state))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise SystemExit(0) from None
