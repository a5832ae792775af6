"""What Japanese feeds are known to hold, in every version of the format: taken as meant, or said with its line."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from central.network.feeds.open_feed import open_feed, read_feed
from rules.network.fares import FareProblem
from rules.network.feed.archive import MAX_MEMBERS, files_in_zip
from rules.network.feed.problems import FeedUnreadable, Severity
from rules.network.feed.read import read
from rules.network.feed.table import MAX_CELL_CHARS, MAX_COLUMNS
from tests.network.feeds import SMALL, feed, with_line, zipped

V2 = {
    "agency_jp": "agency_id,agency_official_name,agency_zip_number,agency_address\n1,村営バス,9960212,村1-1\n",
    "routes_jp": "route_id,route_update_date,origin_stop,via_stop,destination_stop\nr1,20260401,役場前,清水,温泉口\n",
    "translations": "trans_id,lang,translation\n役場前,ja-Hrkt,やくばまえ\n役場前,ja,役場前\n",
}
V3 = {
    "agency_jp": V2["agency_jp"],
    "office_jp": "office_id,office_name,office_url,office_phone\n1,村営業所,,\n",
    "routes": SMALL["routes.txt"].replace("_type\n", "_type,jp_parent_route_id\n").replace(",3\n", ",3,r\n"),
    "trips": "route_id,service_id,trip_id,direction_id,shape_id,jp_trip_desc,jp_office_id\n"
    "r1,毎日,t1,0,,急行,1\nr2,毎日,t2,0,,,1\n",
    "translations": "table_name,field_name,language,translation,record_id,record_sub_id,field_value\n"
    "stops,stop_name,ja-Hrkt,やくばまえ,s1,,\n",
}
V4 = {
    "pattern_jp": "jp_pattern_id,route_update_date,origin_stop,via_stop,destination_stop\n"
    "A,20260401,役場前,清水,温泉口\n",
    "trips": "route_id,service_id,trip_id,direction_id,shape_id,jp_pattern_id\nr1,毎日,t1,0,,A\nr2,毎日,t2,0,,B\n",
    "translations": V3["translations"],
    "fare_attributes": "fare_id,price,currency_type,payment_method,transfers,ic_price\n"
    "f150,150,JPY,0,0,150\nf200,200,JPY,0,0,\nf300,300,JPY,0,0,-1\n",
}


@pytest.mark.parametrize("version", [V2, V3, V4], ids=["v2", "v3", "v4"])
def test_every_version_of_gtfs_jp_reads_without_a_word(version: dict[str, str]) -> None:
    found, plain = read(feed(**version)), read(feed())
    assert found.problems == ()
    assert (found.draft.fares, found.draft.trips) == (plain.draft.fares, plain.draft.trips)
    assert found.draft.stops["p1"].name_kana == "やくばまえ"


def test_a_card_price_of_its_own_is_reported_and_price_is_the_fare() -> None:
    attributes = V4["fare_attributes"].replace("0,150\n", "0,147\n")
    found = read(feed(fare_attributes=attributes))
    assert [(each.file, each.line, each.severity) for each in found.problems] == [
        ("fare_attributes.txt", 2, Severity.WARNING)
    ]
    assert found.draft.fares.adult("r1", "p1", "p2") == 150


def test_ids_may_be_japanese_and_hold_spaces() -> None:
    ids = {
        "t1": "平日 7時 系統１",
        "r1": "本線　(上り)",
        "p1": "役場 前_A",
        "za": "区間 1",
        "毎日": "平日（月～金）",
    }
    texts = dict(SMALL)
    for old, new in ids.items():
        for name, text in texts.items():
            header, _, rows = text.partition("\n")
            texts[name] = f"{header}\n" + "\n".join(
                ",".join(new if cell == old else cell for cell in row.split(",")) for row in rows.split("\n")
            )
    found = read({name: text.encode() for name, text in texts.items()})
    assert found.problems == ()
    assert found.draft.fares.adult("本線　(上り)", "役場 前_A", "p2") == 150
    assert "平日 7時 系統１" in found.draft.trips


def test_a_feed_may_leave_directions_zones_and_platforms_out() -> None:
    found = read(
        feed(
            trips="route_id,service_id,trip_id\nr1,毎日,t1\nr2,毎日,t2\n",
            stops="stop_id,stop_name,stop_lat,stop_lon\np1,あ,38.70,140.20\np2,い,38.69,140.21\np3,う,38.68,140.22\n",
            fare_attributes="fare_id,price\nf,200\n",
            fare_rules="",
        )
    )
    assert found.problems == ()
    assert {pattern.direction_id for pattern in found.draft.patterns} == {""}
    assert {found.draft.fares.adult(*pair) for pair in found.pairs} == {200}


def test_a_zone_may_be_the_pole_itself_or_its_station() -> None:
    for zone in ("p1", "s1"):
        files = feed(
            stops=SMALL["stops.txt"].replace(",za,0,s1", f",{zone},0,s1"),
            fare_rules=SMALL["fare_rules.txt"].replace(",za,", f",{zone},"),
        )
        assert read(files).draft.fares.adult("r1", "p1", "p2") == 150


def test_fares_that_fall_with_distance_are_taken_as_they_are() -> None:
    rules = SMALL["fare_rules.txt"].replace("f300,r1,,", "f300,r1,zb,zc\nf200,r1,za,zc")
    fares = read(feed(fare_rules=rules)).draft.fares
    assert [fares.adult("r1", *pair) for pair in (("p2", "p3"), ("p1", "p3"))] == [300, 200]


@pytest.mark.parametrize(
    ("rule", "column"), [("f200,r1,zx,zb", "origin_id"), ("f200,r1,za,zx", "destination_id")]
)
def test_a_rule_of_a_zone_that_no_pole_has_is_reported(rule: str, column: str) -> None:
    (problem,) = read(feed(**with_line("fare_rules", rule))).problems
    assert (problem.file, problem.line, problem.severity) == ("fare_rules.txt", 5, Severity.WARNING)
    assert column in problem.message_ja and column in problem.message_en


def test_a_rule_of_a_pole_without_a_zone_is_reported_and_the_poles_id_is_no_zone() -> None:
    files = feed(
        stops=SMALL["stops.txt"].replace(",za,", ",,"),
        fare_rules=SMALL["fare_rules.txt"].replace(",za,", ",p1,"),
    )
    found = read(files)
    assert {each.line for each in found.problems if "origin_id" in each.message_en} == {2, 3}
    assert found.draft.fares.adult("r2", "p1", "p2") is FareProblem.MISSING


def test_a_fare_id_with_two_prices_is_a_conflict_wherever_it_is_used() -> None:
    fares = read(feed(**with_line("fare_attributes", "f150,160,JPY,0,0"))).draft.fares
    assert fares.conflicts == {("r1", "p1", "p2"): (150, 160)}


@pytest.mark.parametrize("cut", ["f200,r1,za", "f200,r1", "f200"])
def test_a_rule_that_breaks_off_is_reported_and_never_a_wider_rule(cut: str) -> None:
    found = read(feed(fare_rules=SMALL["fare_rules.txt"].replace("f300,r1,,\n", "") + cut))
    (problem,) = [each for each in found.errors if each.file == "fare_rules.txt"]
    assert problem.line == 4
    assert found.draft.fares.adult("r1", "p1", "p3") is FareProblem.MISSING


@pytest.mark.parametrize("price", ["150.5", "-150", "1e2", "１５０", "150円", "1,50", ""])
def test_what_is_no_whole_number_of_yen_is_no_price(price: str) -> None:
    found = read(feed(fare_attributes=SMALL["fare_attributes.txt"].replace("f150,150", f'f150,"{price}"')))
    assert (found.errors[0].file, found.errors[0].line) == ("fare_attributes.txt", 2)
    assert set(found.draft.fares.prices.values()) == {200, 300}


def test_a_price_that_may_have_been_cut_short_is_no_price() -> None:
    found = read(feed(fare_attributes=SMALL["fare_attributes.txt"].replace("f150,150,JPY,0,0", "f150,15")))
    assert (found.errors[0].file, found.errors[0].line) == ("fare_attributes.txt", 2)
    assert 15 not in found.draft.fares.prices.values()


def test_a_row_without_its_last_cells_is_read_and_reported() -> None:
    found = read(feed(stops=SMALL["stops.txt"].replace("zc,,,", "zc")))
    assert [(each.file, each.line, each.severity) for each in found.problems] == [
        ("stops.txt", 5, Severity.WARNING)
    ]
    assert found.draft == read(feed()).draft


def test_empty_columns_at_the_end_of_a_header_ask_for_nothing() -> None:
    files = feed(fare_rules=SMALL["fare_rules.txt"].replace("destination_id", "destination_id,,"))
    assert read(files).problems == ()


@pytest.mark.parametrize("column", ["Zone_ID", "ｚｏｎｅ＿ｉｄ", "zoneid", "zone id"])
def test_a_header_in_capitals_or_wide_letters_is_misspelt_too(column: str) -> None:
    found = read(feed(stops=SMALL["stops.txt"].replace("zone_id", column)))
    assert next(each.line for each in found.problems if "zone_id;" in each.message_en) == 1


def test_blank_lines_before_the_header_hide_no_rows() -> None:
    assert read(feed(fare_rules="\n\r\n" + SMALL["fare_rules.txt"])).draft == read(feed()).draft


@pytest.mark.parametrize("name", ["fare_rule.txt", "FARE_RULES.TXT", "fare_rules .txt", "fare_rules.text"])
def test_a_file_with_a_misspelt_name_is_an_error_and_not_taken_as_left_out(name: str, tmp_path: Path) -> None:
    files = feed()
    files[name] = files.pop("fare_rules.txt")
    (tmp_path / "folder").mkdir()
    for each, data in files.items():
        (tmp_path / "folder" / each).write_bytes(data)
    (tmp_path / "feed.zip").write_bytes(zipped(files))
    for path in (tmp_path / "folder", tmp_path / "feed.zip"):
        (problem,) = [each for each in read_feed(path).errors if each.file == name]
        assert "fare_rules.txt" in problem.message_ja and "fare_rules.txt" in problem.message_en


@pytest.mark.parametrize(
    "name", ["fare_leg_rules.txt", "pattern_jp.txt", "routes_jp.txt", "README.txt", "feed.html"]
)
def test_files_that_are_not_needed_are_passed_over(name: str) -> None:
    assert files_in_zip(zipped(feed(fare_rules="") | {name: b"\xff"})) == feed(fare_rules="")


def test_a_header_of_endless_columns_is_refused() -> None:
    with pytest.raises(FeedUnreadable, match="columns"):
        read(feed(stops="," * MAX_COLUMNS + SMALL["stops.txt"]))


def test_an_endless_id_is_no_id() -> None:
    found = read(feed(**with_line("stops", f"{'p' * (MAX_CELL_CHARS + 1)},北,38.7,140.2,zd,0,,")))
    assert (found.errors[0].file, found.errors[0].line) == ("stops.txt", 6)
    assert len(found.draft.stops) == 3


def test_a_zip_of_very_many_files_is_refused() -> None:
    with pytest.raises(FeedUnreadable, match=f"{MAX_MEMBERS}"):
        files_in_zip(zipped({str(number): b"" for number in range(MAX_MEMBERS + 1)}))


@pytest.mark.parametrize(("place", "value"), [(8, 1), (10, 99)], ids=["encrypted", "unknown method"])
def test_a_zip_that_is_encrypted_or_packed_unusually_is_refused(
    place: int, value: int, tmp_path: Path
) -> None:
    data = bytearray(zipped(feed()))
    directory = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, directory + place, value)
    (tmp_path / "feed.zip").write_bytes(bytes(data))
    with pytest.raises(FeedUnreadable, match="broken or cannot be opened"):
        open_feed(tmp_path / "feed.zip")


def test_thousands_of_prices_for_every_pair_stay_small() -> None:
    count = 60_000
    attributes = "fare_id,price\n" + "".join(f"f{yen},{yen}\n" for yen in range(count))
    found = read(feed(fare_attributes=attributes, fare_rules=""))
    first, *others = found.draft.fares.conflicts.values()
    assert len(first) == count
    assert all(other is first for other in others)
    assert all(len(each.message) < 500 for each in found.problems)
