"""F12. Messages are lost, doubled, come late or again from long ago, on either side of the broker."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from central.devices.list_incident import What
from device.link import Broker
from provisioning.broker import CENTRAL
from tests.broker import running_broker
from tests.central.office import incidents_listed
from tests.faults.field_bus import FieldBus
from tests.faults.field_machine import VILLAGE, running
from tests.faults.mischief import Mischief, Proxy, mischievous
from tests.faults.scale import LONG, dice_of, seed, until
from tests.faults.village import (
    BUS,
    OTHER,
    PASSWORDS,
    assert_arrived,
    assert_money_as_without_faults,
    listening,
    office_with,
)

MAX_LOSS, MAX_REPLAY, MAX_DELAY = 0.3, 0.5, 0.3
RUNS = 60 if LONG else 2
TAPS = 200 if LONG else 40
HARMLESS = {What.UNKNOWN_PASS, What.JOURNAL_BEHIND}
"""The passes are not this office's; and an old hello that comes again knows less than the office does by then."""
WITHIN_S = 600.0 if LONG else 60.0

pytestmark = [pytest.mark.usefixtures("impatient"), pytest.mark.timeout(WITHIN_S + 120)]


@pytest.mark.parametrize("run", range(RUNS))
def test_whatever_happens_to_messages_the_office_has_what_the_journals_have(tmp_path: Path, run: int) -> None:
    first = seed()
    print(f"F12 run {run}: YUKEMURI_SEED={first}")
    dice = dice_of(first + run)
    # The first run is as bad as it may be.
    share = 1.0 if run == 0 else dice.random()
    mischief = Mischief(share * MAX_LOSS, share * MAX_REPLAY, share * MAX_DELAY)
    with ExitStack() as stack:
        broker = stack.enter_context(running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS))
        office = stack.enter_context(office_with(tmp_path / "central", BUS, OTHER))
        of_office, of_buses = (stack.enter_context(mischievous(broker.port, mischief, dice)) for _ in "12")
        stack.enter_context(listening(office, of_office.port, broker.passwords[CENTRAL]))
        buses = [
            FieldBus(tmp_path / name, name, Broker("127.0.0.1", of_buses.port, name, PASSWORDS[name]), dice)
            for name in (BUS, OTHER)
        ]
        with running(*buses):
            for _ in range(TAPS):
                for bus in buses:
                    bus.tap()
            took = until(lambda: not any(bus.waiting for bus in buses), "all is taken in", WITHIN_S)
        # What the office said before may come again even now: then the bus asks once more, and would send it once more.
        greens = sum(assert_arrived(bus, office.database) for bus in buses)
        assert_money_as_without_faults(tmp_path / "reference", office.database, *buses)
        with office.database.read() as connection:
            what = {each for _, each in incidents_listed(connection)}
        assert what <= HARMLESS
    assert greens == 2 * TAPS
    print(
        f"F12: {greens} taps at {share:.0%} of the worst, {said(of_office, of_buses)}, "
        f"0 lost, 0 doubled, queues empty after {took:.1f} s"
    )


def said(*proxies: Proxy) -> str:
    lost, replayed, delayed = (
        sum(getattr(proxy.done, what) for proxy in proxies) for what in ("lost", "replayed", "delayed")
    )
    assert lost or replayed or delayed, "there was no mischief"
    return f"{lost} messages lost, {replayed} replayed, {delayed} delayed"
