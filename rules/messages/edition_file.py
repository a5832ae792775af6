"""An edition as a file: packed small, sealed by central's key, and cut into parts for the log that machines fetch."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import TypeVar

import msgspec

from rules.messages.codec import Malformed
from rules.messages.link import EditionPart
from rules.messages.tariff_file import pack_tariff, unpack_tariff
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareTable, Pair
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip

T = TypeVar("T")

FORMAT = 1
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
PART_BYTES = 24 * 1024
"""Of the sealed file; base64 makes 32 KiB of it, which leaves room in a page of the log."""
MAX_PARTS = 1024
SIGNATURE_BYTES = 64


class _Pattern(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`stops` are indexes into the form's stops."""

    route_id: str
    direction_id: str
    stops: list[int]
    shape_id: str


class _Trip(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`times` begin with the first arrival; then seconds from one time to the next, standing and driving by turns."""

    trip_id: str
    pattern: int
    service_id: str
    headsign: str
    times: list[int]


class _RouteFares(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Rows of [from, to, yen, to, yen, …] and of [from, to, yen, yen, …] where prices conflict; indexes of stops."""

    route_id: str
    prices: list[list[int]]
    conflicts: list[list[int]]


class _Form(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is written. Everything with an id is in the order of ids, so that equal editions give equal bytes."""

    format: int
    number: int
    valid_from: date
    operator: str
    feed_version: str
    notice: str
    stops: list[Stop]
    routes: list[Route]
    shapes: list[tuple[str, list[tuple[float, float]]]]
    patterns: list[_Pattern]
    services: list[Service]
    trips: list[_Trip]
    fares: list[_RouteFares]
    tariff: msgspec.Raw


_decoder = msgspec.json.Decoder(_Form)


def pack_edition(edition: Edition) -> bytes:
    """The edition as compressed JSON. Equal editions give the same bytes.

    Raises KeyError for one whose patterns or fares speak of stops it does not hold.
    """
    stop_ids = sorted(edition.stops)
    index = {stop_id: place for place, stop_id in enumerate(stop_ids)}
    form = _Form(
        format=FORMAT,
        number=edition.number,
        valid_from=edition.valid_from,
        operator=edition.operator,
        feed_version=edition.feed_version,
        notice=edition.notice,
        stops=[edition.stops[stop_id] for stop_id in stop_ids],
        routes=[edition.routes[route_id] for route_id in sorted(edition.routes)],
        shapes=[(shape_id, list(points)) for shape_id, points in sorted(edition.shapes.items())],
        patterns=[
            _Pattern(
                pattern.route_id,
                pattern.direction_id,
                [index[each] for each in pattern.stop_ids],
                pattern.shape_id,
            )
            for pattern in edition.patterns
        ],
        services=[edition.services[service_id] for service_id in sorted(edition.services)],
        trips=[_packed_trip(edition.trips[trip_id]) for trip_id in sorted(edition.trips)],
        fares=_packed_fares(edition.fares, index),
        tariff=msgspec.Raw(pack_tariff(edition.tariff)),
    )
    return zlib.compress(msgspec.json.encode(form), 9)


def unpack_edition(packed: bytes) -> Edition:
    """The edition that was packed. Raises Malformed for any other bytes, and for more than MAX_UNPACKED_BYTES."""
    try:
        return _edition(_decoder.decode(_inflated(packed)))
    except Malformed:
        raise
    except (msgspec.DecodeError, RecursionError, IndexError, KeyError, ValueError) as error:
        raise Malformed(f"not an edition: {error}") from error


def seal_edition(packed: bytes, kid: int, sign: Callable[[bytes], bytes]) -> bytes:
    """The number of the key (0-255), the 64 bytes that `sign` makes of `packed`, and `packed`."""
    signature = sign(packed)
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"a signature of {len(signature)} bytes")
    return bytes([kid]) + signature + packed


def open_edition(sealed: bytes, check: Callable[[int, bytes, bytes], bool]) -> Edition:
    """The sealed edition, looked into only once `check(kid, body, signature)` is true. Raises Malformed."""
    body = sealed[1 + SIGNATURE_BYTES :]
    if not body or not check(sealed[0], body, sealed[1 : 1 + SIGNATURE_BYTES]):
        raise Malformed("the edition's seal is not central's")
    return unpack_edition(body)


def split_edition(number: int, sealed: bytes) -> list[EditionPart]:
    """The sealed edition in parts of PART_BYTES, in base64. Raises ValueError above MAX_PARTS."""
    pieces = [sealed[start : start + PART_BYTES] for start in range(0, len(sealed), PART_BYTES)]
    if not 0 < len(pieces) <= MAX_PARTS:
        raise ValueError(f"an edition of {len(sealed)} bytes")
    return [
        EditionPart(number, part, len(pieces), base64.b64encode(piece).decode())
        for part, piece in enumerate(pieces)
    ]


def join_edition(parts: Iterable[EditionPart]) -> bytes:
    """The sealed edition whose parts these are, in any order and each as often as it came.

    Raises Malformed unless all parts of one edition are there and agree.
    """
    pieces: dict[int, EditionPart] = {}
    for part in parts:
        if pieces.setdefault(part.part, part) != part:
            raise Malformed(f"two different parts {part.part} of edition {part.number}")
    kinds = {(part.number, part.parts) for part in pieces.values()}
    if len(kinds) != 1:
        raise Malformed(f"parts of {len(kinds)} editions")
    number, count = kinds.pop()
    if not 0 < count <= MAX_PARTS or sorted(pieces) != list(range(count)):
        raise Malformed(f"edition {number} has {len(pieces)} of {count} parts")
    try:
        return b"".join(base64.b64decode(pieces[part].data, validate=True) for part in range(count))
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"edition {number} is not base64") from error


def _inflated(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(packed, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise Malformed("not an edition: not compressed") from error
    if not stream.eof or stream.unused_data:
        raise Malformed("not an edition: cut short, or too big once unpacked")
    return plain


def _packed_trip(trip: Trip) -> _Trip:
    times = [time for pair in zip(trip.arrivals, trip.departures, strict=True) for time in pair]
    steps = [after - before for before, after in pairwise([0, *times])]
    return _Trip(trip.trip_id, trip.pattern, trip.service_id, trip.headsign, steps)


def _packed_fares(fares: FareTable, index: dict[str, int]) -> list[_RouteFares]:
    routes = {pair[0] for pair in (*fares.prices, *fares.conflicts)}
    packed = {route_id: _RouteFares(route_id, [], []) for route_id in sorted(routes)}
    for (route_id, start, end), yen in sorted(fares.prices.items()):
        rows = packed[route_id].prices
        if not rows or rows[-1][0] != index[start]:
            rows.append([index[start]])
        rows[-1] += (index[end], yen)
    for (route_id, start, end), all_yen in sorted(fares.conflicts.items()):
        packed[route_id].conflicts.append([index[start], index[end], *all_yen])
    return list(packed.values())


def _at(items: Sequence[T], places: list[int]) -> list[T]:
    if any(place < 0 for place in places):
        raise IndexError("a negative index")
    return [items[place] for place in places]


def _edition(form: _Form) -> Edition:
    """Raises IndexError, KeyError or ValueError where the form speaks of what it does not hold."""
    if form.format != FORMAT:
        raise Malformed(f"edition format {form.format} is unknown here; update this machine")
    stop_ids = [stop.stop_id for stop in form.stops]
    routes = {route.route_id: route for route in form.routes}
    services = {service.service_id: service for service in form.services}
    shapes = {shape_id: tuple(points) for shape_id, points in form.shapes}
    patterns = tuple(
        Pattern(
            routes[each.route_id].route_id, each.direction_id, tuple(_at(stop_ids, each.stops)), each.shape_id
        )
        for each in form.patterns
    )
    if any(pattern.shape_id and pattern.shape_id not in shapes for pattern in patterns):
        raise Malformed("not an edition: a pattern's shape is missing")
    trips = {trip.trip_id: _trip(trip, patterns, services) for trip in form.trips}
    return Edition(
        number=form.number,
        valid_from=form.valid_from,
        operator=form.operator,
        feed_version=form.feed_version,
        notice=form.notice,
        stops={stop.stop_id: stop for stop in form.stops},
        routes=routes,
        shapes=shapes,
        patterns=patterns,
        services=services,
        trips=trips,
        fares=_fares(form.fares, stop_ids),
        tariff=unpack_tariff(form.tariff),
    )


def _trip(packed: _Trip, patterns: tuple[Pattern, ...], services: dict[str, Service]) -> Trip:
    stops = _at(patterns, [packed.pattern])[0].stop_ids
    if len(packed.times) != 2 * len(stops):
        raise Malformed(f"not an edition: {packed.trip_id} has another number of times than stops")
    times, time = [], 0
    for step in packed.times:
        time += step
        times.append(time)
    service = services[packed.service_id]
    return Trip(
        packed.trip_id,
        packed.pattern,
        service.service_id,
        packed.headsign,
        tuple(times[::2]),
        tuple(times[1::2]),
    )


def _fares(packed: list[_RouteFares], stop_ids: list[str]) -> FareTable:
    prices: dict[Pair, Yen] = {}
    conflicts: dict[Pair, tuple[Yen, ...]] = {}
    for route in packed:
        for row in route.prices:
            (start,) = _at(stop_ids, row[:1])
            for end, yen in zip(_at(stop_ids, row[1::2]), row[2::2], strict=True):
                prices[route.route_id, start, end] = Yen(yen)
        for row in route.conflicts:
            start, end = _at(stop_ids, row[:2])
            conflicts[route.route_id, start, end] = tuple(Yen(yen) for yen in row[2:])
    return FareTable(prices, conflicts)
