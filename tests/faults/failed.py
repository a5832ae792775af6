"""F4: what is wrong with how a bus took a write or a sync that failed."""

from __future__ import annotations

from tests.faults.journal_check import breaches, greens_in
from tests.faults.traced import Struck

ENDS_S = 1.0


def after_the_failure(struck: Struck) -> tuple[list[str], float]:
    """The lamps that were green after the failed call, and how many seconds later the bus had ended."""
    (first, *_) = [nth for nth, line in enumerate(struck.calls) if "(INJECTED)" in line]
    later = struck.calls[first:]
    (*_, last) = (line for line in struck.calls if "+++" in line)
    return [line for line in later if 'write(1, "green ' in line], _time(last) - _time(later[0])


def _time(line: str) -> float:
    return float(line.split(maxsplit=1)[0])


def breaches_of(struck: Struck) -> list[str]:
    """Everything wrong with how one bus took its failure."""
    found = []
    greens, seconds = after_the_failure(struck)
    said = struck.said
    if greens:
        found.append(f"{len(greens)} green lamps afterwards")
    if struck.status != 1:
        found.append(f"exit {struck.status}")
    if seconds > ENDS_S:
        found.append(f"ended after {seconds:.2f} s")
    ready = [line for line in said if line.startswith("ready ")]
    if said[-2:] != ["red", "ended 1"] and not (not ready and said[-1].startswith("unusable ")):
        found.append(f"said {said[-2:]}")
    found += breaches(struck.folder / "data", greens_in(said), ready[0].split()[1] if ready else None)
    return [f"{struck.fault.name}: {breach}" for breach in found]
