"""The clerk is told what people will notice of a new edition: that, all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from central.network.editions.compare_editions import Differences, StopChange, TripChange, compare
from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.fares import FareProblem, FareTable
from rules.network.feed.corrections import Corrections, GeofenceCorrection
from rules.network.feed.read import read
from rules.tariff.tariff import STANDARD
from tests.network.editions import editions
from tests.network.feeds import SMALL, feed


def small(**changed: str) -> Edition:
    return read(feed(**changed)).draft


def changed(file: str, old: str, new: str) -> Differences:
    """What the small feed differs in after one replacement in a file."""
    assert old in SMALL[f"{file}.txt"]
    return compare(small(), small(**{file: SMALL[f"{file}.txt"].replace(old, new)}))


def with_other_ids(edition: Edition) -> Edition:
    """The same network under ids that nobody has seen before."""

    def new(old: str) -> str:
        return f"n/{old}"

    return replace(
        edition,
        stops={new(each): replace(stop, stop_id=new(each)) for each, stop in edition.stops.items()},
        routes={new(each): replace(route, route_id=new(each)) for each, route in edition.routes.items()},
        patterns=tuple(
            replace(each, route_id=new(each.route_id), stop_ids=tuple(map(new, each.stop_ids)))
            for each in edition.patterns
        ),
        services={new(each): replace(one, service_id=new(each)) for each, one in edition.services.items()},
        trips={
            new(each): replace(trip, trip_id=new(each), service_id=new(trip.service_id))
            for each, trip in edition.trips.items()
        },
        fares=FareTable(
            {(new(a), new(b), new(c)): yen for (a, b, c), yen in edition.fares.prices.items()},
            {(new(a), new(b), new(c)): yen for (a, b, c), yen in edition.fares.conflicts.items()},
        ),
    )


@given(editions())
def test_an_edition_differs_in_nothing_from_itself(edition: Edition) -> None:
    assert compare(edition, edition) == Differences((), (), (), 0, tariff=False)


def test_new_ids_alone_are_nothing_to_people() -> None:
    found = compare(small(), with_other_ids(small()))
    assert {each.changes for each in found.stops} == {(StopChange.NEW_ID,)}
    assert (found.trips, found.fares, found.nothing) == ((), (), True)


@pytest.mark.parametrize("name", ["uenomura", "kitaena", "utsunomiya_lrt", "donanbus_2020"])
def test_real_lines_under_new_ids_change_in_nothing(shared_data: Path, name: str) -> None:
    edition = read_feed(shared_data / "gtfs" / name).draft
    found = compare(edition, with_other_ids(edition))
    assert (found.trips, found.fares, found.rides_explained) == ((), (), 0)
    assert all(each.changes == (StopChange.NEW_ID,) for each in found.stops)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("p2,清水,", "p2,清水神社前,", StopChange.RENAMED),
        ("38.69,140.21", "38.691,140.21", StopChange.MOVED),
    ],
)
def test_a_pole_renamed_or_moved_is_that_and_no_more(old: str, new: str, change: StopChange) -> None:
    found = changed("stops", old, new)
    (stop,) = found.stops
    assert stop.changes == (change,)
    assert (found.trips, found.fares, found.rides_explained) == ((), (), 0)
    if change is StopChange.MOVED:
        assert 110 < stop.metres < 112


def test_a_pole_moved_by_less_than_a_receiver_notices_is_not_told() -> None:
    assert changed("stops", "38.69,140.21", "38.69005,140.21").nothing


def test_a_corrected_geofence_is_told() -> None:
    fence = GeofenceCorrection(38.691, 140.211, 30.0, "清水", 38.69, 140.21)
    corrected = read(feed(), Corrections(geofences={"p2": fence})).draft
    (stop,) = compare(small(), corrected).stops
    assert (stop.changes, stop.stop.name) == ((StopChange.GEOFENCE,), "清水")


def test_a_new_stop_is_told_once_and_the_rides_to_it_are_counted() -> None:
    found = compare(
        small(),
        small(
            stops=SMALL["stops.txt"] + "p4,塩,38.67,140.23,zd,,,\n",
            stop_times=SMALL["stop_times.txt"] + "t1,07:15:00,07:15:00,p4,4\n",
        ),
    )
    assert [(each.changes, each.stop.name) for each in found.stops] == [((StopChange.ADDED,), "塩")]
    assert [each.changes for each in found.trips] == [(TripChange.STOPS,)]
    assert (found.fares, found.rides_explained) == ((), 3)


@pytest.mark.parametrize(
    ("file", "old", "new", "change"),
    [
        ("stop_times", "07:05:00,07:06:00", "07:05:00,07:08:00", TripChange.TIMES),
        ("calendar_dates", "20270101", "20261010", TripChange.DAYS),
    ],
)
def test_a_trip_at_other_times_or_on_other_days(file: str, old: str, new: str, change: TripChange) -> None:
    running = replace(small(), valid_from=small().valid_from.replace(month=10))
    coming = replace(small(**{file: SMALL[f"{file}.txt"].replace(old, new)}), valid_from=running.valid_from)
    found = compare(running, coming)
    assert {each.changes for each in found.trips} == {(change,)}
    assert (found.stops, found.fares) == ((), ())


def test_a_trip_more_is_a_trip_less_the_other_way_round() -> None:
    more = small(
        trips=SMALL["trips.txt"] + "r1,毎日,t9,0,\n",
        stop_times=SMALL["stop_times.txt"] + "t9,09:00:00,09:00:00,p1,1\nt9,09:05:00,09:05:00,p2,2\n",
    )
    assert [each.changes for each in compare(small(), more).trips] == [(TripChange.ADDED,)]
    assert [each.changes for each in compare(more, small()).trips] == [(TripChange.REMOVED,)]


def test_trips_under_each_others_ids_are_the_same_trips() -> None:
    times = SMALL["stop_times.txt"] + "t9,09:00:00,09:00:00,p1,1\nt9,09:05:00,09:05:00,p2,2\n"
    times += "t8,10:00:00,10:00:00,p1,1\nt8,10:05:00,10:05:00,p2,2\n"
    trips = SMALL["trips.txt"] + "r1,毎日,t9,0,\nr1,毎日,t8,0,\n"
    swapped = times.replace("t9,", "tx,").replace("t8,", "t9,").replace("tx,", "t8,")
    assert compare(small(trips=trips, stop_times=times), small(trips=trips, stop_times=swapped)).nothing


def test_trips_of_new_ids_at_other_times_are_told_each_with_its_own_time_before() -> None:
    def two(first: str, second: str, *, ids: str) -> Edition:
        rows = [(f"{ids}1", first), (f"{ids}2", second)]
        times = "".join(
            f"{trip},{hour}:00,{hour}:00,p1,1\n{trip},{hour}:30,{hour}:30,p2,2\n" for trip, hour in rows
        )
        trips = "".join(f"r1,毎日,{trip},0,\n" for trip, _ in rows)
        return small(trips=SMALL["trips.txt"] + trips, stop_times=SMALL["stop_times.txt"] + times)

    found = compare(two("09:00", "15:00", ids="a"), two("09:10", "15:10", ids="b")).trips
    moved = [(each.was.departs, each.now.departs) for each in found if each.was and each.now]
    assert moved == [(9 * 3600, 9 * 3600 + 600), (15 * 3600, 15 * 3600 + 600)]
    assert {each.changes for each in found} == {(TripChange.TIMES,)}


def test_calendars_that_do_not_meet_are_compared_by_their_weekdays() -> None:
    next_year = SMALL["calendar.txt"].replace("20260401,20270331", "20280401,20290331")
    assert compare(small(), small(calendar=next_year)).nothing
    no_sundays = next_year.replace("1,1,1,1,1,1,1", "1,1,1,1,1,1,0")
    found = compare(small(), small(calendar=no_sundays))
    assert {each.changes for each in found.trips} == {(TripChange.DAYS,)}


PRICES: list[tuple[Callable[[], Edition], tuple[object, ...]]] = [
    (lambda: small(fare_attributes=SMALL["fare_attributes.txt"].replace("f150,150", "f150,170")), (170,)),
    (lambda: small(fare_rules=SMALL["fare_rules.txt"] + "f200,r1,za,zb\n"), (FareProblem.CONFLICT,)),
]


@pytest.mark.parametrize(("coming", "now"), PRICES)
def test_another_fare_is_told_in_yen_by_pair(coming: Callable[[], Edition], now: tuple[object, ...]) -> None:
    (fare,) = compare(small(), coming()).fares
    assert (fare.start, fare.end, fare.was, fare.now) == ("役場前", "清水", (150,), now)


def test_other_fare_rules_are_told() -> None:
    free = replace(STANDARD, ages=(replace(STANDARD.ages[0], infants_free=3),))
    found = compare(small(), replace(small(), tariff=free))
    assert (found.tariff, found.nothing) == (True, False)
    assert (found.stops, found.trips, found.fares) == ((), (), ())


def test_a_fare_that_is_gone_is_missing_not_free() -> None:
    found = compare(small(), small(fare_rules=SMALL["fare_rules.txt"].replace("f300,r1,,\n", "")))
    assert {(each.was, each.now) for each in found.fares} == {((300,), (FareProblem.MISSING,))}
    assert len(found.fares) == 2
