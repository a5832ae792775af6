"""F14. Central is killed at every step between a batch's arrival and its answer, and started again each time."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from provisioning.broker import CENTRAL
from tests.broker import RunningBroker, running_broker
from tests.faults.central_program import central_program
from tests.faults.failpoints import AFTER_COMMIT, NAMED, STATEMENT
from tests.faults.field_bus import FieldBus
from tests.faults.field_machine import VILLAGE, running
from tests.faults.scale import LONG, until
from tests.faults.village import (
    BUS,
    PASSWORDS,
    assert_all_arrived,
    assert_money_as_without_faults,
    bus_at,
    count_records,
    office_with,
)

MAX_SHORT = 12
STATEMENTS = range(1, 1_000) if LONG else (1, 9, MAX_SHORT)
TAPS = 6

pytestmark = [pytest.mark.usefixtures("impatient"), pytest.mark.timeout(7200 if LONG else 180)]


@dataclass
class Village:
    """A bus and a broker that go on living; central has many lives."""

    bus: FieldBus
    office: Office
    data: Path
    broker: RunningBroker

    def life(self, point: str = "") -> AbstractContextManager[subprocess.Popen[str]]:
        """One of central."""
        return central_program(self.data, self.broker.port, self.broker.passwords[CENTRAL], point)

    def dies_at(self, point: str) -> bool:
        """A life with taps to take in that are new to it; whether it got as far as to die there."""
        self.hear_the_ack_again()
        if self.bus.waiting == 0:
            self.bus.taps(TAPS)
        with self.life(point) as central:
            until(lambda: central.poll() is not None or self.bus.waiting == 0, f"central has died at {point}")
            return central.poll() is not None

    def hear_the_ack_again(self) -> None:
        """What a former life has taken in, and could not say any more, a life without new taps says."""
        if self.taken > self.bus.journal.acknowledged:
            with self.life():
                until(lambda: self.bus.waiting == 0, "the ack is repeated")
            assert self.taken == self.bus.journal.last.number

    @property
    def taken(self) -> int:
        return count_records(self.office.database, BUS)


@contextmanager
def village(folder: Path) -> Iterator[Village]:
    data = folder / "central"
    with (
        running_broker(folder / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        office_with(data, BUS) as office,
    ):
        yield Village(bus_at(folder, broker), office, data, broker)


def test_central_killed_at_any_step_of_taking_in_loses_and_doubles_nothing(tmp_path: Path) -> None:
    deaths = 0
    with village(tmp_path) as here:
        bus = here.bus
        with running(bus):
            for point in NAMED:
                before = here.taken
                assert here.dies_at(point), f"it never came to {point}"
                deaths += 1
                # A batch is in the books from the commit on, and not before.
                assert (here.taken > before) == (NAMED.index(point) >= NAMED.index(AFTER_COMMIT)), point
            for number in STATEMENTS:
                if not here.dies_at(f"{STATEMENT}{number}"):
                    assert number > MAX_SHORT, f"taking in a batch has fewer than {number} statements"
                    break
                deaths += 1
            with here.life():
                took = until(lambda: bus.waiting == 0, "the queue is empty")
        greens = assert_all_arrived(bus, here.office.database)
        assert_money_as_without_faults(tmp_path / "reference", here.office.database, bus)
    print(
        f"F14: central killed at {deaths} steps, {greens} taps, 0 lost, 0 doubled, queue empty in {took:.1f} s"
    )
