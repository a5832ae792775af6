"""What must hold of a kiosk's journal after every fault, beside what its lines have said: one sentence a breach."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from kiosk.codes import Codes
from rules.messages.codec import decode_event
from rules.messages.events import PointsOffered, PointsUndone
from tests.faults.journal_check import ALL, chain_breaches, opened
from tests.kiosk.desk_bench import UNIT

Code = tuple[int, int]
"""A code's number and moment."""


def shown_in(lines: list[str]) -> list[Code]:
    """The codes among a kiosk's lines."""
    return [(number, moment) for number, moment in _said("shown", lines)]


def kiosk_breaches(folder: Path, shown: list[Code], lines: list[str]) -> list[str]:
    """What is wrong with the journal of a kiosk that has shown these codes, in this life or before it."""
    with opened(folder, device=UNIT) as journal:
        records = journal.records_after(0, ALL)
        found = chain_breaches(journal.epoch, records, UNIT)
        acknowledged = journal.acknowledged
        remembered = Codes(journal)
        remembered.load()
    events = [decode_event(record.body) for record in records]
    offered = [(event.number, event.moment) for event in events if isinstance(event, PointsOffered)]
    found += [f"lost: {code}" for code in shown if code not in offered]
    if [number for number, _ in offered] != list(range(1, len(offered) + 1)):
        found.append(f"a number is missing or doubled: {offered[-3:]}")
    if remembered.next_number != len(offered) + 1:
        found.append(f"number {remembered.next_number} would be used after {len(offered)}")
    undone = Counter(event.number for event in events if isinstance(event, PointsUndone))
    found += [f"not taken back once: {number}" for (number,) in _said("undone", lines) if undone[number] != 1]
    told = [number for (number,) in _said("acknowledged", lines)]
    if acknowledged < max(told, default=0):
        found.append(f"acknowledged up to {acknowledged}, but {told[-1]} said")
    epochs = {line.split()[1] for line in lines if line.startswith("ready ")}
    if epochs - {journal.epoch}:
        found.append(f"epoch {journal.epoch} in place of {epochs}")
    return found


def kiosk_breaches_of_a_copy(folder: Path, copy: Path, shown: list[Code], lines: list[str]) -> list[str]:
    """The same of a copy, so that who comes next finds the folder as the fault has left it."""
    shutil.copytree(folder, copy)
    try:
        return kiosk_breaches(copy, shown, lines)
    finally:
        shutil.rmtree(copy)


def _said(word: str, lines: list[str]) -> list[list[int]]:
    return [[int(each) for each in line.split()[1:]] for line in lines if line.startswith(f"{word} ")]
