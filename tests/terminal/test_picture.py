"""What the driver is offered."""

from __future__ import annotations

from dataclasses import replace

from rules.instant import ClockQuality, Instant
from rules.network.edition import Edition
from rules.network.trips import Pattern
from rules.ride.locate import Fix
from terminal.picture import CHOICES, Choices
from tests.ride.builders import edition

EIGHT_IN_JAPAN = 1_790_031_600
BACK = ("E", "D", "C", "B", "A")


def at(seconds: int = 0, quality: ClockQuality = ClockQuality.GPS) -> Instant:
    return Instant("boot", seconds * 1000, EIGHT_IN_JAPAN + seconds, quality)


def fix(lat: float) -> Fix:
    return Fix(0.0, lat, 140.0, 0.0, None, 1.0, 9)


def line(departures: range, pattern: int = 0, name: str = "out") -> Edition:
    """The test line with a trip at each of these seconds after midnight."""
    plain = edition()
    trip = plain.trips["t1"]
    trips = {
        f"{name}{second}": replace(
            trip, trip_id=f"{name}{second}", pattern=pattern, departures=(second,) * 5, arrivals=(second,) * 5
        )
        for second in departures
    }
    return replace(plain, patterns=(plain.patterns[0], Pattern("r", "1", BACK, "")), trips=trips)


def test_eight_in_japan_is_eight() -> None:
    offered = Choices().at(line(range(8 * 3600, 8 * 3600 + 1)), at(), None)
    assert [(choice.departure, choice.service_date) for choice in offered.trips] == [("08:00", "2026-09-22")]


def test_a_trip_is_offered_until_half_an_hour_after_its_departure() -> None:
    offered = Choices().at(line(range(7 * 3600, 9 * 3600, 600)), at(), None)
    assert [choice.departure for choice in offered.trips][:2] == ["07:30", "07:40"]


def test_trips_that_begin_where_the_bus_stands_come_first_however_many_leave_elsewhere() -> None:
    busy = line(range(8 * 3600, 9 * 3600, 60))
    back = line(range(8 * 3600 + 3000, 9 * 3600, 300), pattern=1, name="back")
    both = replace(busy, trips=busy.trips | back.trips)
    offered = Choices().at(both, at(), fix(lat=38.036))
    assert len(offered.trips) == CHOICES
    assert [choice.first_stop for choice in offered.trips][:3] == ["E", "E", "A"]


def test_a_bus_without_the_time_is_offered_the_day_from_its_first_trip_on() -> None:
    offered = Choices().at(line(range(6 * 3600, 9 * 3600, 600)), at(quality=ClockQuality.FLOOR), None)
    assert offered.trips[0].departure == "06:00"


def test_the_offer_follows_the_clock() -> None:
    choices, trips = Choices(), line(range(7 * 3600, 9 * 3600, 600))
    assert choices.at(trips, at(), None).trips[0].departure == "07:30"
    assert choices.at(trips, at(600), None).trips[0].departure == "07:40"
