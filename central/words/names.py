"""Names for the ids that records carry, each by the record's own edition. An unknown edition leaves the ids."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from central.japan import parse_day
from rules.messages.codec import Malformed
from rules.messages.edition_file import open_edition
from rules.network.edition import Edition
from rules.network.stops import Stop

SHELF = 6
"""Editions kept unpacked. A day rarely knows more than two."""


class EditionShelf:
    """Unpacked editions by number, the most recently used ones only. Safe to use from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, Edition | None] = OrderedDict()
        self._lock = Lock()

    def get(self, number: int, read_sealed: Callable[[int], bytes | None]) -> Edition | None:
        """Edition `number`, unpacked from what `read_sealed` finds at its first use; None for one that is unknown."""
        with self._lock:
            if number in self._held:
                self._held.move_to_end(number)
                return self._held[number]
        sealed = read_sealed(number)
        if sealed is None:
            # Not remembered: it may be published in the next second.
            return None
        edition = _unpack(sealed)
        with self._lock:
            self._held[number] = edition
            while len(self._held) > SHELF:
                self._held.popitem(last=False)
        return edition


def _unpack(sealed: bytes) -> Edition | None:
    # From the office's own book: the seal is for those who get it from somebody else.
    try:
        return open_edition(sealed, lambda _kid, _body, _signature: True)
    except Malformed:
        return None


@dataclass(frozen=True, slots=True)
class TripName:
    """How a trip is spoken of. `departure` is HH:MM at its first stop and may pass 24:00; "" where nobody knows."""

    departure: str
    headsign: str

    def __str__(self) -> str:
        return f"{self.departure}発 {self.headsign}" if self.departure else self.headsign


class Names:
    """The names within one reading of the database. `find` finds an edition or None.

    `likely` are the editions to look in for an id that comes without one, and for what a filter's words may mean.
    """

    def __init__(self, find: Callable[[int], Edition | None], likely: Sequence[int]) -> None:
        self._find = find
        self._found: dict[int, Edition | None] = {}
        self.likely = likely

    def edition(self, number: int) -> Edition | None:
        """Edition `number`, if it is known."""
        if number not in self._found:
            self._found[number] = self._find(number)
        return self._found[number]

    def stop(self, edition: int, stop_id: str | None) -> str:
        """A stop's name, else its id; "" for none."""
        known = self.edition(edition)
        stop = known.stops.get(stop_id or "") if known else None
        return stop.name if stop else stop_id or ""

    def some_stop(self, stop_id: str) -> str:
        """The name of a stop whose edition was not written down, else its id."""
        return next((stop.name for stop in self._stops() if stop.stop_id == stop_id), stop_id)

    def trip(self, edition: int, trip_id: str) -> TripName:
        """A trip's departure and destination, else its id."""
        known = self.edition(edition)
        trip = known.trips.get(trip_id) if known else None
        if known is None or trip is None:
            return TripName("", trip_id)
        minutes = trip.departures[0] // 60 if trip.departures else 0
        headsign = trip.headsign or known.stops_of(trip_id)[-1].name
        return TripName(f"{minutes // 60}:{minutes % 60:02d}", headsign)

    def product(self, edition: int, number: int, service_date: str) -> str:
        """What the product with `number` on a service day is called, else the number; "" for none."""
        if not number:
            # Most riders pay per ride, and a search asks this of every tap of a day.
            return ""
        known, day = self.edition(edition), parse_day(service_date)
        product = known.tariff.product_on(number, day) if known and day else None
        return product.name if product else str(number)

    def stop_ids(self, name: str) -> frozenset[str]:
        """The ids of all poles called `name`, and `name` itself, which may be an id."""
        return frozenset({name} | {stop.stop_id for stop in self._stops() if stop.name == name})

    def stop_ids_like(self, text: str) -> frozenset[str]:
        """The ids of all poles whose name, reading or English name contains `text`."""
        wanted = text.casefold()
        return frozenset(
            stop.stop_id
            for stop in self._stops()
            if any(wanted in name.casefold() for name in (stop.name, stop.name_kana, stop.name_en))
        )

    def stop_names(self) -> list[str]:
        """Every stop name once, in the order in which the longest trips meet them."""
        names: dict[str, None] = {}
        for edition in self._editions():
            for pattern in sorted(edition.patterns, key=lambda pattern: -len(pattern.stop_ids)):
                names.update((edition.stops[stop_id].name, None) for stop_id in pattern.stop_ids)
        return list(names)

    def _editions(self) -> Iterator[Edition]:
        return filter(None, map(self.edition, self.likely))

    def _stops(self) -> Iterator[Stop]:
        for edition in self._editions():
            yield from edition.stops.values()
