"""A running machine asked how it is, over its socket: what its loop knows, in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from device.control import Handler, NotRunning, call
from device.doctor.witness import Seen
from device.reading_out import There, WhatIsThere
from rules.messages.codec import Malformed, decode
from rules.messages.stick import StickRefused

DOCTOR = "doctor"
"""What is asked for."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine's page knows. Texts are sentences for people, "" for all is well.

    `page_draws` is None where nothing watches the page.
    """

    version: str
    clock_known: bool
    queue: int
    link_up: bool
    link: str = ""
    stopped: str = ""
    page_draws: bool | None = None


class State(msgspec.Struct, frozen=True):
    """All of it. `records` is the newest record's number; `facts` are what sensors reported since the start.

    `waiting_since` is the Unix second of the oldest record that is not with the office, 0 where there is none or the
    time was not known then.
    """

    told: Told
    records: int
    facts: dict[str, Seen]
    waiting_since: int = 0


def doctor_handler(
    ask: Callable[[WhatIsThere], object], told: Callable[[], Told], seen: Callable[[], Mapping[str, Seen]]
) -> Handler:
    """The answering side. The loop itself is asked for its journal, so an answer proves that it turns."""

    def answer(_: bytes) -> Iterator[bytes | msgspec.Struct]:
        there = ask(WhatIsThere())
        assert isinstance(there, There)
        yield State(told(), there.last, dict(seen()), there.waiting_since)

    return answer


def ask_state(data: Path) -> State | None:
    """Of the machine whose data folder that is; None where it does not run. Raises StickRefused."""
    try:
        *_, done = call(data, DOCTOR)
        return decode(bytes(done), State)
    except (NotRunning, FileNotFoundError):
        return None
    except Malformed as error:
        raise StickRefused(
            "端末とこのコマンドの版が違います。端末を再起動してください",
            "The terminal runs another version than this command: restart it",
            str(error),
        ) from error
