"""What must hold of a journal after every fault, found by reading it afresh: one sentence for each breach."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from pathlib import Path

from device.journal import Journal, Record
from rules.messages.codec import decode_event
from rules.messages.events import Tapped
from tests.device.events import NOW
from tests.terminal.loop_bench import UNIT

ALL = 10**9


def opened(folder: Path, kind: type[Journal] = Journal, device: str = UNIT) -> Journal:
    """The journal in a folder, wherever that lies: not every test's folder is on a disk that survives a power cut."""
    return kind(folder, device, any_disk=True).open()


def greens_in(lines: list[str]) -> list[str]:
    """The lamps among the lines of a bus, as "PASS WAY"."""
    return [line.removeprefix("green ") for line in lines if line.startswith("green ")]


def breaches(folder: Path, greens: list[str], epoch: str | None) -> list[str]:
    """What is wrong with a bus's journal that has shown these lamps; `epoch` is the one it has named before."""
    with opened(folder) as journal:
        records = journal.records_after(0, ALL)
        found = chain_breaches(journal.epoch, records, UNIT)
        if epoch is not None and journal.epoch != epoch:
            found.append(f"epoch {journal.epoch} in place of {epoch}")
    rides = Counter(
        f"{event.pass_id} {event.movement}"
        for event in (decode_event(record.body) for record in records)
        if isinstance(event, Tapped) and event.outcome.rides
    )
    found += [f"lost: {green}" for green in greens if green not in rides]
    found += [f"doubled: {ride}" for ride, times in rides.items() if times > 1]
    return found


def breaches_of_a_copy(folder: Path, copy: Path, greens: list[str], epoch: str | None) -> list[str]:
    """The same of a copy, so that who comes next finds the folder as the fault has left it."""
    shutil.copytree(folder, copy)
    try:
        return breaches(copy, greens, epoch)
    finally:
        shutil.rmtree(copy)


def chain_breaches(epoch: str, records: list[Record], device: str) -> list[str]:
    """Numbers that are missing, and the first place where the chain, made again as the design words it, disagrees."""
    numbers = [record.number for record in records]
    found = [
        f"number {number} is missing"
        for number in sorted(set(range(1, len(numbers) + 1)).difference(numbers))
    ]
    link = hashlib.sha256(b"yukemuri/journal/v1" + device.encode() + epoch.encode()).digest()
    for record in records:
        link = hashlib.sha256(link + record.body).digest()
        if record.hash != link:
            return [*found, f"the chain breaks at {record.number}"]
    return found


def acknowledge(journal: Journal, number: int) -> None:
    """Central says that it holds everything up to `number`."""
    link = journal.hash_at(number)
    assert link is not None
    assert journal.acknowledge(number, link.hex(), NOW)
