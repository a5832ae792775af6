"""Every command of the counter once: the same id with the same request gets the same answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import Field, asdict
from typing import Any, ClassVar, Protocol

from central.counter.refusals import NotDone, Refused
from central.counter.store import add_command, find_command
from central.database.transaction import Connection


class Wanted(Protocol):
    """Any dataclass that says what is asked for."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def answer_once(
    connection: Connection,
    command: str,
    wanted: Wanted,
    do: Callable[[], int | Refused],
    now: int,
) -> int | Refused:
    """The number of what `do` makes, or why it was not made; both are kept under `command` for its repeats."""
    asked = json.dumps([type(wanted).__name__, asdict(wanted)], ensure_ascii=False)
    before = find_command(connection, command)
    if before is None:
        answer = do()
        add_command(connection, command, asked, answer, now)
        return answer
    return before.answer if before.asked == asked else Refused(NotDone.OTHER_COMMAND)
