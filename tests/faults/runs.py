"""How long a fault is repeated and by which dice: a few times in every run, many in the long one."""

from __future__ import annotations

import os
import secrets


def is_long() -> bool:
    """Whether this is the long run, `./dev sim --long`."""
    return os.environ.get("YUKEMURI_LONG") == "1"


def times(short: int, long: int) -> int:
    """How often a fault is repeated in this run."""
    return long if is_long() else short


def seed() -> int:
    """Where the dice begin: YUKEMURI_SEED to play a run again, otherwise anywhere. Print it."""
    said = os.environ.get("YUKEMURI_SEED")
    return int(said) if said else secrets.randbelow(2**32)
