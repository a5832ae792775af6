"""F19 whole: from a box of parts to a stolen bus and its replacement, by the commands, over TLS, with a real broker."""

from __future__ import annotations

import shutil
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from central.audit.store import all_entries
from central.devices.list_incident import What
from provisioning.enrol import AUTHORITY, PAIR, PENDING, PENDING_TLS, SIGNING_KEY
from tests.central.office import incidents_listed
from tests.faults.field_machine import FieldMachine, running
from tests.faults.scale import until
from tests.faults.village import count_records
from tests.provisioning.depot import Depot, broker_running, made_central, seconds_since, server_running

BUS, KIOSK = "bus-001", "kiosk-1"
REFUSED_WITHIN_S, GONE_WITHIN_S = 5.0, 60.0

pytestmark = pytest.mark.timeout(400)


def keep_tapping(machine: FieldMachine, end: threading.Event) -> None:
    while not end.is_set():
        machine.tap()
        end.wait(0.1)


def enrolled(depot: Depot, unit: str, kind: str) -> None:
    said = depot.enrol(unit, depot.code(unit, kind))
    assert said.returncode == 0, said.stderr
    assert f'id = "{unit}"' in said.stdout
    files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (depot.folder / unit).iterdir()}
    assert {PAIR, AUTHORITY, SIGNING_KEY} <= files.keys()
    assert not {PENDING, PENDING_TLS} & files.keys()
    assert set(files.values()) == {0o600}


def watch(thief: FieldMachine, taken: Callable[[], int]) -> tuple[float, float]:
    """Seconds from now until the last of his records was taken in, and until he was cut off, for good."""
    revoked = time.monotonic()
    last, last_taken, gone = taken(), revoked, 0.0
    while seconds_since(revoked) < 15 or not gone:
        if taken() != last:
            last, last_taken = taken(), time.monotonic()
        if not gone and not thief.is_up:
            gone = time.monotonic()
        assert seconds_since(revoked) < GONE_WITHIN_S, "the thief's session is still there"
        time.sleep(0.05)
    assert last_taken - revoked <= REFUSED_WITHIN_S
    assert not thief.is_up, "he has come in again"
    return last_taken - revoked, gone - revoked


@pytest.mark.usefixtures("impatient")
def test_a_stolen_bus_is_out_within_a_minute_the_kiosk_goes_on_and_the_replacement_rides(
    tmp_path: Path,
) -> None:
    depot = made_central(tmp_path)
    with broker_running(depot), server_running(depot), depot.database() as database:

        def taken(unit: str) -> int:
            return count_records(database, unit)

        for unit, kind in ((BUS, "bus"), (KIOSK, "kiosk")):
            enrolled(depot, unit, kind)
        honest = depot.bus(BUS)
        with running(honest):
            honest.taps(5)
            until(lambda: taken(BUS) >= 5 and honest.waiting == 0, "the bus's records arrive")
        shutil.copytree(tmp_path / BUS, tmp_path / "thief")

        thief, kiosk = depot.bus(BUS, "thief", 2_000), depot.kiosk(KIOSK)
        end = threading.Event()
        with running(thief, kiosk):
            busy = [threading.Thread(target=keep_tapping, args=(each, end)) for each in (thief, kiosk)]
            for each in busy:
                each.start()
            before = taken(BUS)
            until(lambda: taken(BUS) > before + 5 and taken(KIOSK) > 2, "thief and kiosk are heard")

            depot.revoke(BUS)
            after = watch(thief, lambda: taken(BUS))
            last = taken(BUS)

            said = depot.enrol(BUS, depot.code(BUS), "replacement")
            assert said.returncode == 0, said.stderr
            fresh = depot.bus(BUS, "replacement", 4_000)
            with running(fresh):
                fresh.taps(5)
                until(
                    lambda: fresh.waiting == 0 and taken(BUS) >= last + 5, "the replacement's records arrive"
                )
                ups, kiosks = len(thief.ups), taken(KIOSK)
                until(lambda: taken(KIOSK) > kiosks + 2, "the kiosk goes on")
                assert fresh.downs == []
            end.set()
            for each in busy:
                each.join()
            until(lambda: kiosk.waiting == 0, "the kiosk's records are all taken in")
            assert (kiosk.downs, len(thief.ups)) == ([], ups)
            assert thief.waiting > 0

        with database.read() as connection:
            acts = [each.what for each in all_entries(connection)]
            assert not {What.FAILED} & {what for _, what in incidents_listed(connection)}
        assert acts.count("unit-code-made") == 3
        assert acts.count("unit-enrolled") == 3
        assert acts.count("unit-revoked") == 1
    print(
        f"F19: refused {after[0]:.1f} s, session gone {after[1]:.1f} s after it was revoked; "
        f"the kiosk was never cut off, the replacement rode"
    )
