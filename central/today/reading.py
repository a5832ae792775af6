"""One reading of the day: everything a page shows comes out of a single read transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

from sqlalchemy import Connection

from central.japan import day_of
from central.network.editions.store import number_in_force, read_sealed
from central.rides.corrections.store import count_open
from central.today import store
from central.today.device_line import DeviceLine, OnTrip, Recent, bus_on_trip, device_line
from central.today.filters import NOT_APPLIED, Filter
from central.today.record_line import RecordLine, is_by_driver, matches, record_line
from central.today.ride_line import RideLine, ride_line
from central.today.rows import Incident, Machine, Matching, Record, Ride, RideSums
from central.today.running import DrawnLine, draw_lines
from central.words.names import SHELF, EditionShelf, Names
from central.words.paging import Page, page_of
from central.words.say_event import read_event
from rules.messages.events import AnyEvent, Tapped
from rules.network.in_force import service_day
from rules.ride.outcomes import Movement

PAGE_ROWS = 100
SCAN_ROWS = 50_000
"""A search looks at this many records of a day, the newest; the page says so when there were more."""
MAX_CHOICES = 300
MAX_INCIDENTS = 20
RECENT = 200
"""Records looked through for the last place of a bus that is disconnected."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole day, whatever the filter. `by_driver` are riders whom the driver let ride against the rules."""

    sums: RideSums
    taps_refused: int
    by_driver: int
    not_applied: int
    corrections: int
    machines: int
    machines_well: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a filter can be set to."""

    value: str
    label: str


class Reading:
    """What `wanted` shows at Unix second `now`, read through `connection`."""

    def __init__(self, connection: Connection, wanted: Filter, shelf: EditionShelf, now: int) -> None:
        self._connection = connection
        self._wanted = wanted
        self._now = now
        self._in_force = number_in_force(connection, wanted.day)
        likely = dict.fromkeys([self._in_force, *store.editions_of(connection, wanted)])
        sealed = partial(read_sealed, connection)
        self.names = Names(lambda number: shelf.get(number, sealed), tuple(likely)[:SHELF])

    @property
    def is_today(self) -> bool:
        """Whether the day asked for is the one it is now."""
        return self._wanted.day == day_of(self._now)

    @property
    def newest_record(self) -> int:
        """Which rides and records this reading can see, as a number that rises."""
        return store.newest_record(self._connection)

    @cached_property
    def machines(self) -> list[DeviceLine]:
        """Every machine, as it is now."""
        in_force = number_in_force(self._connection, service_day(self._now))
        return [
            device_line(machine, self._recent(machine), self.names, in_force, self._now, self._wanted.day)
            for machine in self._machines
        ]

    @cached_property
    def _machines(self) -> list[Machine]:
        return store.machines(self._connection)

    @cached_property
    def _matching(self) -> Matching:
        wanted = self._wanted
        return Matching(
            stop=self.names.stop_ids(wanted.stop) if wanted.stop else frozenset(),
            text=self.names.stop_ids_like(wanted.text) if wanted.text else frozenset(),
        )

    def incidents(self) -> list[Incident]:
        """What somebody must look at, of this day."""
        return store.incidents_of(self._connection, self._wanted, MAX_INCIDENTS)

    def figures(self) -> Figures:
        """The day in numbers."""
        refused = by_driver = 0
        for event in map(read_event, store.each_answer(self._connection, self._wanted)):
            refused += isinstance(event, Tapped) and event.movement is Movement.REFUSED
            by_driver += is_by_driver(event)
        return Figures(
            sums=store.sum_rides(self._connection, self._wanted),
            taps_refused=refused,
            by_driver=by_driver,
            not_applied=store.count_not_applied(self._connection, self._wanted),
            corrections=count_open(self._connection, self._wanted.day.isoformat()),
            machines=len(self.machines),
            machines_well=sum(line.well for line in self.machines),
        )

    def ride_sums(self) -> RideSums:
        """The sums of the rides asked for."""
        return store.sum_rides(self._connection, self._wanted, self._matching)

    def rides(self, total: int) -> tuple[list[RideLine], Page]:
        """The page of rides asked for, of `total`; the last page for a number beyond it."""
        page = page_of(self._wanted.rides_page, total, PAGE_ROWS)
        found = store.page_of_rides(
            self._connection, self._wanted, self._matching, (page.number - 1) * PAGE_ROWS, PAGE_ROWS
        )
        return [ride_line(ride, self.names, self._wanted.day) for ride in found], page

    def each_ride(self) -> Iterator[Ride]:
        """Every ride asked for."""
        return store.each_ride(self._connection, self._wanted, self._matching)

    def records(self) -> tuple[list[RecordLine], Page]:
        """The page of records asked for."""
        wanted = self._wanted
        if self._plain:
            total = store.count_records(self._connection, wanted)
            page = page_of(wanted.records_page, total, PAGE_ROWS)
            found = store.page_of_records(self._connection, wanted, (page.number - 1) * PAGE_ROWS, PAGE_ROWS)
            return [self.record_line(record, read_event(record.body)) for record in found], page
        return self._search(wanted.records_page)

    def each_record(self) -> Iterator[tuple[Record, AnyEvent | None]]:
        """Every record asked for."""
        for record in store.each_record(self._connection, self._wanted):
            event = read_event(record.body)
            if self._plain or self._matches(record, event):
                yield record, event

    def record_line(self, record: Record, event: AnyEvent | None) -> RecordLine:
        """How the page shows a record."""
        return record_line(record, event, self.names, self._wanted.day)

    @property
    def _plain(self) -> bool:
        wanted = self._wanted
        return not (wanted.trip or wanted.stop or wanted.text or wanted.outcome not in ("", NOT_APPLIED))

    def _matches(self, record: Record, event: AnyEvent | None) -> bool:
        return matches(record, event, self._wanted, self._matching, self.names)

    def _search(self, asked: int) -> tuple[list[RecordLine], Page]:
        # The books keep a record's own bytes, not its fields, so trip, stop, outcome and text are looked for in them.
        first = (asked - 1) * PAGE_ROWS
        found: list[tuple[Record, AnyEvent | None]] = []
        scanned = total = 0
        for record in islice(store.each_record(self._connection, self._wanted), SCAN_ROWS):
            scanned += 1
            event = read_event(record.body)
            if self._matches(record, event):
                total += 1
                if first < total <= first + PAGE_ROWS:
                    found.append((record, event))
        page = page_of(asked, total, PAGE_ROWS, complete=scanned < SCAN_ROWS)
        if page.number != asked:
            return self._search(page.number)
        return [self.record_line(record, event) for record, event in found], page

    def lines(self) -> list[DrawnLine]:
        """Every line that a bus is on, with its buses; else the line at rest."""
        running = [on for machine in self._machines if (on := self._on_trip(machine))]
        return draw_lines(running, self.names, self._in_force)

    def _on_trip(self, machine: Machine) -> OnTrip | None:
        return bus_on_trip(machine, self._recent(machine), self.names, self._now, self._wanted.day)

    def _recent(self, machine: Machine) -> Recent:
        return partial(store.last_bodies, self._connection, machine.device, RECENT)

    def choices(self) -> dict[str, list[Choice]]:
        """What each filter can be set to on this day. What is set already is always among them."""
        wanted = self._wanted
        buses = [Choice(line.device, line.device) for line in self.machines]
        stops = [Choice(name, name) for name in self.names.stop_names()]
        return {
            "bus": _with(buses, wanted.bus),
            "trip": _with(self._trips(), wanted.trip),
            "stop": _with(stops, wanted.stop),
        }

    def _trips(self) -> list[Choice]:
        known = {trip_id: edition for edition, trip_id in store.trips_of(self._connection, self._wanted)}
        edition = self.names.edition(self._in_force)
        if edition:
            known |= {trip.trip_id: edition.number for trip in edition.trips_on(self._wanted.day)}
        named = {trip_id: self.names.trip(edition, trip_id) for trip_id, edition in known.items()}
        ordered = sorted(named, key=lambda trip_id: (named[trip_id].departure.zfill(5), trip_id))
        return [Choice(trip_id, str(named[trip_id])) for trip_id in ordered]


def _with(choices: list[Choice], chosen: str) -> list[Choice]:
    kept = choices[:MAX_CHOICES]
    if chosen and all(choice.value != chosen for choice in kept):
        kept.append(Choice(chosen, chosen))
    return kept
