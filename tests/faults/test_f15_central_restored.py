"""F15: the office is put back to a backup of ten minutes ago. What machines know comes again; the rest is named."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from central.database.tables import incidents
from central.database.transaction import database_file
from central.devices.data_folder import Office, open_office
from central.devices.down_log import page_after
from central.devices.list_incident import What
from device.office_lists import OfficeLists
from rules.messages.codec import encode
from rules.messages.topics import Channel
from tests.central.office import NOW, new_office, record_rows, ride_rows
from tests.faults.pair import Machine, card, machine_of, money

BUSES = 3
RIDES = 40


def backup(office: Office, to: Path) -> None:
    with closing(sqlite3.connect(office.database.path)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)


def restored(data: Path, copy: Path) -> Office:
    file = database_file(data)
    for tail in ("-wal", "-shm"):
        file.with_name(f"{file.name}{tail}").unlink(missing_ok=True)
    shutil.copyfile(copy, file)
    return open_office(data, NOW)


def books(office: Office) -> tuple[object, ...]:
    with office.database.read() as connection:
        return ride_rows(connection), {row[:4] for row in record_rows(connection)}, money(office)


def test_after_the_rewind_everything_machines_knew_is_as_before(tmp_path: Path) -> None:
    data = tmp_path / "office"
    machines: list[Machine] = []
    with new_office(data) as office:
        passes = [card(office, f"m{number}") for number in range(4)]
        for number in range(BUSES):
            machine = Machine(tmp_path / f"unit-{number}", office, f"bus-{number:03}")
            machine.register()
            machines.append(machine)
        drive(machines, passes)
        backup(office, tmp_path / "backup.db")
        drive(machines, passes)
        as_it_was = books(office)
        office.database.close()
        later = restored(data, tmp_path / "backup.db")
        assert books(later) != as_it_was
        for machine in machines:
            machine.office = later
            # It was acknowledged, and nothing new has happened: saying hello must be enough.
            machine.drain()
            assert machine.journal.acknowledged == machine.journal.last.number
        assert books(later) == as_it_was
        with later.database.read() as connection:
            named = connection.scalars(
                select(incidents.c.device).where(incidents.c.what == What.OFFICE_BEHIND)
            )
            assert set(named) == {machine.device for machine in machines}
        for machine in machines:
            machine.journal.close()
        later.database.close()
    print(f"F15: {BUSES} buses, {BUSES * RIDES * 2} rides: after the rewind books as before")


def drive(machines: list[Machine], passes: list[str]) -> None:
    for ride in range(RIDES):
        for machine in machines:
            machine.ride(passes[ride % len(passes)], 100 + ride)
    for machine in machines:
        machine.drain()


def test_what_only_the_office_knew_is_named_and_machines_fetch_the_whole_list_again(tmp_path: Path) -> None:
    data = tmp_path / "office"
    with new_office(data) as office, machine_of(tmp_path / "unit", office) as machine:
        lists = OfficeLists(machine.device, office.keys.root_public)
        early = card(office, "early")
        read_all(machine, lists)
        backup(office, tmp_path / "backup.db")
        late = card(office, "late")
        read_all(machine, lists)
        assert lists.cards == {early, late}
        office.database.close()
        machine.office = later = restored(data, tmp_path / "backup.db")
        other = card(later, "other")
        read_all(machine, lists)
        # As many entries as it had read, but not the same: the bus would have been in the dark about the last.
        assert lists.cards == {early, other}
        with later.database.read() as connection:
            (named,) = connection.scalars(
                select(incidents.c.detail).where(incidents.c.what == What.LIST_SET_BACK)
            )
            assert page_after(connection, office.keys.down, machine.device, lists.seen) is None
        later.database.close()
    print(f"F15: what only the office knew is named: {named}")


def read_all(machine: Machine, lists: OfficeLists) -> None:
    """The machine asks for news until there is none."""
    with machine.office.database.write() as connection:
        for _ in range(20):
            message = machine.message(Channel.SEEN, encode(lists.seen))
            answers = machine.desk.answer_all(connection, [message], NOW)
            if not answers:
                return
            lists.apply(machine.page_in(answers[0]), NOW)
    raise AssertionError("the news do not end")
