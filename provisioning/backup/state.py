"""How the backup stands, for whoever looks after the server: a small file beside the database."""

from __future__ import annotations

from pathlib import Path

import msgspec

FILE = ".backup-state.json"


class State(msgspec.Struct, frozen=True):
    """When it last looked, until when all is shipped (Unix seconds, 0 for never); what is wrong, "" for nothing."""

    looked: int
    until: int
    problem: str


def write_state(data: Path, state: State) -> None:
    """Put it there, whole. Raises OSError."""
    unfinished = data / f"{FILE}.new"
    unfinished.write_bytes(msgspec.json.encode(state) + b"\n")
    unfinished.rename(data / FILE)


def read_state(data: Path) -> State | None:
    """None where no backup has run, or the file is not one of ours."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return None
