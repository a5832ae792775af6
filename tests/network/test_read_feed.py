"""What is made of feeds as people write them: one promise a test, on a feed small enough to read."""

from __future__ import annotations

from datetime import date

import pytest

from rules.network.fares import FareProblem
from rules.network.feed.problems import MAX_PROBLEMS_PER_FILE, FeedUnreadable, Problem, Severity
from rules.network.feed.read import FeedRead, read
from tests.network.feeds import SMALL, feed, with_line


def problem_in(found: FeedRead, file: str) -> Problem:
    """The one problem of a file."""
    (problem,) = [each for each in found.problems if each.file == file]
    assert problem.message_ja and problem.message_en
    return problem


def test_the_small_feed_reads_without_a_word() -> None:
    found = read(feed())
    assert found.problems == ()
    assert (found.stop_count, len(found.draft.stops), len(found.draft.trips)) == (3, 3, 2)
    assert found.draft.valid_from == date(2026, 4, 1)
    assert found.draft.operator == "村営バス"


def test_stations_name_poles_but_are_none() -> None:
    draft = read(feed(stops=SMALL["stops.txt"].replace("p1,役場前", "p1,"))).draft
    assert draft.stops.keys() == {"p1", "p2", "p3"}
    pole = draft.stops["p1"]
    assert (pole.name, pole.station_id, pole.platform, pole.zone_id) == ("役場前", "s1", "A", "za")


def test_times_may_pass_midnight_and_the_headsign_falls_back_to_the_last_stop() -> None:
    trip = read(feed()).draft.trips["t2"]
    assert (trip.departures, trip.headsign) == ((89400, 90000), "清水")


def test_a_stop_without_a_time_lies_between_its_neighbours() -> None:
    found = read(feed(stop_times=SMALL["stop_times.txt"].replace("07:05:00,07:06:00", ",")))
    assert found.problems == ()
    assert found.draft.trips["t1"].arrivals == (25200, 25500, 25800)


def test_level_by_level_the_first_that_speaks_decides() -> None:
    fares = read(feed()).draft.fares
    assert fares.adult("r1", "p1", "p2") == 150  # route and zones
    assert fares.adult("r2", "p1", "p2") == 200  # zones alone
    assert fares.adult("r1", "p1", "p3") == 300  # route alone


def test_a_rule_of_nothing_holds_where_nothing_else_does() -> None:
    rules = "fare_id,route_id,origin_id,destination_id\nf150,r1,za,zb\nf300,,,\n"
    fares = read(feed(fare_rules=rules)).draft.fares
    assert (fares.adult("r1", "p1", "p2"), fares.adult("r2", "p1", "p2")) == (150, 300)


@pytest.mark.parametrize("rules", ["", "fare_id,route_id,origin_id,destination_id\n"])
def test_without_rules_one_fare_holds_everywhere(rules: str) -> None:
    found = read(feed(fare_attributes="fare_id,price\nf,180\n", fare_rules=rules))
    assert {found.draft.fares.adult(*pair) for pair in found.pairs} == {180}


def test_rules_that_cannot_be_read_are_not_the_same_as_no_rules() -> None:
    found = read(feed(fare_attributes="fare_id,price\nf,180\n", fare_rules="fare_id\nf,surplus\n"))
    assert {found.draft.fares.adult(*pair) for pair in found.pairs} == {FareProblem.MISSING}


def test_without_rules_two_fares_conflict_everywhere() -> None:
    found = read(feed(fare_attributes="fare_id,price\nf,180\ng,200\n", fare_rules=""))
    assert {found.draft.fares.adult(*pair) for pair in found.pairs} == {FareProblem.CONFLICT}
    assert found.errors


