"""The loop's state as one picture for the driver's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from rules.network import in_force
from rules.ride.proposal import propose
from terminal.screen.snapshot import FaresFrom, HandDone, HandGroup, LastAnswer, Snapshot, TripChoice

if TYPE_CHECKING:
    from device.reader.messages import Hint
    from rules.instant import Instant
    from rules.network.edition import Edition
    from rules.network.trips import Trip
    from rules.ride.locate import Fix
    from terminal.ride_codes import RideCode
    from terminal.taps import Answer
    from terminal.trip import CurrentTrip

JAPAN = timezone(timedelta(hours=9))
CHOICES = 8


@dataclass(frozen=True, slots=True)
class Faults:
    """Sentences for the driver; "" means all is well."""

    gps: str = ""
    gps_note: str = ""
    """Of a receiver whose fixes are used all the same."""
    camera: str = ""
    camera_note: str = ""
    """Of a camera whose pictures are read all the same."""
    link: str = ""
    journal: str = ""
    """Nothing can be recorded, so nobody can ride by a code."""
    is_full: bool = False
    """That is so because the journal has no room: it empties by itself where there is a signal."""
    room: str = ""
    """The journal is nearly full, or does not lie on a disk: nothing is wrong yet."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures for the page."""

    on_board: int
    boarded: int
    queue: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """Riders without a code, for the page; see `Snapshot`."""

    groups: tuple[HandGroup, ...]
    fares_from: tuple[FaresFrom, ...]
    done: HandDone | None
    may_overrule: bool


def local_time(at: Instant) -> datetime:
    """The machine's wall time in Japan, only as good as `at.quality`."""
    return datetime.fromtimestamp(at.wall, UTC).astimezone(JAPAN)


def service_day(at: Instant) -> date:
    """The service day of the machine's wall time, only as good as `at.quality`."""
    return in_force.service_day(at.wall)


def last_answer(number: int, answer: Answer, edition: Edition) -> LastAnswer:
    """The newest answer as the page shows it."""
    record = answer.record
    stop = edition.stops.get(record.stop_id)
    return LastAnswer(
        number=number,
        outcome=record.outcome,
        movement=record.movement,
        stop_name=stop.name if stop else "",
        fare=record.fare,
        cash=record.cash,
        party=1 + record.adults + record.children,
        rider_class=record.rider_class.name.lower(),
        seconds_ago=0.0,
        product=record.product,
        photo=answer.photo,
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """The trips the driver may take up now; `proposed` when the first of them is meant to be the one."""

    trips: tuple[TripChoice, ...] = ()
    proposed: bool = False


class Choices:
    """The trips on offer, worked out anew each minute and each 100 m: a timetable may hold thousands."""

    def __init__(self) -> None:
        self._edition: Edition | None = None
        self._asked: tuple[object, ...] = ()
        self._found = Offer()

    def at(self, edition: Edition | None, at: Instant, fix: Fix | None) -> Offer:
        """Those of `edition`; none without one."""
        about = (
            (round(fix.lat, 3), round(fix.lon, 3), fix.course_deg and fix.course_deg // 45) if fix else None
        )
        asked = (at.wall // 60, at.wall_known, about)
        if edition is not self._edition or asked != self._asked:
            self._edition, self._asked = edition, asked
            self._found = _offer(edition, at, fix) if edition is not None else Offer()
        return self._found


def _offer(edition: Edition, at: Instant, fix: Fix | None) -> Offer:
    day = service_day(at)
    midnight = datetime(day.year, day.month, day.day, tzinfo=JAPAN)
    now = (local_time(at) - midnight).total_seconds() if at.wall_known else None
    found = propose(edition, day, now, fix)
    return Offer(tuple(_choice(edition, trip, day) for trip in found.trips[:CHOICES]), found.sure)


def draw(  # noqa: PLR0913 - a picture has as many parts as it shows
    *,
    unit: str,
    demo: bool,
    at: Instant,
    edition: Edition | None,
    offer: Offer,
    trip: CurrentTrip,
    door_open: bool,
    last: LastAnswer | None,
    counts: Counts,
    by_hand: ByHand,
    ride: RideCode,
    link_up: bool,
    hint: Hint | None,
    faults: Faults,
) -> Snapshot:
    """The snapshot of this moment. `edition` and `offer` are of what can be taken up while no trip is under way."""
    running = trip.edition
    shown = running or edition
    underway = trip.underway
    place = trip.place(at.mono_ms / 1000)
    scheduled = running.trips[underway.trip_id] if running and underway else None
    return Snapshot(
        demo=demo,
        unit=unit,
        notice=faults.room or (shown.notice if shown else ""),
        trip_headsign=scheduled.headsign if scheduled else "",
        trip_departure=_clock_text(scheduled.departures[0]) if scheduled else "",
        stop_names=_stop_names(running, underway.trip_id) if running and underway else (),
        at_index=place.stop_index,
        progress=place.progress,
        place_reason=place.reason,
        place_state=trip.place_state(at.mono_ms / 1000),
        door_open=door_open,
        last=last,
        on_board=counts.on_board,
        boarded_today=counts.boarded,
        queue=counts.queue,
        link_up=link_up,
        link_problem=faults.link,
        gps_problem=faults.gps,
        gps_note=faults.gps_note,
        camera_problem=faults.camera,
        camera_note=faults.camera_note,
        hint=hint,
        clock=local_time(at).strftime("%H:%M") if at.wall_known else "--:--",
        fault=faults.journal,
        ends_with_signal=faults.is_full,
        choices=offer.trips,
        proposed=offer.proposed,
        question=trip.question,
        by_hand=by_hand.groups,
        fares_from=by_hand.fares_from,
        hand_done=by_hand.done,
        may_overrule=by_hand.may_overrule,
        stop_said=_stop_said(trip, at),
        ride_code=ride.address,
        ride_word=ride.word,
    )


def _choice(edition: Edition, trip: Trip, day: date) -> TripChoice:
    stops = edition.stops_of(trip.trip_id)
    return TripChoice(
        trip_id=trip.trip_id,
        service_date=day.isoformat(),
        departure=_clock_text(trip.departures[0]),
        headsign=trip.headsign,
        first_stop=stops[0].name,
        last_stop=stops[-1].name,
    )


def _stop_said(trip: CurrentTrip, at: Instant) -> str:
    said = trip.said(at.mono_ms / 1000)
    if said is None or trip.edition is None or trip.underway is None:
        return ""
    return trip.edition.stops_of(trip.underway.trip_id)[said].name


def _stop_names(edition: Edition, trip_id: str) -> tuple[str, ...]:
    return tuple(stop.name for stop in edition.stops_of(trip_id))


def _clock_text(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
