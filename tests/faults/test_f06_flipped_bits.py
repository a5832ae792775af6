"""F6: 600 bits flipped at random in a journal. Each in what the office lacks is noticed; no wrong amount is posted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

from device.journal import Journal
from rules.messages.codec import decode_event
from rules.messages.events import Salvaged
from tests.central.office import new_office
from tests.faults.pair import Machine, card, machine_of, money

FLIPS = 600
RIDES = 12
EVERY = 40
"""Of so many damaged journals one is taken home, and the books are looked at."""


def bodies_to_send(folder: Path) -> tuple[list[bytes], bool]:
    """What would be sent of a unit's records, by its own bytes, and whether its journal had to begin anew."""
    with Journal(folder, "bus-001", any_disk=True).open() as journal:
        bodies = [record.body for record in journal.records_after(0, 10_000)]
    if not bodies or b'"journal-replaced"' not in bodies[0][:60]:
        return bodies, False
    events = [decode_event(body) for body in bodies[1:]]
    return [bytes(event.body) for event in events if isinstance(event, Salvaged)], True


def test_of_600_flipped_bits_none_goes_unnoticed_and_no_wrong_amount_is_posted(tmp_path: Path) -> None:
    seed = int(os.environ.get("YUKEMURI_SEED", "6"))
    dice, unit = Random(seed), tmp_path / "unit"
    with new_office(tmp_path / "office") as office, machine_of(unit, office) as machine:
        pass_id = card(office, "m")
        for fare in range(100, 100 + RIDES):
            machine.ride(pass_id, fare)
        machine.journal.close()
        written, _ = bodies_to_send(unit)
        whole = (unit / "journal.db").read_bytes()
        assert not (unit / "journal.db-wal").exists()
        noticed = lost = 0
        for flip in range(FLIPS):
            copy = tmp_path / f"flip-{flip}"
            shutil.copytree(unit, copy)
            damaged = bytearray(whole)
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
            (copy / "journal.db").write_bytes(damaged)
            bodies, is_new = bodies_to_send(copy)
            assert is_new or bodies == written, f"seed {seed}, flip {flip}"
            assert set(bodies) <= set(written), f"seed {seed}, flip {flip}"
            noticed += is_new
            lost += len(written) - len(bodies)
            if is_new and flip % EVERY == 0:
                take_home(Machine(copy, office))
            shutil.rmtree(copy)
        machine.restart()
        machine.drain()
        expected = sum(range(100, 100 + RIDES))
        assert money(office)["fares-earned", ""] == expected
    print(
        f"F6: seed {seed}: {FLIPS} flips, {noticed} noticed, {lost} records lost and named, 0 wrong amounts"
    )
    assert noticed > FLIPS / 4


def take_home(machine: Machine) -> None:
    try:
        machine.drain()
    finally:
        machine.journal.close()