def test_two_prices_on_one_level_are_a_conflict_even_where_a_lower_level_agrees() -> None:
    found = read(feed(**with_line("fare_rules", "f200,r1,za,zb")))
    assert found.draft.fares.adult("r1", "p1", "p2") is FareProblem.CONFLICT
    assert found.draft.fares.conflicts == {("r1", "p1", "p2"): (150, 200)}
    problem = problem_in(found, "fare_rules.txt")
    assert (problem.line, problem.severity) == (5, Severity.ERROR)


def test_one_price_said_twice_is_no_conflict() -> None:
    attributes = SMALL["fare_attributes.txt"] + "again,150,JPY,0,0\n"
    rules = SMALL["fare_rules.txt"] + "f150,r1,za,zb\nagain,r1,za,zb\n"
    found = read(feed(fare_attributes=attributes, fare_rules=rules))
    assert found.problems == ()
    assert found.draft.fares.adult("r1", "p1", "p2") == 150


@pytest.mark.parametrize("rule", ["f150,r1,za,", "f150,,,zb", "f150,r1,za,zc,zb"])
def test_rules_that_are_not_supported_are_reported_and_not_used(rule: str) -> None:
    rules = "fare_id,route_id,origin_id,destination_id,contains_id\n" + rule + "\n"
    found = read(feed(fare_attributes="fare_id,price\nf150,150\n", fare_rules=rules))
    assert {found.draft.fares.adult(*pair) for pair in found.pairs} == {FareProblem.MISSING}
    assert next(each.line for each in found.problems if each.file == "fare_rules.txt") == 2


def test_a_pole_without_a_zone_has_only_the_fares_of_its_route() -> None:
    fares = read(feed(stops=SMALL["stops.txt"].replace(",za,", ",,"))).draft.fares
    assert fares.adult("r1", "p1", "p2") == 300
    assert fares.adult("r2", "p1", "p2") is FareProblem.MISSING


def test_the_stations_zone_is_not_the_poles() -> None:
    stops = (
        SMALL["stops.txt"].replace("38.70,140.20,za,0", "38.70,140.20,,0").replace("140.20,,1", "140.20,za,1")
    )
    assert read(feed(stops=stops)).draft.fares.adult("r2", "p1", "p2") is FareProblem.MISSING


def test_a_pole_passed_twice_pairs_with_itself() -> None:
    found = read(feed(**with_line("stop_times", "t2,25:10:00,25:10:00,p1,30")))
    assert {pair for pair in found.pairs if pair[0] == "r2"} == {
        ("r2", "p1", "p2"), ("r2", "p2", "p1"), ("r2", "p1", "p1"),
    }  # fmt: skip
    assert found.draft.pattern_of("t2").stop_ids == ("p1", "p2", "p1")


def test_stops_go_by_their_sequence_not_by_the_order_of_rows() -> None:
    header, *rows = SMALL["stop_times.txt"].splitlines()
    assert read(feed(stop_times="\n".join([header, *reversed(rows)]))).draft == read(feed()).draft


def test_spaces_marks_and_line_ends_change_nothing() -> None:
    files = {
        name: b"\xef\xbb\xbf" + text.replace(",", " ,\u3000").replace("\n", " \r\n\r\n").encode()
        for name, text in SMALL.items()
    }
    assert read(files).draft == read(feed()).draft


def test_a_price_may_be_written_with_zero_sen() -> None:
    found = read(feed(fare_attributes=SMALL["fare_attributes.txt"].replace(",150,", ",150.00,")))
    assert found.draft.fares.adult("r1", "p1", "p2") == 150


