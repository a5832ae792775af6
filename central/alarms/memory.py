"""What was told by mail, kept beside the database: no row of it, for a restored backup knows nothing of mails."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from central.alarms.weigh import Known, Memory

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".alarms.json"


def read_memory(data: Path) -> Memory:
    """Empty where nothing was told, or the file is not one of ours: then what is wrong is told again."""
    try:
        found = json.loads((data / FILE).read_text(encoding="utf-8"))
        machines = {
            name: Known(
                tuple(each["told"]),
                each["differs_since"],
                tuple((at, tuple(names)) for at, names in each["mails"]),
            )
            for name, each in found["machines"].items()
        }
        return Memory(machines, tuple(found["sent"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def write_memory(data: Path, memory: Memory) -> None:
    """Put it there, whole. Raises OSError."""
    unfinished = data / f"{FILE}.new"
    unfinished.write_text(json.dumps(asdict(memory), ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.rename(data / FILE)
