"""Field machines at one end of a wire, broker and office at the other: each in a namespace of its own, over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.database.transaction import Database, database_file
from device.link import Broker
from provisioning.broker import CENTRAL
from tests.broker import running_broker
from tests.faults.authority import Authority
from tests.faults.central_program import central_program
from tests.faults.field_machine import VILLAGE
from tests.faults.machine_program import MachineProgram, machine_program
from tests.faults.village import assert_journal_arrived, office_with
from tests.faults.wire import OFFICE_ADDRESS, Wire, inside

TLS_PORT = 8883


@dataclass(frozen=True)
class Distant:
    """`machines` are by name, `database` is the office's file, read from here."""

    machines: dict[str, MachineProgram]
    database: Database

    def assert_all_arrived(self, device: str, last: dict[str, Any]) -> int:
        """After a machine has ended with this status: how many it told that it was well; the office has them all."""
        assert last["waiting"] == 0
        greens = assert_journal_arrived(self.machines[device].folder, device, self.database)
        assert greens == last["greens"]
        return greens


@contextmanager
def distant(folder: Path, line: Wire, *devices: str) -> Iterator[Distant]:
    """All running."""
    authority = Authority(folder / "certificates")
    data = folder / "central"
    with office_with(data, *devices):
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
        ExitStack() as ends,
    ):
        machines = {
            device: ends.enter_context(
                machine_program(
                    folder / device,
                    device,
                    Broker(OFFICE_ADDRESS, TLS_PORT, "", "", authority.tls(device)),
                    inside=inside(line.bus),
                )
            )
            for device in devices
        }
        database = Database(database_file(data))
        try:
            yield Distant(machines, database)
        finally:
            database.close()
