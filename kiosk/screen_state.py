"""How the screen stands, for whoever may start it anew: asked of the running kiosk over its socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from device.control import Handler, NotRunning, call
from kiosk.ports import Snapshot
from rules.messages.codec import decode

SCREEN = "screen"
"""What is asked for."""


class Is(StrEnum):
    """What may be asked of it."""

    IDLE = "idle"
    """No code is shown, so nobody is disturbed."""
    STUCK = "stuck"
    """Its page has not said for a minute that it draws."""


class ScreenState(msgspec.Struct, frozen=True):
    """How many codes it shows, and whether its page says that it draws."""

    codes: int
    draws: bool

    def is_so(self, wanted: Is) -> bool:
        """Whether it is what was asked."""
        return not self.codes if wanted is Is.IDLE else not self.draws


NOBODY = ScreenState(codes=0, draws=True)
"""Of a kiosk that does not run: it shows nothing, and no browser is to blame."""


def screen_handler(latest: Callable[[], Snapshot], draws: Callable[[], bool]) -> Handler:
    """The answering side."""

    def answer(_: bytes) -> Iterator[bytes | msgspec.Struct]:
        yield ScreenState(len(latest().codes), draws())

    return answer


def ask_screen(data: Path) -> ScreenState:
    """Of the kiosk whose data folder that is. Raises StickRefused where it runs and does not answer."""
    try:
        *_, done = call(data, SCREEN)
    except NotRunning:
        return NOBODY
    return decode(bytes(done), ScreenState)
