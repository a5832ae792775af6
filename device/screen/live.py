"""A page's stream of server-sent events: a picture at each change, keys at once, a heartbeat in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import TypeVar

HEARTBEAT_S = 1.0
"""Also how soon a page that went away gives its stream back: nobody notices before the next write."""
CALM_S = 0.1
"""Pause between two pictures, so that a loop that publishes at camera speed does not eat the processor."""

Snapshot = TypeVar("Snapshot")
WaitForChange = Callable[[int, float], int]


def stream(
    latest: Callable[[], Snapshot],
    wait_for_change: WaitForChange,
    is_same: Callable[[Snapshot, Snapshot], bool],
    draw: Callable[[Snapshot], str],
    pressed: Callable[[], Iterable[str]] = list,
) -> Iterator[str]:
    """Events without end. `draw` gives a picture on one line; `is_same` says that two would look the same.

    `pressed` gives the keys since it was last asked. They come before the picture of the same moment: who pressed them
    saw the former one.
    """
    pause, version = Event(), -1
    shown: Snapshot | None = None
    while True:
        version = wait_for_change(version, HEARTBEAT_S)
        snapshot = latest()
        said = "".join(f"event: key\ndata: {key}\n\n" for key in pressed())
        if shown is None or not is_same(shown, snapshot):
            shown = snapshot
            said += f"data: {draw(snapshot)}\n\n"
        yield said or "event: beat\ndata: 1\n\n"
        pause.wait(CALM_S)
