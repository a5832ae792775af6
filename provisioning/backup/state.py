"""The two files by which the office learns how its backup stands (`rules/messages/backup.py`)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rules.messages.backup import DRILL_FILE, STATE_FILE, BackupState, Drill
from rules.messages.codec import Malformed, decode, encode


def write_state(data: Path, state: BackupState) -> None:
    """Put it beside the office's database, whole. Raises OSError."""
    _write(data / STATE_FILE, encode(state))


def read_state(data: Path) -> BackupState | None:
    """None where no backup has run, or the file is not one of ours."""
    with suppress(OSError, Malformed):
        return decode((data / STATE_FILE).read_bytes(), BackupState)
    return None


def write_drill(place: Path, drill: Drill) -> None:
    """Put it beside the backups, whole. Raises OSError."""
    _write(place / DRILL_FILE, encode(drill))


def read_drill(place: Path) -> Drill | None:
    """None where no drill was made, or the file is not one of ours."""
    with suppress(OSError, Malformed):
        return decode((place / DRILL_FILE).read_bytes(), Drill)
    return None


def _write(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.write_bytes(content + b"\n")
    unfinished.rename(file)
