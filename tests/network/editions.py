"""Editions drawn at random that hold together: everything they speak of is in them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareTable, Pair
from rules.network.geofence import Geofence, GeofenceSource
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip
from tests.tariff.tariffs import tariffs

ids = st.text(min_size=1, max_size=8)
texts = st.text(max_size=8)
places = st.floats(-90, 90)
yens = st.integers(0, 999_999).map(Yen)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
flags = st.booleans()
times = st.integers(0, 200_000)


def stops(stop_id: str) -> st.SearchStrategy[Stop]:
    fences = st.builds(Geofence, places, places, st.floats(1, 200), st.sampled_from(GeofenceSource))
    return st.builds(Stop, st.just(stop_id), texts, texts, texts, places, places, texts, texts, texts, fences)


def services(service_id: str) -> st.SearchStrategy[Service]:
    dates = st.lists(days, max_size=3).map(tuple)
    return st.builds(Service, st.just(service_id), st.tuples(*[flags] * 7), days, days, dates, dates)


@st.composite
def patterns(draw: st.DrawFn, routes: list[str], stop_ids: list[str], shapes: list[str]) -> Pattern:
    order = draw(st.lists(st.sampled_from(stop_ids), min_size=2, max_size=6))
    return Pattern(
        draw(st.sampled_from(routes)), draw(st.sampled_from(["", "0", "1"])), tuple(order),
        draw(st.sampled_from(["", *shapes])),
    )  # fmt: skip


@st.composite
def trips(draw: st.DrawFn, trip_id: str, lines: list[Pattern], service_ids: list[str]) -> Trip:
    place = draw(st.integers(0, len(lines) - 1))
    count = len(lines[place].stop_ids)
    arrivals, departures = (draw(st.lists(times, min_size=count, max_size=count)) for _ in range(2))
    service = draw(st.sampled_from(service_ids))
    return Trip(trip_id, place, service, draw(texts), tuple(arrivals), tuple(departures))


@st.composite
def fare_tables(draw: st.DrawFn, routes: list[str], stop_ids: list[str]) -> FareTable:
    pairs: st.SearchStrategy[Pair] = st.tuples(*map(st.sampled_from, (routes, stop_ids, stop_ids)))
    prices = draw(st.dictionaries(pairs, yens, max_size=8))
    two = st.lists(yens, min_size=2, max_size=3).map(tuple)
    conflicts = draw(st.dictionaries(pairs, two, max_size=3))
    return FareTable(prices, {pair: yen for pair, yen in conflicts.items() if pair not in prices})


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    """Any edition that holds together."""
    names = st.lists(ids, min_size=1, max_size=4, unique=True)
    stop_ids, route_ids, service_ids, shape_ids, trip_ids = (draw(names) for _ in range(5))
    points = st.lists(st.tuples(places, places), min_size=2, max_size=4).map(tuple)
    lines = draw(st.lists(patterns(route_ids, stop_ids, shape_ids), min_size=1, max_size=3))
    return Edition(
        number=draw(st.integers(0, 2**40)),
        valid_from=draw(days),
        operator=draw(texts),
        feed_version=draw(texts),
        notice=draw(texts),
        stops={stop_id: draw(stops(stop_id)) for stop_id in stop_ids},
        routes={route_id: Route(route_id, draw(texts), draw(texts)) for route_id in route_ids},
        shapes={shape_id: draw(points) for shape_id in shape_ids},
        patterns=tuple(lines),
        services={service_id: draw(services(service_id)) for service_id in service_ids},
        trips={trip_id: draw(trips(trip_id, lines, service_ids)) for trip_id in trip_ids},
        fares=draw(fare_tables(route_ids, stop_ids)),
        tariff=draw(tariffs()),
    )
