"""A month's change of editions: the coming one, the switch, old rides, late buses, and editions taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from central.devices.data_folder import open_office
from central.network.editions.withdraw_edition import NotWithdrawn
from device.journal import Keep
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from terminal.facts import TripChosen, TripDone
from tests.terminal.month_bench import FIRST_DAY, MonthBus, Village

OCTOBER = date(2026, 10, 1)
LAST_EVENING = "2026-09-30 23:25"
NEW_MORNING = "2026-10-01 07:50"


@pytest.fixture
def village(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Village]:
    """22 September, six in the morning: edition 1 is in force."""
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    office = open_office(tmp_path / "office", 1_790_000_000)
    try:
        made = Village(tmp_path, office)
        made.publish(1, FIRST_DAY)
        yield made
    finally:
        office.database.close()


def ready(bus: MonthBus) -> None:
    """The bus knows the time and all that the office says."""
    bus.know_the_time()
    bus.sync()


def ride(bus: MonthBus, card: bytes, sections: int = 2) -> tuple[int, int]:
    """Ride that far from where the bus is; the edition and the fare of the record."""
    assert bus.show(card) in (Outcome.OK, Outcome.SHORT)
    index = bus.last_tap().stop_index
    for stop in range(index + 1, index + sections + 1):
        bus.drive_to(stop)
    assert bus.show(card) is Outcome.OK
    return bus.last_tap().edition, bus.last_tap().fare


def test_the_coming_edition_is_on_the_bus_before_its_day_and_no_trip_begins_by_it(village: Village) -> None:
    with village.bus() as bus:
        ready(bus)
        village.publish(2, OCTOBER)
        bus.sync()
        assert sorted(bus.lists.editions) == bus.on_disk == [1, 2]
        village.go_to("2026-09-30 07:50")
        assert bus.take_up("morning").edition == 1


def test_a_trip_under_way_over_midnight_and_over_the_switch_keeps_its_edition(village: Village) -> None:
    card = village.card()
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to(LAST_EVENING)
        assert bus.take_up("last-1").edition == 1
        assert bus.show(card) is Outcome.OK
        bus.drive_to(1)
        village.go_to("2026-10-01 04:00")
        bus.drive_to(2)
        assert village.day == OCTOBER
        assert bus.show(card) is Outcome.OK
        assert (bus.last_tap().edition, bus.last_tap().fare) == (1, 220)
        assert bus.page.stop_names[0] == "A（第1版）"


def test_a_trip_begun_after_midnight_belongs_to_the_day_before_and_to_its_edition(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to("2026-09-30 23:57")
        started = bus.take_up("last-1")
        bus.do(TripDone())
        village.go_to("2026-10-01 00:00")
        again = bus.take_up("last-1")
    assert (started.edition, started.service_date) == (again.edition, again.service_date) == (1, "2026-09-30")


def test_the_first_trip_of_the_new_month_takes_the_new_edition(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to(LAST_EVENING)
        bus.take_up("last-1")
        village.go_to(NEW_MORNING)
        bus.do(TripDone())
        started = bus.take_up("morning")
    assert (started.edition, started.service_date) == (2, "2026-10-01")


def test_the_day_of_a_trip_decides_its_edition_and_not_the_moment_of_the_touch(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to("2026-10-01 03:00")
        bus.do(TripChosen("last-1", "2026-09-30"))
        assert bus.page.stop_names[0] == "A（第1版）"
        bus.do(TripChosen("morning", "2026-10-01"))
        assert bus.page.stop_names[0] == "A（第2版）"


@pytest.mark.parametrize("boot", ["boot", "after the power cut"])
def test_a_ride_begun_under_the_old_edition_ends_under_it_after_a_restart(
    village: Village, boot: str
) -> None:
    card = village.card()
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to(LAST_EVENING)
        bus.take_up("last-1")
        assert bus.show(card) is Outcome.OK
    village.go_to(NEW_MORNING)
    with village.bus(boot=boot) as bus:
        bus.know_the_time()
        bus.drive_to(2)
        assert bus.show(card) is Outcome.OK
        assert (bus.last_tap().edition, bus.last_tap().fare) == (1, 220)


def test_a_ride_left_open_under_the_old_edition_is_closed_by_it_also_a_month_later(village: Village) -> None:
    card = village.card()
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to(LAST_EVENING)
        bus.take_up("last-1")
        assert bus.show(card) is Outcome.OK
    village.go_to("2026-10-31 07:50")
    with village.bus(boot="winter") as bus:
        ready(bus)
        assert bus.on_disk == bus.in_memory == [1, 2]
        bus.do(TripDone())
        (left,) = bus.left_open()
        assert (left.edition, left.stop_id, left.fare) == (1, "E", 440)
        assert bus.take_up("morning").edition == 2
        assert bus.on_disk == bus.in_memory == [2]


def test_a_trip_without_riders_goes_on_after_a_restart_when_its_edition_was_withdrawn(
    village: Village,
) -> None:
    with village.bus() as bus:
        ready(bus)
        village.go_to("2026-09-23 07:50")
        bus.take_up("morning")
        village.publish(2, FIRST_DAY)
        village.withdraw(1)
        bus.sync()
    with village.bus(boot="again") as bus:
        assert bus.page.stop_names[0] == "A（第1版）"


def test_an_open_ride_whose_trip_is_lost_is_still_closed_by_its_edition(village: Village) -> None:
    card = village.card()
    with village.bus() as bus:
        ready(bus)
        village.go_to("2026-09-23 07:50")
        bus.take_up("morning")
        assert bus.show(card) is Outcome.OK
        bus.journal.write([], [Keep("trip", "", None)])
    village.publish(2, FIRST_DAY)
    village.withdraw(1)
    with village.bus(boot="again") as bus:
        ready(bus)
        bus.take_up("morning")
        assert bus.show(card) is Outcome.OK
        (left,) = bus.left_open()
        assert (left.edition, left.fare, bus.last_tap().edition) == (1, 440, 2)


def test_while_the_time_is_unknown_no_coming_edition_is_taken(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
    with village.bus(boot="unknown time") as bus:
        bus.do()
        assert {choice.service_date for choice in bus.page.choices} == {"2026-09-22"}
        bus.do(TripChosen("morning", "2026-09-22"))
        assert bus.page.stop_names[0] == "A（第1版）"


def test_a_trip_begun_before_the_time_was_known_keeps_its_edition_and_the_next_takes_the_new(
    village: Village,
) -> None:
    card = village.card()
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to("2026-09-30 21:00")
        bus.take_up("last-1")
        bus.do(TripDone())
    village.go_to(NEW_MORNING)
    with village.bus(boot="cold morning") as bus:
        bus.do(TripChosen("morning", "2026-09-30"))
        bus.know_the_time()
        assert ride(bus, card) == (1, 220)
        bus.do(TripDone())
        bus.know_the_time()
        assert bus.take_up("morning").edition == 2


def test_a_bus_away_for_a_month_catches_up_and_holds_only_what_it_needs(village: Village) -> None:
    with village.bus("bus-002") as late:
        ready(late)
    for number in range(2, 8):
        village.publish(number, FIRST_DAY + timedelta(weeks=number))
    village.withdraw(7)
    village.publish(8, date(2026, 11, 15))
    village.go_to("2026-10-31 07:50")
    with village.bus("bus-002", boot="back") as late:
        assert late.lists.seen.number < 5
        ready(late)
        assert late.on_disk == [6, 8]
        assert late.in_memory == [6]
        assert late.journal.recall_all("down").keys().isdisjoint(f"{number:09}" for number in range(2, 9)), (
            "parts of complete editions"
        )
        assert late.take_up("morning").edition == 6
    with village.bus("bus-002", boot="again") as late:
        assert (late.in_memory, sorted(late.lists.editions)) == ([6], [6, 8])


def test_catching_up_goes_on_where_a_power_cut_broke_it_off(village: Village) -> None:
    for number in range(2, 6):
        village.publish(number, FIRST_DAY + timedelta(days=number))
    with village.bus() as bus:
        bus.know_the_time()
        with pytest.raises(AssertionError, match="enough"):
            _sync_until(bus, 4)
    with village.bus(boot="again") as bus:
        seen = bus.lists.seen.number
        assert seen > 0
        ready(bus)
        assert bus.lists.seen.number > seen
        assert bus.in_memory == [5]


def _sync_until(bus: MonthBus, pages: int) -> None:
    """Catch up, and lose the power after so many pages."""
    heard = bus._hear
    left = pages

    def hear(message: object) -> None:
        nonlocal left
        left -= 1
        assert left, "enough"
        heard(message)  # type: ignore[arg-type]

    bus._hear = hear  # type: ignore[method-assign]
    bus.sync()


def test_an_edition_withdrawn_before_its_day_never_comes_into_force(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        assert bus.on_disk == [1, 2]
        village.withdraw(2)
        bus.sync()
        assert bus.on_disk == [1]
        village.go_to(NEW_MORNING)
        assert bus.take_up("morning").edition == 1


@pytest.mark.parametrize("restarts", [False, True])
def test_a_trip_under_way_and_its_rides_end_by_an_edition_that_was_withdrawn(
    village: Village, restarts: bool
) -> None:
    card, other = village.card(), village.card()
    with village.bus() as bus:
        ready(bus)
        village.go_to("2026-09-23 07:50")
        bus.take_up("morning")
        assert bus.show(card) is Outcome.OK
        village.publish(2, FIRST_DAY)
        village.withdraw(1)
        bus.sync()
        if not restarts:
            _end_under_the_old_one(bus, card, other)
    if restarts:
        with village.bus(boot="again") as again:
            again.know_the_time()
            _end_under_the_old_one(again, card, other)


def _end_under_the_old_one(bus: MonthBus, card: bytes, other: bytes) -> None:
    bus.drive_to(1)
    assert bus.show(other) is Outcome.OK
    bus.drive_to(2)
    assert bus.show(card) is Outcome.OK
    assert (bus.last_tap().edition, bus.last_tap().fare) == (1, 220)
    bus.do(TripDone())
    assert [left.edition for left in bus.left_open()] == [1]
    assert bus.offered()
    assert bus.on_disk == [2]


def test_no_trip_is_offered_of_an_edition_that_was_withdrawn_until_the_next_holds(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.withdraw(1)
        bus.sync()
        village.go_to("2026-09-23 07:50")
        assert bus.offered() == []
        bus.do(TripChosen("morning", "2026-09-23"))
        assert bus.page.stop_names == ()
    with village.bus(boot="again") as bus:
        bus.know_the_time()
        assert bus.offered() == []
        village.go_to(NEW_MORNING)
        bus.know_the_time()
        assert bus.take_up("morning").edition == 2


def test_an_older_edition_that_holds_again_comes_back_also_where_it_was_let_go(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to("2026-10-20 07:50")
        ready(bus)
        assert bus.on_disk == [2]
        village.withdraw(2)
        bus.sync()
        assert bus.on_disk == [1]
        assert bus.take_up("morning").edition == 1


def test_a_replaced_edition_stays_a_week_so_that_a_withdrawal_needs_no_signal_twice(village: Village) -> None:
    with village.bus() as bus:
        village.publish(2, OCTOBER)
        ready(bus)
        village.go_to("2026-10-06 07:50")
        ready(bus)
        assert (bus.on_disk, bus.in_memory) == ([1, 2], [2])
        village.go_to("2026-10-07 07:50")
        ready(bus)
        assert bus.on_disk == [2]


def test_the_office_does_not_take_back_the_only_edition(village: Village) -> None:
    assert village.withdraw(1) is NotWithdrawn.NOTHING_ELSE
    with village.bus() as bus:
        ready(bus)
        assert "morning" in bus.offered()


def test_a_month_is_played_through_day_by_day(village: Village) -> None:
    card, evening = village.card(), village.card()
    what_happens: dict[str, Callable[[], object]] = {
        "2026-09-25": lambda: village.publish(2, OCTOBER),
        "2026-10-05": lambda: village.publish(3, date(2026, 10, 12)),
        "2026-10-08": lambda: village.withdraw(3),
        "2026-10-14": lambda: village.publish(4, date(2026, 10, 15)),
        "2026-10-16": lambda: village.withdraw(2),
    }
    days = [date(2026, 9, 23) + timedelta(days=count) for count in range(30)]
    expected = [(day.isoformat(), 1 if day < OCTOBER else 2 if day.day < 15 else 4) for day in days]
    for day in days:
        village.go_to(f"{day} 07:40")
        what_happens.get(day.isoformat(), lambda: 0)()
        with village.bus(boot=f"boot of {day}") as bus:
            ready(bus)
            assert bus.take_up("morning").edition == village.in_force
            ride(bus, card)
            bus.do(TripDone())
            bus.sync()
            if day == date(2026, 9, 30):
                village.go_to(LAST_EVENING)
                bus.take_up("last-1")
                ride(bus, evening, sections=4)
                bus.do(TripDone())
                bus.sync()
            assert len(bus.in_memory) == 1
    with village.bus("bus-002") as late:
        ready(late)
        assert (late.on_disk, late.in_memory) == ([4], [4])
    fares = [(day, edition, 2 * (100 + 10 * edition)) for day, edition in expected]
    assert village.rides() == sorted([*fares, ("2026-09-30", 1, 440)])
    assert village.named(date(2026, 9, 30)) == [("A（第1版）", "E（第1版）"), ("A（第1版）", "C（第1版）")]
    assert village.named(OCTOBER) == [("A（第2版）", "C（第2版）")]
    assert village.named(days[-1]) == [("A（第4版）", "C（第4版）")]
