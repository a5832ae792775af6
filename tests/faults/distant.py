"""A bus at one end of a wire, broker and office at the other: each a program in a namespace of its own, over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.database.transaction import Database, database_file
from device.link import Broker
from provisioning.broker import CENTRAL
from tests.broker import running_broker
from tests.faults.authority import Authority
from tests.faults.bus_program import BusProgram, bus_program
from tests.faults.central_program import central_program
from tests.faults.field_bus import VILLAGE
from tests.faults.village import BUS, assert_journal_arrived, count_records, office_with
from tests.faults.wire import OFFICE_ADDRESS, Wire, inside

TLS_PORT = 8883


@dataclass(frozen=True)
class Distant:
    """`database` is the office's file, read from here."""

    bus: BusProgram
    database: Database

    def assert_all_arrived(self, last: dict[str, Any]) -> int:
        """After the bus has ended with this status: how many green taps the office has, all of them."""
        assert last["waiting"] == 0
        greens = assert_journal_arrived(self.bus.folder, self.bus.device, self.database)
        assert greens == last["greens"]
        return greens

    def count(self) -> int:
        return count_records(self.database, self.bus.device)


@contextmanager
def distant_bus(folder: Path, line: Wire) -> Iterator[Distant]:
    """All running."""
    authority = Authority(folder / "certificates")
    data = folder / "central"
    with office_with(data, BUS):
        pass
    with (
        running_broker(
            folder / "broker",
            village=VILLAGE,
            devices={},
            machines=authority.for_broker(OFFICE_ADDRESS, TLS_PORT),
            inside=inside(line.office),
        ) as broker,
        central_program(data, broker.port, broker.passwords[CENTRAL], inside=inside(line.office)),
        bus_program(
            folder / BUS,
            BUS,
            Broker(OFFICE_ADDRESS, TLS_PORT, "", "", authority.tls(BUS)),
            inside=inside(line.bus),
        ) as bus,
    ):
        database = Database(database_file(data))
        try:
            yield Distant(bus, database)
        finally:
            database.close()