@pytest.mark.parametrize(
    ("file", "line", "number"),
    [
        ("stops", "p4,北,北緯38度,140.2,zd,0,,", 6),
        ("stops", "p4,北,140.2,38.7,zd,0,,", 6),
        ("stops", "p4,北,nan,140.2,zd,0,,", 6),
        ("stops", "p4,北,３８.７,140.2,zd,0,,", 6),
        ("stops", "p4,北,38.7,140.2,zd,0,,A,surplus", 6),
        ("stops", ",北,38.7,140.2,zd,0,,", 6),
        ("stops", "p1,北,38.7,140.2,zd,0,,", 6),
        ("stops", 'p4,"北"東,38.7,140.2,zd,0,,', 6),
        ("routes", "r1,,again,3", 4),
        ("trips", "r1,毎日,t1,0,", 4),
        ("stop_times", "t1,07:20:00,07:20:00,p9,4", 7),
        ("stop_times", "t1,07:20:00,07:20:00,s1,4", 7),
        ("stop_times", "t1,07:20:00,07:20:00,p1,four", 7),
        ("stop_times", "t1,07:20:00,07:20:00,p1,3", 7),
        ("stop_times", "t1,07:61:00,07:61:00,p1,4", 7),
        ("stop_times", "t1,06:00:00,06:00:00,p1,4", 7),
        ("calendar", "土,1,1,1,1,1,1,2,20260401,20270331", 3),
        ("calendar", "土,1,1,1,1,1,1,1,2026/04/01,20270331", 3),
        ("calendar_dates", "毎日,20270230,2", 3),
        ("calendar_dates", "毎日,20270101,1", 3),
        ("fare_attributes", "f9,１５０,JPY,0,0", 5),
        ("fare_attributes", "f9,1.50,USD,0,0", 5),
        ("fare_attributes", "f150,160,JPY,0,0", 5),
        ("fare_rules", "f9,r1,za,zc", 5),
    ],
)
def test_a_malformed_row_is_reported_with_its_file_and_line(file: str, line: str, number: int) -> None:
    found = read(feed(**with_line(file, line)))
    error = next(each for each in found.errors if each.file == f"{file}.txt")
    assert error.line == number
    assert "。" in error.message_ja and error.message_en.endswith(".")


def test_a_trip_with_a_broken_row_is_left_out_whole() -> None:
    found = read(feed(**with_line("stop_times", "t1,07:20:00,07:20:00,p9,4")))
    assert found.draft.trips.keys() == {"t2"}


def test_lines_are_counted_through_quotes_and_blanks() -> None:
    stops = SMALL["stops.txt"] + '\np4,"北\n口",38.7,140.2,,,,\n\np5,南,x,140.2,,,,\n'
    assert problem_in(read(feed(stops=stops)), "stops.txt").line == 10


def test_a_misspelt_header_is_reported() -> None:
    found = read(feed(trips=SMALL["trips.txt"].replace("direction_id", "direction_jd")))
    problem = problem_in(found, "trips.txt")
    assert (problem.line, problem.severity) == (1, Severity.WARNING)
    assert "direction_id" in problem.message_en
    assert found.draft.patterns[0].direction_id == ""


def test_a_parent_that_is_not_there_is_reported_and_taken_as_none() -> None:
    found = read(feed(**with_line("stops", "p4,北,38.7,140.2,zd,0,s9,")))
    assert problem_in(found, "stops.txt").severity is Severity.WARNING
    assert found.draft.stops["p4"].station_id == ""


def test_names_come_in_kana_and_english() -> None:
    records = (
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value\n"
        "stops,stop_name,ja-Hrkt,やくばまえ,s1,,\nstops,stop_name,en,Shimizu,,,清水\n"
        "routes,route_long_name,en,Main Line,r1,,\n"
    )
    texts = "trans_id,lang,translation\n役場前,ja-Hrkt,やくばまえ\n清水,en,Shimizu\n本線,en,Main Line\n"
    for layout in (records, texts):
        draft = read(feed(translations=layout)).draft
        assert (draft.stops["p1"].name_kana, draft.stops["p2"].name_en) == ("やくばまえ", "Shimizu")
        assert (draft.routes["r1"].name, draft.routes["r1"].name_en) == ("1 本線", "1 Main Line")
        assert draft.routes["r2"].name_en == ""


