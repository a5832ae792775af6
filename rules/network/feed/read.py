"""A whole feed, file by file, to the edition it would become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rules.network.edition import Edition
from rules.network.fares import FareTable, Pair
from rules.network.feed.columns import KNOWN, misspelt_file
from rules.network.feed.corrections import Corrections, correct_geofences
from rules.network.feed.problems import FeedUnreadable, Problem, Problems, Severity
from rules.network.feed.read_days import read_services
from rules.network.feed.read_fares import fare_table, read_fare_rules
from rules.network.feed.read_names import read_names
from rules.network.feed.read_shapes import read_shapes
from rules.network.feed.read_stop_times import read_calls
from rules.network.feed.read_stops import read_stops
from rules.network.feed.read_trips import TripReader, TripsRead, read_routes
from rules.network.feed.table import FeedFiles, Table, read_table
from rules.network.feed.values import day
from rules.tariff.tariff import STANDARD

AS_IT_IS = Corrections()

MAX_LINES = 3_000_000
"""Of all files together. A short row takes a hundred times its bytes once it is read."""


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What a feed says. `draft` is the edition it would become: number 0, valid from the feed's own first day.

    Its tariff is the standard one: the office's own takes its place. `stop_count` counts stops as people do,
    `fare_rule_count` the rows of fare_rules.txt; `pairs` are all (route, from, to) within trips, sorted. `feed_fares`
    is what the feed alone says, without the office's decisions.
    """

    draft: Edition
    feed_fares: FareTable
    stop_count: int
    fare_rule_count: int
    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stands in the way of publishing."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def missing(self) -> int:
        """How many pairs have no fare."""
        return len(self.pairs) - len(self.draft.fares.prices) - len(self.draft.fares.conflicts)


def read(files: FeedFiles, corrections: Corrections = AS_IT_IS) -> FeedRead:
    """Reads a feed, with the office's corrections. Raises FeedUnreadable where nothing can be made of it."""
    _check_length(files)
    problems = Problems()
    _report_misspelt(files, problems)
    tables = {file: read_table(files, file, problems) for file in KNOWN}
    names = read_names(tables["translations.txt"])
    stops = read_stops(tables["stops.txt"], names, problems)
    shapes = read_shapes(tables["shapes.txt"], problems)
    services = read_services(tables["calendar.txt"], tables["calendar_dates.txt"], problems)
    routes = read_routes(tables["routes.txt"], names, problems)
    calls = read_calls(tables["stop_times.txt"], stops.poles, problems)
    trips = TripReader(calls, stops.poles, shapes, problems).read(tables["trips.txt"], routes, services)
    if not trips.trips:
        raise FeedUnreadable(
            f"使える便が一つもありません{_first_error(problems, ja=True)}",
            f"There is not one usable trip{_first_error(problems, ja=False)}",
        )
    _warn_of_the_unused(tables, problems)
    zones = {pole.zone_id for pole in stops.poles.values()}
    rules = read_fare_rules(
        tables["fare_attributes.txt"], tables["fare_rules.txt"], trips.routes, zones, problems
    )
    fares = fare_table(rules, trips.patterns, stops.poles, corrections.fares, problems)
    needed = {pattern.shape_id for pattern in trips.patterns}
    draft = Edition(
        number=0,
        valid_from=_first_day(tables["feed_info.txt"], trips, problems),
        operator="・".join(row["agency_name"] for row in tables["agency.txt"].rows),
        feed_version=next((row["feed_version"] for row in tables["feed_info.txt"].rows), ""),
        notice="",
        stops=correct_geofences(stops.poles, corrections.geofences, problems),
        routes=trips.routes,
        shapes={shape_id: points for shape_id, points in shapes.items() if shape_id in needed},
        patterns=trips.patterns,
        services=trips.services,
        trips=trips.trips,
        fares=fares.decided,
        tariff=STANDARD,
    )
    return FeedRead(
        draft, fares.feed, stops.stop_count(), tables["fare_rules.txt"].count, fares.pairs, problems.listed()
    )


def _check_length(files: FeedFiles) -> None:
    if sum(max(data.count(b"\n"), data.count(b"\r")) for data in files.values()) > MAX_LINES:
        raise FeedUnreadable(
            f"全部で{MAX_LINES}行を超えます。路線ごとに分けてください。",
            f"The files have more than {MAX_LINES} lines together; divide the feed by lines of service.",
        )


def _report_misspelt(files: FeedFiles, problems: Problems) -> None:
    """An error, as a feed without fare_rules.txt or calendar_dates.txt says something else, not less."""
    for name in files:
        meant = misspelt_file(name, files)
        if meant:
            problems.error(
                name,
                0,
                f"{meant} の誤記のようです。このファイルは使いません。名前を直してください。",
                f"This looks like a misspelt {meant}; the file is not used. Rename it.",
            )


def _warn_of_the_unused(tables: dict[str, Table], problems: Problems) -> None:
    if not tables["calendar.txt"].count and not tables["calendar_dates.txt"].count:
        raise FeedUnreadable(
            "calendar.txt も calendar_dates.txt もありません。どちらかを加えてください。",
            "There is neither calendar.txt nor calendar_dates.txt; add one of them.",
        )
    if not tables["fare_attributes.txt"].rows:
        problems.warn(
            "fare_attributes.txt",
            0,
            "運賃が一つもありません。すべての区間が運賃なしになります。",
            "There is no fare at all; every pair of stops will be without one.",
        )
    if tables["frequencies.txt"].rows:
        problems.warn(
            "frequencies.txt",
            2,
            "運行間隔による便には対応していません。stop_times.txt の便だけを使います。",
            "Trips by headway are not supported; only the trips of stop_times.txt are used.",
        )
    if not tables["agency.txt"].rows:
        problems.warn(
            "agency.txt",
            0,
            "事業者名がありません。空のままにします。",
            "There is no operator's name; it stays empty.",
        )


def _first_error(problems: Problems, *, ja: bool) -> str:
    """The rest of a sentence: the first thing to mend, so that the reader can begin there."""
    first = next((problem for problem in problems.listed() if problem.severity is Severity.ERROR), None)
    if first is None:
        return (
            "。trips.txt と stop_times.txt を確かめてください。"
            if ja
            else "; check trips.txt and stop_times.txt."
        )
    return (
        f"({first.file} {first.line}行目: {first.message_ja})"
        if ja
        else f" ({first.file} line {first.line}: {first.message_en})"
    )


def _first_day(feed_info: Table, trips: TripsRead, problems: Problems) -> date:
    for row in feed_info.rows:
        start = day(row["feed_start_date"])
        if start is not None:
            return start
        if row["feed_start_date"]:
            problems.warn(
                "feed_info.txt",
                row.line,
                "feed_start_date がYYYYMMDDではありません。運行日の初日とします。",
                "feed_start_date is not YYYYMMDD; the first day of service is used.",
            )
    return min(service.start for service in trips.services.values())
