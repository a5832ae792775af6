"""fare_attributes.txt and fare_rules.txt: what a single adult ride costs, by zones and routes.

Order of look-up: the route with both zones; both zones on any route; the route alone; nothing at all. The first level
with a rule for the ride decides, and two prices there are a conflict, for the office to settle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules.money import Yen
from rules.network.fares import FareTable, Pair
from rules.network.feed.corrections import FareDecision, decide_fares
from rules.network.feed.problems import FeedUnreadable, Problems
from rules.network.feed.table import Row, Table
from rules.network.feed.values import price
from rules.network.stops import Stop
from rules.network.trips import Pattern

RULES = "fare_rules.txt"
MAX_PAIRS = 2_000_000
MAX_PRICES_SHOWN = 10

Key = tuple[str, str, str]
"""(route_id, origin zone, destination zone), "" where the rule leaves it open."""


@dataclass(frozen=True, slots=True)
class FareRules:
    """Prices and the lines they come from, by what the rule names."""

    prices: Mapping[Key, Mapping[Yen, int]]

    def deciding(self, route_id: str, origin: str, destination: str) -> Key | None:
        """The key of the level that decides, None where no level has a rule.

        A pole without a zone ("") fits no zoned rule, as rules that are used name both zones or none.
        """
        zones = origin, destination
        levels = ((route_id, *zones), ("", *zones), (route_id, "", ""), ("", "", ""))
        return next((key for key in levels if key in self.prices), None)


def read_fare_rules(
    attributes: Table, rules: Table, routes: Iterable[str], zones: Container[str], problems: Problems
) -> FareRules:
    """The rules that can be used; the others are reported.

    Without a single row in fare_rules.txt every fare holds everywhere (so two different ones are a conflict).
    """
    fares = _fares(attributes, problems)
    _warn_of_card_fares(attributes, problems)
    found: dict[Key, dict[Yen, int]] = defaultdict(dict)
    if not rules.count:
        for row, yen in (each for same_id in fares.values() for each in same_id):
            found["", "", ""].setdefault(yen, row.line)
        return FareRules(found)
    known_routes, used = set(routes), set()
    for row in rules.rows:
        used.add(row["fare_id"])
        key = row["route_id"], row["origin_id"], row["destination_id"]
        if _usable(row, fares, problems):
            _warn_of_strangers(row, known_routes, zones, problems)
            for _, yen in fares[row["fare_id"]]:
                found[key].setdefault(yen, row.line)
    for fare_id in fares.keys() - used:
        line = fares[fare_id][0][0].line
        problems.warn(
            attributes.file,
            line,
            f"運賃 {fare_id} を使う規則が {RULES} にありません。この運賃は使いません。",
            f"No rule in {RULES} uses fare {fare_id}; the fare is not used.",
        )
    return FareRules(found)


@dataclass(frozen=True, slots=True)
class FaresRead:
    """`feed` is what the feed alone says, `decided` that with the office's decisions; `pairs` are all pairs, sorted."""

    feed: FareTable
    decided: FareTable
    pairs: tuple[Pair, ...]


def fare_table(
    rules: FareRules,
    patterns: Iterable[Pattern],
    poles: Mapping[str, Stop],
    decisions: Mapping[Pair, FareDecision],
    problems: Problems,
) -> FaresRead:
    """The fares of every ordered pair of poles within every pattern.

    A pole that a pattern passes twice pairs with itself. Raises FeedUnreadable above MAX_PAIRS pairs.
    """
    pairs = _pairs(patterns)
    # Made once for each key: a feed may give one key thousands of prices and a million pairs.
    all_yen = {key: tuple(sorted(prices)) for key, prices in rules.prices.items()}
    prices: dict[Pair, Yen] = {}
    conflicts: dict[Pair, tuple[Yen, ...]] = {}
    keys = {pair: rules.deciding(pair[0], poles[pair[1]].zone_id, poles[pair[2]].zone_id) for pair in pairs}
    for pair, key in keys.items():
        if key is None:
            continue
        if len(all_yen[key]) == 1:
            prices[pair] = all_yen[key][0]
        else:
            conflicts[pair] = all_yen[key]
    feed = FareTable(prices, conflicts)
    decided = decide_fares(feed, pairs, decisions, problems)
    open_keys = {keys[pair] for pair in decided.conflicts}
    _report_conflicts(rules, open_keys, {keys[pair] for pair in conflicts} - open_keys, problems)
    _report_missing((pair for pair in pairs if keys[pair] is None and pair not in decided.prices), problems)
    return FaresRead(feed, decided, pairs)


