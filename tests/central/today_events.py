"""What a bus writes on one Saturday, for tests of the office's pages. Times of day are Japan's."""

from __future__ import annotations

from datetime import date
from typing import Any

from central.japan import seconds_of
from rules.instant import ClockQuality, Instant
from rules.messages.events import DoorMoved, RecordRef, RideLeftOpen, Started, Tapped, TripEnded, TripStarted
from rules.messages.link import Health
from rules.money import Yen
from rules.passes.rider_pass import PassKind, RiderClass
from rules.ride.outcomes import Movement, Outcome

DAY = date(2026, 10, 3)
TRIP = "out-0810"
BACK = "in-1000"
BUS = "bus-001"
PASS = "0a1b2c3d4e5f6071"


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> int:
    """Unix seconds of a time of day in Japan."""
    return seconds_of(day)[0] + hour * 3600 + minute * 60 + second


def instant(wall: int, quality: ClockQuality = ClockQuality.GPS) -> Instant:
    """A moment of a machine."""
    return Instant("boot", (wall % 86_400) * 1000, wall, quality)


def boarded(wall: int, stop: int = 1, **changes: Any) -> Tapped:
    """A tap that boards at stop `stop`."""
    values: dict[str, Any] = {
        "at": instant(wall),
        "outcome": Outcome.OK,
        "movement": Movement.BOARD,
        "edition": 1,
        "trip_id": TRIP,
        "service_date": DAY.isoformat(),
        "route_id": "R",
        "stop_id": f"s{stop}",
        "stop_index": stop,
        "confidence": 0.97,
        "place_reason": "停留所から12m",
        "code": "9f3a",
        "pass_id": PASS,
        "pass_kind": PassKind.PHONE,
    }
    return Tapped(**(values | changes))


def alighted(wall: int, board: int, stop: int = 7, start: int = 1, **changes: Any) -> Tapped:
    """A tap that ends the ride of boarding record `board` for 600 くらポ."""
    values: dict[str, Any] = {
        "movement": Movement.ALIGHT,
        "board": RecordRef("e1", board),
        "board_stop_id": f"s{start}",
        "fare": Yen(600),
        "held": Yen(600),
    }
    return boarded(wall, stop, **(values | changes))


def refused(wall: int, outcome: Outcome = Outcome.EXPIRED, stop: int = 1, **changes: Any) -> Tapped:
    """A tap that does not ride."""
    return boarded(wall, stop, **({"outcome": outcome, "movement": Movement.REFUSED} | changes))


def left_open(wall: int, board: int) -> RideLeftOpen:
    """A forgotten alighting with 100 yen owed."""
    return RideLeftOpen(
        at=instant(wall), board=RecordRef("e1", board), pass_id=PASS, pass_kind=PassKind.PHONE,
        rider_class=RiderClass.ADULT, adults=0, children=0, edition=1, trip_id=TRIP, service_date=DAY.isoformat(),
        route_id="R", board_stop_id="s1", stop_id="s7", stop_index=7, fare=Yen(600), held=Yen(500), owed=Yen(100),
    )  # fmt: skip


def door(wall: int, stop: int, *, is_open: bool = True, trip: str = TRIP) -> DoorMoved:
    """The door moved at a stop."""
    return DoorMoved(at=instant(wall), is_open=is_open, trip_id=trip, stop_id=f"s{stop}", lat=38.7, lon=140.2)


def started(wall: int, quality: ClockQuality = ClockQuality.FLOOR) -> Started:
    """The machine was switched on."""
    return Started(at=instant(wall, quality), version="0.1.0")


def trip_started(wall: int, trip: str = TRIP) -> TripStarted:
    """The driver took up a trip."""
    return TripStarted(at=instant(wall), edition=1, trip_id=trip, service_date=DAY.isoformat())


def ended(wall: int, trip: str = TRIP) -> TripEnded:
    """The trip is over."""
    return TripEnded(at=instant(wall), edition=1, trip_id=trip, service_date=DAY.isoformat())


def well(**changes: Any) -> Health:
    """A bus on `TRIP` with nothing wrong."""
    values: dict[str, Any] = {
        "online": True, "clock": ClockQuality.AGREED, "trip_id": TRIP, "next_stop_id": "s4", "progress": 3.4,
        "edition": 1, "version": "0.1.0",
    }  # fmt: skip
    return Health(**(values | changes))