def test_a_shape_goes_by_its_sequence_and_only_shapes_of_trips_are_kept() -> None:
    shapes = (
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "road,38.3,140.3,30\nroad,38.25,140.3,30\nroad,38.11111149,140.1,4\nroad,38.2,140.2,12\nother,38.1,140.1,1\nother,38.2,140.1,2\n"
    )
    found = read(feed(shapes=shapes, trips=SMALL["trips.txt"].replace("t1,0,", "t1,0,road")))
    assert found.problems == ()
    assert found.draft.shapes == {"road": ((38.111111, 140.1), (38.2, 140.2), (38.3, 140.3), (38.25, 140.3))}


def test_problems_are_kept_up_to_a_limit_and_then_counted() -> None:
    lines = "f9,r1,za,zc\n" * (MAX_PROBLEMS_PER_FILE + 5)
    problems = read(feed(fare_rules=SMALL["fare_rules.txt"] + lines)).problems
    assert len(problems) == MAX_PROBLEMS_PER_FILE + 1
    assert problems[-1].message_en.startswith("5 more")


def test_a_shape_that_is_not_there_is_reported_and_taken_as_none() -> None:
    found = read(feed(trips=SMALL["trips.txt"].replace("t1,0,", "t1,0,road")))
    assert problem_in(found, "trips.txt").line == 2
    assert found.draft.patterns[0].shape_id == ""


def test_trips_share_a_pattern_only_with_the_same_stops_direction_and_shape() -> None:
    more = "t3,08:00:00,08:00:00,p1,1\nt3,08:05:00,08:05:00,p2,2\nt3,08:10:00,08:10:00,p3,3\n"
    shared = read(feed(stop_times=SMALL["stop_times.txt"] + more, **with_line("trips", "r1,毎日,t3,0,")))
    other = read(feed(stop_times=SMALL["stop_times.txt"] + more, **with_line("trips", "r1,毎日,t3,1,")))
    assert (len(shared.draft.patterns), len(other.draft.patterns)) == (2, 3)


def test_a_service_may_live_in_calendar_dates_alone() -> None:
    found = read(feed(calendar="", calendar_dates="service_id,date,exception_type\n毎日,20260401,1\n"))
    assert [found.draft.services["毎日"].runs_on(date(2026, 4, day)) for day in (1, 2)] == [True, False]


def test_a_trip_of_an_unknown_service_never_runs_and_keeps_its_fares() -> None:
    found = read(feed(trips=SMALL["trips.txt"].replace("r2,毎日", "r2,まれ")))
    assert problem_in(found, "trips.txt").severity is Severity.ERROR
    assert found.draft.trips_on(date(2026, 4, 1)) == (found.draft.trips["t1"],)
    assert ("r2", "p1", "p2") in found.pairs


@pytest.mark.parametrize(
    "changed",
    [
        {"stops": ""},
        {"stop_times": ""},
        {"stops": SMALL["stops.txt"].replace("stop_lat", "stop_latt")},
        {"stops": SMALL["stops.txt"].replace("stop_name", "stop_id")},
        {"fare_rules": SMALL["fare_rules.txt"].replace("fare_id", "fareid")},
        {"calendar": "", "calendar_dates": ""},
        {"trips": "route_id,service_id,trip_id\n"},
        {"stops": "\n"},
        {"stop_times": SMALL["stop_times.txt"].replace(",p", ",q")},
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence_of_each_language(changed: dict[str, str]) -> None:
    with pytest.raises(FeedUnreadable) as caught:
        read(feed(**changed))
    japanese, _, english = str(caught.value).partition(" / ")
    assert japanese.rstrip(")").endswith("。") and english.rstrip(")").endswith(".")
    assert "\n" not in str(caught.value)


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    files = feed() | {"stops.txt": SMALL["stops.txt"].encode("cp932")}
    with pytest.raises(FeedUnreadable, match=r"stops\.txt line 2 is not UTF-8"):
        read(files)