def _fares(attributes: Table, problems: Problems) -> dict[str, list[tuple[Row, Yen]]]:
    """Prices by fare_id; more than one where the id is given two prices, which makes a conflict where it is used."""
    fares: dict[str, list[tuple[Row, Yen]]] = {}
    for row in attributes.rows:
        fare_id, yen = row["fare_id"], price(row["price"])
        if yen is None or not fare_id or row["currency_type"] not in ("", "JPY"):
            problems.error(
                attributes.file,
                row.line,
                f"運賃「{fare_id}」が円の整数として読めません。この運賃は使いません。",
                f"Fare {fare_id!r} is not a whole number of yen (JPY); the fare is not used.",
            )
            continue
        same_id = fares.setdefault(fare_id, [])
        if same_id:
            problems.error(
                attributes.file,
                row.line,
                f"fare_id {fare_id} は{same_id[0][0].line}行目にもあります。片方を消してください。",
                f"fare_id {fare_id} is also on line {same_id[0][0].line}; remove one.",
            )
        same_id.append((row, Yen(yen)))
    return fares


def _warn_of_card_fares(attributes: Table, problems: Problems) -> None:
    """GTFS-JP v4 has a second price for cards. Rides here are neither cash nor such a card; `price` is the fare."""
    other = [row for row in attributes.rows if row["ic_price"] not in ("", "-1", row["price"])]
    if other:
        problems.warn(
            attributes.file,
            other[0].line,
            f"ic_price が price と異なる運賃が{len(other)}件あります。price を使います。",
            f"{len(other)} fares have an ic_price other than their price; price is used.",
        )


def _warn_of_strangers(row: Row, routes: Container[str], zones: Container[str], problems: Problems) -> None:
    if row["route_id"] and row["route_id"] not in routes:
        problems.warn(
            RULES,
            row.line,
            f"route_id「{row['route_id']}」が routes.txt にありません。どの便にも当たりません。",
            f"route_id {row['route_id']!r} is not in routes.txt; the rule fits no trip.",
        )
    for column in ("origin_id", "destination_id"):
        if row[column] and row[column] not in zones:
            problems.warn(
                RULES,
                row.line,
                f"{column}「{row[column]}」を zone_id とする標柱がありません。どの乗車にも当たりません。",
                f"{column} {row[column]!r} is the zone_id of no pole; the rule fits no ride.",
            )


def _usable(row: Row, fares: Mapping[str, object], problems: Problems) -> bool:
    if row["fare_id"] not in fares:
        problems.error(
            RULES,
            row.line,
            f"運賃「{row['fare_id']}」が fare_attributes.txt にありません。この規則は使いません。",
            f"Fare {row['fare_id']!r} is not in fare_attributes.txt; the rule is not used.",
        )
    elif row["contains_id"]:
        problems.warn(
            RULES,
            row.line,
            "contains_id のある規則には対応していません。この規則は使いません。",
            "Rules with contains_id are not supported; the rule is not used.",
        )
    elif bool(row["origin_id"]) != bool(row["destination_id"]):
        problems.warn(
            RULES,
            row.line,
            "乗車か降車の一方だけの規則には対応していません。この規則は使いません。",
            "Rules with only an origin or only a destination are not supported; the rule is not used.",
        )
    else:
        return True
    return False


def _pairs(patterns: Iterable[Pattern]) -> tuple[Pair, ...]:
    pairs: set[Pair] = set()
    for route_id, stop_ids in dict.fromkeys((pattern.route_id, pattern.stop_ids) for pattern in patterns):
        for index, start in enumerate(stop_ids):
            pairs.update((route_id, start, end) for end in stop_ids[index + 1 :])
        if len(pairs) > MAX_PAIRS:
            raise FeedUnreadable(
                f"停留所の組が{MAX_PAIRS}を超えます。路線ごとに分けてください。",
                f"There are more than {MAX_PAIRS} pairs of stops; divide the feed by lines.",
            )
    return tuple(sorted(pairs))


def _report_conflicts(
    rules: FareRules, undecided: set[Key | None], decided: set[Key | None], problems: Problems
) -> None:
    for key, prices in rules.prices.items():
        if len(prices) < 2 or key in decided:
            continue
        ride = " ".join(part or "*" for part in key)
        yen = _few(sorted(prices), "/")
        lines = _few(sorted(set(prices.values())), ", ")
        report = problems.error if key in undecided else problems.warn
        report(
            RULES,
            max(prices.values()),
            f"「{ride}」の運賃が{yen}円と分かれています({lines}行目)。一つにするか、役場の画面で決めてください。",
            f"{ride!r} has the prices {yen} yen (lines {lines}); keep one, or decide on the office's page.",
        )


def _few(numbers: Sequence[int], between: str) -> str:
    """The first MAX_PRICES_SHOWN, and a sign that there are more."""
    shown = [str(number) for number in numbers[:MAX_PRICES_SHOWN]]
    return between.join([*shown, "…"] if len(numbers) > len(shown) else shown)


def _report_missing(missing: Iterable[Pair], problems: Problems) -> None:
    by_route: dict[str, list[Pair]] = defaultdict(list)
    for pair in missing:
        by_route[pair[0]].append(pair)
    for route_id, pairs in by_route.items():
        _, start, end = pairs[0]
        problems.warn(
            RULES,
            0,
            f"系統 {route_id} の{len(pairs)}組に運賃がありません(例: {start}→{end})。運転士が尋ねられます。",
            f"{len(pairs)} pairs of route {route_id} have no fare (such as {start} to {end}); the driver is asked.",
        )
