"""F14. Central is killed at every step between a batch's arrival and its answer, and started again each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.database.transaction import Database
from provisioning.broker import CENTRAL
from tests.broker import running_broker
from tests.faults.central_program import central_program
from tests.faults.failpoints import AFTER_COMMIT, NAMED, STATEMENT
from tests.faults.field_bus import VILLAGE, FieldBus, buses_on
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

STATEMENTS = range(1, 1_000) if LONG else (1, 4, 9, 16, 25)
TAPS = 6

pytestmark = [pytest.mark.usefixtures("impatient"), pytest.mark.timeout(7200 if LONG else 180)]


def dies_at(point: str, bus: FieldBus, data: Path, port: int, password: str) -> bool:
    """One life of central, with the same taps to take in until it holds them; whether it got as far as to die."""
    if bus.waiting == 0:
        bus.taps(TAPS)
    with central_program(data, port, password, point) as central:
        until(lambda: central.poll() is not None or bus.waiting == 0, f"central has died at {point}")
        return central.poll() is not None


def test_central_killed_at_any_step_of_taking_in_loses_and_doubles_nothing(tmp_path: Path) -> None:
    data = tmp_path / "central"
    deaths = 0
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        office_with(data, BUS) as office,
    ):
        password = broker.passwords[CENTRAL]
        bus = bus_at(tmp_path, broker)
        with buses_on(bus):
            for point in NAMED:
                before = count_records(office.database, BUS)
                assert dies_at(point, bus, data, broker.port, password), f"it never came to {point}"
                deaths += 1
                assert_kept(office.database, before, point)
            for number in STATEMENTS:
                if not dies_at(f"{STATEMENT}{number}", bus, data, broker.port, password):
                    assert LONG and number > 25, f"taking in a batch has fewer than {number} statements"
                    break
                deaths += 1
            with central_program(data, broker.port, password):
                took = until(lambda: bus.waiting == 0, "the ack is repeated and the queue empty")
        greens = assert_all_arrived(bus, office.database)
        assert_money_as_without_faults(tmp_path / "reference", office.database, bus)
    print(
        f"F14: central killed at {deaths} steps, {greens} taps, 0 lost, 0 doubled, all known {took:.1f} s after"
    )


def assert_kept(database: Database, before: int, point: str) -> None:
    """A batch is in the books from the commit on, and not before."""
    kept = count_records(database, BUS) - before
    if NAMED.index(point) < NAMED.index(AFTER_COMMIT):
        assert kept == 0
    elif point == AFTER_COMMIT:
        # Later ones may have died over a batch that came again and was known already.
        assert kept > 0
