"""When the ledger was last recomputed as a whole, and how that came out: a small file beside the database.

No row of it: the ledger is only read then, also by whoever may not write to it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = ".ledger-verified.json"


@dataclass(frozen=True, slots=True)
class LastVerified:
    """At which Unix second, up to which head of the chain, and how many differences there were."""

    at: int
    head: str
    problems: int


def write_last(data: Path, last: LastVerified) -> None:
    """Put it there, whole. Raises OSError."""
    unfinished = data / f"{FILE}.new"
    unfinished.write_text(json.dumps(asdict(last)) + "\n", encoding="ascii")
    unfinished.rename(data / FILE)


def read_last(data: Path) -> LastVerified | None:
    """None where it was never recomputed, or the file is not one of ours."""
    try:
        return LastVerified(**json.loads((data / FILE).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None
