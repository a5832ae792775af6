"""A second, forgiving reading of a feed's fares, and what the product may make of them given what it reported.

Shares nothing with the product but the csv module. Every row is read; those the product reported are known by their
line. A row that was not reported must have been used as it stands; one that was may have been used or not.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations

from rules.network.fares import FareProblem, Pair
from rules.network.feed.read import FeedRead

Prices = dict[tuple[str, str, str], set[int]]


@dataclass(frozen=True)
class Line:
    """A row and whether the product said anything of it."""

    cells: Mapping[str, str]
    reported: bool

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Reading:
    """The tables of `files`, beside what the product `found` in them."""

    def __init__(self, files: Mapping[str, bytes], found: FeedRead) -> None:
        self._found = found
        reported = {(each.file, each.line) for each in found.problems}
        names = ("stops", "trips", "stop_times", "fare_attributes", "fare_rules")
        self._tables = {
            name: list(_lines(files.get(f"{name}.txt", b""), f"{name}.txt", reported)) for name in names
        }
        self._whole_file = {file for file, line in reported if line == 0}

    def disagreements(self) -> Iterator[str]:
        """What the product says and the tables do not, or the other way round, without a report."""
        said, read = set(self._found.pairs), set(self._pairs(kept_only=True))
        yield from (f"pair {pair} is lost" for pair in read - said)
        yield from (f"pair {pair} is made up" for pair in said - set(self._pairs(kept_only=False)))
        kept, every = self._prices(kept_only=True), self._prices(kept_only=False)
        zones = self._zones()
        for pair in self._found.pairs:
            fare = self._found.draft.fares.adult(*pair)
            levels = _levels(pair[0], zones.get(pair[1], ""), zones.get(pair[2], ""))
            if not _allowed(
                fare, [kept.get(each, set()) for each in levels], [every.get(each, set()) for each in levels]
            ):
                yield f"{pair} costs {fare}, by the tables {[kept.get(each) for each in levels]}"

    def _zones(self) -> dict[str, str]:
        """Of a stop_id that stands twice the first row counts: the product reports the second."""
        zones: dict[str, str] = {}
        for row in sorted(self._tables["stops"], key=lambda row: row.reported):
            zones.setdefault(row["stop_id"], row["zone_id"])
        return zones

    def _pairs(self, *, kept_only: bool) -> Iterator[Pair]:
        spoilt = {row["trip_id"] for row in self._tables["stop_times"] if row.reported}
        calls: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for row in self._tables["stop_times"]:
            if row["stop_sequence"].isascii() and row["stop_sequence"].isdigit():
                calls[row["trip_id"]].append((int(row["stop_sequence"]), row["stop_id"]))
        for row in self._tables["trips"]:
            if kept_only and (row.reported or row["trip_id"] in spoilt):
                continue
            stops = [stop for _, stop in sorted(calls[row["trip_id"]], key=lambda call: call[0])]
            yield from ((row["route_id"], start, end) for start, end in combinations(stops, 2))

    def _prices(self, *, kept_only: bool) -> Prices:
        fares: dict[str, set[int]] = defaultdict(set)
        for row in self._tables["fare_attributes"]:
            if not (kept_only and row.reported):
                fares[row["fare_id"]] |= _yen(row)
        rules = self._tables["fare_rules"]
        if not rules:
            return {("", "", ""): set().union(*fares.values())}
        found: Prices = defaultdict(set)
        for row in rules:
            if not (kept_only and row.reported):
                found[row["route_id"], row["origin_id"], row["destination_id"]] |= fares[row["fare_id"]]
        return found


def _allowed(fare: int | FareProblem, kept: list[set[int]], every: list[set[int]]) -> bool:
    """Whether the fare can come from all rows that were not reported and any of those that were."""
    for sure, possible in zip(kept, every, strict=True):
        if fare is FareProblem.CONFLICT:
            if len(possible) > 1:
                return True
        elif fare is not FareProblem.MISSING and fare in possible and sure <= {fare}:
            return True
        if sure:
            return False
    return fare is FareProblem.MISSING


def _levels(route: str, start: str, end: str) -> list[tuple[str, str, str]]:
    zoned = [(route, start, end), ("", start, end)] if start and end else []
    return [*zoned, (route, "", ""), ("", "", "")]


def _yen(row: Line) -> set[int]:
    try:
        price = Decimal(row["price"])
        whole = price.is_finite() and price == price.to_integral_value()
    except InvalidOperation:
        price, whole = Decimal(0), False
    if not whole:
        assert row.reported, f"{row.cells} has no price, and nobody said so"
        return set()
    return {int(price)}


def _lines(data: bytes, file: str, reported: Iterable[tuple[str, int]]) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header: list[str] = []
    begins = 1
    for cells in reader:
        row = [cell.strip() for cell in cells]
        if not header:
            header = row
        elif any(row):
            yield Line(dict(zip(header, row, strict=False)), (file, begins) in reported)
        begins = reader.line_num + 1
