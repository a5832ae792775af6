"""Every fare of real feeds, against a second small reading that shares nothing with the product."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.network.commands import network
from central.network.feeds.open_feed import read_feed
from rules.messages.edition_file import pack_edition, unpack_edition

COUNTS = {
    "donanbus_2020": (63468, 115, 347),
    "jrbus_kusatsu": (1297, 0, 0),
    "kitaena": (12455, 16, 0),
    "mlit_sample_rinko": (441, 231, 0),
    "tonami": (19958, 0, 0),
    "uenomura": (42, 0, 0),
    "utsunomiya_lrt": (342, 0, 0),
}
"""Pairs, missing, conflicts; counted once with the second reading."""

Fares = dict[tuple[str, str, str], tuple[str, str]]


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def second_reading(folder: Path) -> Fares:
    zones = {row["stop_id"]: row["zone_id"] for row in rows_of(folder, "stops.txt")}
    routes = {row["trip_id"]: row["route_id"] for row in rows_of(folder, "trips.txt")}
    prices = {row["fare_id"]: int(row["price"]) for row in rows_of(folder, "fare_attributes.txt")}
    rules = defaultdict(set)
    for row in rows_of(folder, "fare_rules.txt"):
        rules[row["route_id"], row["origin_id"], row["destination_id"]].add(prices[row["fare_id"]])
    trips = defaultdict(list)
    for row in rows_of(folder, "stop_times.txt"):
        trips[row["trip_id"]].append((int(row["stop_sequence"]), row["stop_id"]))
    fares: Fares = {}
    for trip, stops in trips.items():
        order = [stop for _, stop in sorted(stops)]
        for index, start in enumerate(order):
            for end in order[index + 1 :]:
                pair = (routes[trip], start, end)
                fares[pair] = fares.get(pair) or look_up(rules, routes[trip], zones[start], zones[end])
    return fares


def look_up(rules: dict[tuple[str, str, str], set[int]], route: str, start: str, end: str) -> tuple[str, str]:
    levels = [(route, "", ""), ("", "", "")]
    if start and end:
        levels = [(route, start, end), ("", start, end), *levels]
    for level in levels:
        if level in rules:
            return ("", "conflict") if len(rules[level]) > 1 else (str(*rules[level]), "")
    return "", "missing"


@pytest.mark.parametrize("name", COUNTS)
def test_every_fare_is_what_a_second_reading_finds(name: str, shared_data: Path) -> None:
    folder = shared_data / "gtfs" / name
    result = CliRunner().invoke(network, ["fares", str(folder)])
    assert result.exit_code == 0
    header, *rows = csv.reader(result.stdout.splitlines())
    assert header == ["route_id", "from_stop_id", "to_stop_id", "fare", "problem"]
    found = {(route, start, end): (fare, problem) for route, start, end, fare, problem in rows}
    assert len(found) == len(rows), "a pair is listed twice"
    assert rows == sorted(rows)
    assert found == second_reading(folder)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_a_real_feed(name: str, shared_data: Path) -> None:
    read = read_feed(shared_data / "gtfs" / name)
    assert (len(read.pairs), read.missing, len(read.draft.fares.conflicts)) == COUNTS[name]
    assert len(read.errors) == COUNTS[name][2], "only two prices for one ride are errors in these feeds"


@pytest.mark.parametrize("name", COUNTS)
def test_a_real_feed_survives_packing(name: str, shared_data: Path) -> None:
    draft = read_feed(shared_data / "gtfs" / name).draft
    packed = pack_edition(draft)
    assert unpack_edition(packed) == draft
    assert len(packed) < 256 * 1024


def test_readings_and_english_come_from_either_layout_of_translations(shared_data: Path) -> None:
    texts_alone = read_feed(shared_data / "gtfs" / "kitaena").draft.stops["3040_01"]
    records = read_feed(shared_data / "gtfs" / "utsunomiya_lrt").draft.stops["1_01"]
    assert texts_alone.name_kana and texts_alone.name_en
    assert (records.name, records.name_kana) == ("宇都宮駅東口", "うつのみやえきひがしぐち")


def test_loops_pass_a_pole_twice(shared_data: Path) -> None:
    draft = read_feed(shared_data / "gtfs" / "tonami").draft
    loops = [pattern for pattern in draft.patterns if len(set(pattern.stop_ids)) < len(pattern.stop_ids)]
    twice = {stop for pattern in loops for stop in pattern.stop_ids if pattern.stop_ids.count(stop) > 1}
    assert loops
    assert any((pattern.route_id, stop, stop) in draft.fares.prices for pattern in loops for stop in twice)
