"""How large a run is: short in every test run, long with YUKEMURI_LONG=1; and the seed it can be replayed by."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from random import Random

LONG = os.environ.get("YUKEMURI_LONG") == "1"
PATIENCE_S = 60.0
"""What ends sooner on any machine that is not broken."""


def seed() -> int:
    """YUKEMURI_SEED, or a new one. Whoever takes it prints it."""
    given = os.environ.get("YUKEMURI_SEED")
    return int(given) if given else secrets.randbelow(2**32)


def dice_of(number: int) -> Random:
    """The same number rolls the same dice."""
    return Random(number)


def until(holds: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> float:
    """Wait for a condition; how long it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < within_s, f"waited {within_s:.0f} s in vain until {what}"
        time.sleep(0.02)
    return time.monotonic() - begun


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
