"""F7: a page of the journal is destroyed, or its end is cut off. What is lost is named; service goes on."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from random import Random

from sqlalchemy import select

from central.database.tables import incidents, records, salvaged
from central.devices.data_folder import Office
from central.devices.list_incident import What
from device.journal import Journal
from device.journal.journal import KEPT_DAYS
from tests.central.office import new_office
from tests.device.events import long_event, started
from tests.faults.pair import Machine, machine_of

PAGE = 4096
RECORDS = 1_200
TRIALS = 8
READY_S = 30.0


def numbers_at_office(office: Office, epoch: str) -> set[int]:
    """Of a journal, whether they came in it or were handed on by the one that followed."""
    with office.database.read() as connection:
        return {
            number
            for table in (records, salvaged)
            for number in connection.scalars(select(table.c.number).where(table.c.epoch == epoch))
        }


def numbers_named_as_lost(office: Office, epoch: str) -> set[int]:
    with office.database.read() as connection:
        details = connection.scalars(select(incidents.c.detail).where(incidents.c.what == What.RECORDS_LOST))
        gaps = [
            gap for detail in details if detail.startswith(epoch) for gap in detail.split(": ")[1].split(", ")
        ]
    ends = [[int(end) for end in gap.split("–")] for gap in gaps]
    return {number for first, *last in ends for number in range(first, (last or [first])[0] + 1)}


def full_unit(folder: Path) -> str:
    with Journal(folder, "bus-001", any_disk=True).open() as journal:
        dice = Random(7)
        for number in range(RECORDS // 30):
            journal.write(
                [long_event(dice.randrange(400), number) for _ in range(29)] + [started(str(number))]
            )
        return journal.epoch


def after(folder: Path, office: Office, epoch: str) -> tuple[float, int, int]:
    """Seconds until the bus serves again, and how many of its records the office got and heard to be lost."""
    begun = time.monotonic()
    with Journal(folder, "bus-001", any_disk=True).open() as journal:
        journal.write([started("serves again")])
        ready = time.monotonic() - begun
    machine = Machine(folder, office)
    try:
        machine.drain()
    finally:
        machine.journal.close()
    got, lost = numbers_at_office(office, epoch), numbers_named_as_lost(office, epoch)
    assert not got & lost
    return ready, len(got), len(lost)


def test_of_a_destroyed_page_98_percent_are_salvaged_and_the_rest_is_named(tmp_path: Path) -> None:
    seed = int(os.environ.get("YUKEMURI_SEED", "7"))
    dice, unit = Random(seed), tmp_path / "unit"
    epoch = full_unit(unit)
    pages = (unit / "journal.db").stat().st_size // PAGE
    worst, slowest = 1.0, 0.0
    # The first pages hold the tables' roots; the others are drawn.
    for page in [0, 1, 2, *(dice.randrange(3, pages) for _ in range(TRIALS - 3))]:
        copy = tmp_path / f"page-{page}"
        shutil.copytree(unit, copy)
        with (copy / "journal.db").open("r+b") as file:
            file.seek(page * PAGE)
            file.write(dice.randbytes(PAGE))
        with (
            new_office(tmp_path / f"office-{page}") as office,
            machine_of(tmp_path / f"spare-{page}", office),
        ):
            ready, got, lost = after(copy, office, epoch)
        assert got + lost == RECORDS, f"seed {seed}, page {page}: {got} got, {lost} named"
        worst, slowest = min(worst, got / RECORDS), max(slowest, ready)
        shutil.rmtree(copy)
    print(
        f"F7: seed {seed}: {TRIALS} destroyed pages, {worst:.2%} salvaged at worst, service after {slowest:.1f} s"
    )
    assert worst >= 0.98
    assert slowest <= READY_S


def test_a_file_that_ends_early_hands_on_what_is_left_and_the_office_knows_what_was_more(
    tmp_path: Path,
) -> None:
    unit = tmp_path / "unit"
    epoch = full_unit(unit)
    with new_office(tmp_path / "office") as office, machine_of(tmp_path / "spare", office):
        # The office had heard how far the journal goes, and had got nothing of it yet.
        machine = Machine(unit, office)
        machine.connect()
        machine.link.published = [message for message in machine.link.published if message.channel == "hello"]
        machine.sync.disconnected()
        machine.turn()
        machine.journal.close()
        whole = (unit / "journal.db").read_bytes()
        (unit / "journal.db").write_bytes(whole[: len(whole) * 3 // 4])
        ready, got, lost = after(unit, office, epoch)
        with office.database.read() as connection:
            news = connection.scalars(
                select(incidents.c.detail).where(incidents.c.what == What.NEW_JOURNAL)
            ).all()
    print(f"F7: cut to three quarters: {got} salvaged, {lost} named, service after {ready:.1f} s")
    assert got > RECORDS * 0.6
    assert ready <= READY_S
    assert any(f"{epoch}: 1–{RECORDS}" in detail for detail in news)
    assert KEPT_DAYS == 35
