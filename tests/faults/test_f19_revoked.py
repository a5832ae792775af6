"""F19, the inbox's part. A stolen bus goes on sending, and its broker goes on letting it in: nothing is taken in."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from central.devices.list_incident import What
from central.devices.register_device import revoke_device
from tests.broker import running_broker
from tests.central.office import incidents_listed
from tests.faults.field_bus import FieldBus
from tests.faults.field_machine import VILLAGE, running
from tests.faults.scale import LONG, until
from tests.faults.village import BUS, OTHER, PASSWORDS, assert_all_arrived, bus_at, central_at

REFUSED_WITHIN_S = 5.0
WATCHED_S = 60.0 if LONG else 6.0

pytestmark = pytest.mark.timeout(300)


def keep_tapping(bus: FieldBus, end: threading.Event) -> None:
    while not end.is_set():
        bus.tap()
        end.wait(0.02)


@pytest.mark.usefixtures("impatient")
def test_a_revoked_bus_that_goes_on_sending_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    end = threading.Event()
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        central_at(tmp_path / "central", broker, BUS, OTHER) as central,
    ):
        stolen, honest = bus_at(tmp_path, broker, BUS), bus_at(tmp_path, broker, OTHER)
        with running(stolen, honest):
            riders = [threading.Thread(target=keep_tapping, args=(bus, end)) for bus in (stolen, honest)]
            for each in riders:
                each.start()
            until(lambda: central.count(BUS) > 20 and central.count(OTHER) > 20, "both are heard")
            with central.database.write() as connection:
                assert revoke_device(connection, BUS)
            revoked = last_taken = time.monotonic()
            taken, others = central.count(BUS), central.count(OTHER)
            while time.monotonic() < revoked + WATCHED_S:
                if central.count(BUS) != taken:
                    taken, last_taken = central.count(BUS), time.monotonic()
                time.sleep(0.05)
            end.set()
            for each in riders:
                each.join()
            until(lambda: honest.waiting == 0, "the honest one is taken in whole")
            assert stolen.is_up, "the broker was to let it in all the time"
            assert stolen.waiting > 0
        with central.database.read() as connection:
            assert (BUS, What.REVOKED_DEVICE) in incidents_listed(connection)
        greens = assert_all_arrived(honest, central.database)
        assert central.count(OTHER) > others
    refused_after = last_taken - revoked
    assert refused_after <= REFUSED_WITHIN_S
    print(
        f"F19: refused {refused_after:.1f} s after it was revoked, {stolen.waiting} records of the stolen bus "
        f"not taken in; the other bus: {greens} taps, 0 lost"
    )
