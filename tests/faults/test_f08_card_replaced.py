"""F8: the card is replaced, an old image is put back, a copy runs beside it. Every ride is in the books once."""

from __future__ import annotations

import shutil
from pathlib import Path

from central.devices.list_incident import What
from tests.central.office import alight, new_office
from tests.faults.pair import Machine, card, listed, machine_of, money

FARE = 600


def test_a_new_card_goes_on_with_a_new_journal(tmp_path: Path) -> None:
    with new_office(tmp_path / "office") as office, machine_of(tmp_path / "unit", office) as machine:
        pass_id = card(office, "m")
        machine.ride(pass_id)
        machine.drain()
        before = machine.journal.epoch
        machine.restart(tmp_path / "new-card")
        assert machine.journal.epoch != before
        machine.ride(pass_id)
        machine.drain()
        assert money(office)["fares-earned", ""] == 2 * FARE
        assert listed(office) == {What.NEW_JOURNAL}
    print("F8: card replaced: new epoch taken in, 2 rides of 2")


def test_an_old_image_put_back_is_found_at_once_and_its_new_rides_are_charged(tmp_path: Path) -> None:
    unit, image = tmp_path / "unit", tmp_path / "image"
    with new_office(tmp_path / "office") as office, machine_of(unit, office) as machine:
        passes = [card(office, name) for name in "abc"]
        machine.ride(passes[0])
        machine.drain()
        machine.restart()
        shutil.copytree(unit, image)
        machine.ride(passes[1])
        machine.drain()
        machine.restart(image)
        old = machine.journal.epoch
        machine.ride(passes[2], 200)
        machine.drain()
        assert machine.journal.epoch != old
        assert money(office)["fares-earned", ""] == 2 * FARE + 200
        assert What.JOURNAL_REPLACED in listed(office)
    print("F8: old image: new epoch at the first word, 3 rides of 3, 0 doubled")


def test_a_copy_that_runs_as_a_second_device_is_found_at_its_first_batch(tmp_path: Path) -> None:
    unit, copy = tmp_path / "unit", tmp_path / "copy"
    with new_office(tmp_path / "office") as office, machine_of(unit, office) as machine:
        passes = [card(office, name) for name in "abcdef"]
        machine.ride(passes[0])
        machine.drain()
        underway = machine.board(passes[1])
        machine.drain()
        machine.restart()
        shutil.copytree(unit, copy)
        twin = Machine(copy, office)
        try:
            # Both go on from the same record, each with riders of its own.
            machine.ride(passes[2], 100)
            twin.ride(passes[3], 200)
            twin.board(passes[4])
            machine.drain()
            assert What.CONFLICT not in listed(office)
            twin.drain()
            # Found as soon as it spoke: its hello named another record under a number that is taken.
            assert listed(office) & {What.CONFLICT, What.JOURNAL_REPLACED}
            assert twin.journal.epoch != machine.journal.epoch
            machine.ride(passes[5], 300)
            machine.journal.write([alight(passes[1], underway, 400)])
            for each in (machine, twin, machine):
                each.drain()
            assert money(office)["fares-earned", ""] == FARE + 100 + 200 + 300 + 400
        finally:
            twin.journal.close()
    print("F8: clone: fork found at its first word, 5 rides of 5 charged, 0 doubled")
