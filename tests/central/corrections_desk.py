"""An office with rides that were corrected, that wait, and cash to give back; for tests of the page of corrections."""

from __future__ import annotations

import msgspec
from flask import Flask
from sqlalchemy import update

from central.app import create_app
from central.database import tables
from central.devices.data_folder import Office
from tests.central.office import NOW, STRANGER, Bus, card, send
from tests.central.settled_bench import off, on, settled, with_line
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal


def pages_of(office: Office) -> Flask:
    """The office's pages, an hour after the rides."""
    return as_staff(create_app(office.database, Shown(), lambda: NOW + 3600, seal))


def busy(office: Office, bus: Bus) -> Office:
    """One of each: given back (1), dearer (4), without a fare (7), too late (10), cash to give back (13 and 16)."""
    with_line(office)
    rides = (
        (card(office, "m", 1000), 0, 4, 480, 0, settled(2, second=1_000)),
        (card(office, "n", 1000), 2, 4, 240, 0, settled(0)),
        (card(office, "o", 1000), 1, 4, 360, 0, None),
        (card(office, "p", 1000), 0, 4, 480, 0, settled(3, second=4 * 86_400)),
        (card(office, "q", 1000), 0, 4, 100, 380, settled(2)),
        (STRANGER, 0, 4, 0, 480, settled(3)),
    )
    for pass_id, start, end, held, cash, word in rides:
        tap = bus.write(on(pass_id, start))
        last = bus.write(off(pass_id, tap, end, held, cash, start=start))
        bus.write(settled(3, last) if word is None else msgspec.structs.replace(word, taps=[tap]))
    send(office.database, bus)
    return office


def with_long_names(office: Office, bus: Bus) -> Office:
    """The same on a bus whose name is as long as any may be, and with stops that the edition does not know."""
    busy(office, bus)
    with office.database.write() as connection:
        long = "第一温泉行き予備車両・非常に長い名前の停留所" * 6
        connection.execute(update(tables.rides).values(trip_id=long, edition=9))
    return office
