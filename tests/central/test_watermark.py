"""Until when all buses have reported, and what waits for it: the release of ended passes' holds."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.database.transaction import database_file
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.devices.store import put_health, set_revoked
from central.devices.watermark.reach import SILENT_S, Watermark, say_service, watermark
from central.ledger.post_orders import free_balance
from central.ledger.verify_ledger import verify_ledger
from central.passes.commands import passes
from central.passes.offline_risk import offline_risk
from central.passes.release_holds import AFTER_END_S, release_ended
from central.timer import Timer
from rules.instant import ClockQuality, Instant
from rules.ledger.rides import RIDE_UNITS
from rules.messages.codec import encode
from rules.messages.events import JournalReplaced, Replaced, Started
from rules.messages.link import Health
from tests.central.office import LIFE_S, NOW, Bus, alight, board, card, money, send
from tests.central.test_salvage import LATER, handed_on

END = NOW + LIFE_S
"""When the cards of the tests end."""
LATE = END + 10 * AFTER_END_S


def started_at(second: int, quality: ClockQuality = ClockQuality.GPS) -> Started:
    return Started(at=Instant("boot", second * 1000, NOW + second, quality), version="1")


def buses(office: Office, count: int) -> list[Bus]:
    made = [
        Bus(device=f"bus-{number:03}", epoch=f"epoch-{number}", secret=number)
        for number in range(2, 2 + count)
    ]
    with office.database.write() as connection:
        for each in made:
            each.register(connection)
    return made


def reported(office: Office, each: Bus, second: int) -> None:
    """A record of that second, taken in."""
    each.write(started_at(second))
    send(office.database, each, len(each.records))


def mark(office: Office, now: int = LATE) -> Watermark:
    with office.database.read() as connection:
        return watermark(connection, now)


def release(office: Office, now: int = LATE) -> tuple[int, int]:
    with office.database.write() as connection:
        done = release_ended(connection, now)
        assert verify_ledger(connection).problems == []
    return done.released, done.still_open


def says(office: Office, device: str, second: int, **more: object) -> None:
    health = Health(**{"online": True, "at_wall": NOW + second, "clock": ClockQuality.GPS, **more})  # type: ignore[arg-type]
    with office.database.write() as connection:
        put_health(connection, device, NOW, encode(health))


def test_it_is_the_time_of_the_bus_that_is_farthest_behind(office: Office) -> None:
    first, second = buses(office, 2)
    reported(office, first, 500)
    reported(office, second, 300)
    assert mark(office).until == NOW + 300
    reported(office, second, 900)
    assert mark(office).until == NOW + 500


def test_without_a_bus_nothing_is_waited_for_and_a_bus_that_never_opened_a_journal_is_none(
    office: Office,
) -> None:
    buses(office, 1)
    assert mark(office) == Watermark(LATE, ())


def test_a_bus_that_never_knew_the_time_is_waited_for(office: Office) -> None:
    (each,) = buses(office, 1)
    each.write(started_at(100, ClockQuality.FLOOR))
    send(office.database, each)
    assert mark(office).until is None
    reported(office, each, 200)
    assert mark(office).until == NOW + 200


def test_a_clock_that_is_ahead_hurries_nobody(office: Office) -> None:
    (each,) = buses(office, 1)
    reported(office, each, 9_000)
    assert mark(office, NOW + 60).until == NOW + 60


def test_an_idle_bus_says_that_nothing_waits_and_one_with_a_queue_or_without_the_time_does_not(
    office: Office,
) -> None:
    (each,) = buses(office, 1)
    reported(office, each, 100)
    for word in ({"queue": 3}, {"online": False}, {"clock": ClockQuality.FLOOR}):
        says(office, each.device, 5_000, **word)
        assert mark(office).until == NOW + 100
    says(office, each.device, 5_000)
    assert mark(office).until == NOW + 5_000


def test_records_that_are_handed_on_say_nothing_of_those_behind_them(office: Office, bus: Bus) -> None:
    for second in (100, 200, 300):
        bus.write(started_at(second))
    send(office.database, bus, 1, 1)
    later = Bus(epoch=LATER)
    why = JournalReplaced(
        at=started_at(900).at, epoch=bus.epoch, why=Replaced.DAMAGED, detail="", last_number=3, missing=[]
    )
    later.write(why)
    later.write(handed_on(bus, 2))
    later.write(handed_on(bus, 3))
    send(office.database, later, 1, 2)
    assert mark(office).until == NOW + 100
    send(office.database, later, 3)
    reported(office, later, 1_000)
    assert mark(office).until == NOW + 1_000


def test_buses_out_of_service_and_revoked_ones_hold_nothing_back(office: Office) -> None:
    first, second, third = buses(office, 3)
    for each, when in ((first, 500), (second, 20), (third, 30)):
        reported(office, each, when)
    with office.database.write() as connection:
        assert say_service(connection, second.device, NOW, in_service=False)
        assert set_revoked(connection, third.device)
        assert not say_service(connection, "bus-999", NOW, in_service=False)
    assert mark(office).until == NOW + 500
    with office.database.write() as connection:
        say_service(connection, second.device, NOW, in_service=True)
    assert mark(office).until == NOW + 20


def test_a_bus_that_is_silent_for_long_is_listed_as_holding_the_others_back(office: Office) -> None:
    first, second = buses(office, 2)
    reported(office, first, 100)
    reported(office, second, 100 + SILENT_S)
    now = NOW + SILENT_S + 200
    assert [bus.holds_back(now) for bus in mark(office, now).buses] == [True, False]


def test_the_hold_of_an_ended_pass_is_free_again_once_every_bus_has_reported_past_it(office: Office) -> None:
    first, second = buses(office, 2)
    card(office, "m", 2_000)
    past = LIFE_S + AFTER_END_S
    reported(office, first, past)
    reported(office, second, past - 1)
    assert release(office) == (0, 1)
    reported(office, second, past)
    assert release(office) == (1, 0)
    assert release(office) == (0, 0)
    with office.database.read() as connection:
        assert free_balance(connection, "m", RIDE_UNITS, LATE) == 2_000


def test_a_ride_that_comes_after_the_release_is_paid_from_what_is_free(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 2_000)
    reported(office, bus, LIFE_S + AFTER_END_S)
    assert release(office) == (1, 0)
    (late,) = buses(office, 1)
    late.write(alight(pass_id, late.write(board(pass_id)), 600))
    send(office.database, late)
    assert money(office)["member", "m"] == 1_400
    assert release(office) == (0, 0)


def test_what_buses_cannot_know_costs_at_most_a_hold_for_every_bus_but_one(office: Office) -> None:
    with office.database.read() as connection:
        assert offline_risk(connection, NOW + 1).at_most == 0
    for each in buses(office, 3):
        reported(office, each, 1)
    card(office, "m", 0)
    with office.database.read() as connection:
        assert offline_risk(connection, NOW + 1).at_most == 2 * 1_200
        assert offline_risk(connection, LATE).at_most == 0


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(passes, [*words, "--data", str(folder)])


def test_staff_see_who_is_waited_for_and_take_a_bus_out_of_service(office: Office, tmp_path: Path) -> None:
    assert database_file(tmp_path).exists()
    first, second = buses(office, 2)
    reported(office, first, 100)
    reported(office, second, 200)
    found = json.loads(run(tmp_path, "status", "--json").stdout)
    assert found["until"] == NOW + 100
    assert [bus["device"] for bus in found["buses"]] == [first.device, second.device]
    assert found["offline_risk"]["buses"] == 2
    assert run(tmp_path, "out-of-service", first.device).exit_code == 0
    assert json.loads(run(tmp_path, "status", "--json").stdout)["until"] == NOW + 200
    assert "out of service" in run(tmp_path, "status").stdout
    assert run(tmp_path, "in-service", first.device).exit_code == 0
    assert json.loads(run(tmp_path, "status", "--json").stdout)["until"] == NOW + 100
    unknown = run(tmp_path, "in-service", "bus-999")
    assert (unknown.exit_code, "bus-999" in unknown.stderr) == (1, True)
    assert run(tmp_path, "release").exit_code == 0


def test_a_kiosk_is_not_waited_for(office: Office) -> None:
    with office.database.write() as connection:
        register_device(connection, "kiosk-1", DeviceKind.KIOSK, b"k" * 32)
    (each,) = buses(office, 1)
    reported(office, each, 100)
    assert len(mark(office).buses) == 1


def test_the_timer_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("once")
        done.set()

    timer = Timer("test", 0.01, work)
    timer.start()
    assert done.wait(5)
    timer.stop()
    assert "once" in caplog.text
