"""F16. Somebody else holds the database's write lock for 10 seconds: everything waits, nothing is refused."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from central.app import create_app
from central.database.tables import incidents, records
from central.database.transaction import Database
from central.devices.list_incident import What
from central.settings import BrokerSettings, Settings
from tests.broker import running_broker
from tests.central.office import NOW
from tests.central.signed_in import as_staff
from tests.faults.field_machine import VILLAGE, running
from tests.faults.scale import LONG, percentile, until
from tests.faults.village import BUS, PASSWORDS, assert_all_arrived, bus_at, central_at

HELD_S = 10.0
TIMES = 20 if LONG else 1
PAGE_S = 2.0
WITHIN_S = 60.0

pytestmark = pytest.mark.timeout(1800 if LONG else 120)


@contextmanager
def write_lock(database: Database) -> Iterator[None]:
    """As a clerk's own tool would hold it, who knows nothing of our lock file."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def test_a_database_locked_for_ten_seconds_only_delays(tmp_path: Path) -> None:
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        central_at(tmp_path / "central", broker, BUS) as central,
    ):
        settings = Settings(data=tmp_path, village=VILLAGE, broker=BrokerSettings(password="x"))
        app = as_staff(create_app(central.database, settings, lambda: NOW, lambda packed: packed))
        pages = app.test_client()
        bus = bus_at(tmp_path, broker)
        seconds: list[float] = []
        with running(bus):
            for _ in range(TIMES):
                bus.taps(5)
                until(lambda: bus.waiting == 0, "bus and office have spoken")
                with write_lock(central.database):
                    before = central.count(BUS)
                    riders = threading.Thread(target=bus.taps, args=(30, HELD_S - 1))
                    riders.start()
                    ends = time.monotonic() + HELD_S
                    while time.monotonic() < ends:
                        begun = time.monotonic()
                        assert pages.get("/", follow_redirects=True).status_code == 200
                        seconds.append(time.monotonic() - begun)
                        time.sleep(0.2)
                    assert central.count(BUS) == before, "the lock was none"
                    riders.join()
                took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
        greens = assert_all_arrived(bus, central.database)
        with central.database.read() as connection:
            assert connection.execute(select(records.c.number).where(records.c.refused != "")).all() == []
            # Their passes are not this office's: that is listed of every rider, and nothing else is.
            found = set(connection.execute(select(incidents.c.what).distinct()).scalars())
        assert found <= {What.UNKNOWN_PASS}
    slowest = percentile(seconds, 1.0)
    assert slowest < PAGE_S
    print(
        f"F16: locked {TIMES} x {HELD_S:.0f} s, {greens} taps, 0 lost, 0 refused, queue empty {took:.1f} s after, "
        f"{len(seconds)} pages, slowest {slowest * 1000:.0f} ms"
    )
