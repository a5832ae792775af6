"""Draws the demo line: the GTFS-JP files of this folder, the same bytes every time.

`python -m hil.line.draw` writes them. README.md says what in them is known, estimated or invented.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hil.line.road import Road, draw_road

SKETCH = "肘折ゆけむりライン 見取り図（デモ用）"
SKETCH_KANA = "ひじおりゆけむりらいん みとりず（でもよう）"
SKETCH_EN = "Hijiori Yukemuri Line, a sketch for demonstration"
AGENCY, ROUTE = "sketch", "yukemuri"
OUT, BACK = "0", "1"
"""Towards 肘折温泉, and towards 新庄."""
STAGGER_M, LEFT_M = 12.0, 3.0
"""The two poles of a stop stand 24 m apart along the road, each 3 m left of its middle as its bus drives."""

Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SketchStop:
    """`key` is its point of the road; `sure` says in the feed itself how far name and position may be believed."""

    key: str
    name: str
    kana: str
    english: str
    sure: str


STOPS = (
    SketchStop(
        "hospital", "県立病院前", "けんりつびょういんまえ", "Prefectural Hospital", "名称は確認、位置は旧病院"
    ),
    SketchStop("shinjo", "新庄駅前", "しんじょうえきまえ", "Shinjo Station", "名称は確認、位置は駅(±150m)"),
    SketchStop("motoaikai", "本合海", "もとあいかい", "Motoaikai", "名称は推定、位置は推定(±1km)"),
    SketchStop("aikai", "合海", "あいかい", "Aikai", "名称は推定、位置は大字の中心(±1km)"),
    SketchStop(
        "office", "大蔵村役場", "おおくらむらやくば", "Okura Village Office", "名称は推定、位置は役場(±150m)"
    ),
    SketchStop("shimizu", "清水", "しみず", "Shimizu", "名称は推定、位置は大字の中心(±1.5km)"),
    SketchStop("tori", "通り", "とおり", "Tori", "名称は推定、位置は補間(±2km)"),
    SketchStop("tsutago", "蔦郷", "つたごう", "Tsutago", "名称は確認、読みと順序は未確認、位置は補間(±2km)"),
    SketchStop("hikage", "日陰", "ひかげ", "Hikage", "名称は確認、位置は補間(±1.5km)"),
    SketchStop("shio", "塩", "しお", "Shio", "名称と順序は推定、位置は補間(±2km)"),
    SketchStop("onsenguchi", "温泉口", "おんせんぐち", "Onsen-guchi", "名称は確認、位置は推定(±300m)"),
    SketchStop("second", "第二停留所", "だいにていりゅうじょ", "Stop No. 2", "名称は確認、位置は推定(±300m)"),
    SketchStop(
        "first", "第一停留所", "だいいちていりゅうじょ", "Stop No. 1", "名称は確認、位置は推定(±300m)"
    ),
    SketchStop(
        "hijiori",
        "肘折温泉待合所",
        "ひじおりおんせんまちあいじょ",
        "Hijiori Onsen",
        "名称は確認、位置は推定(±300m)",
    ),
)

MINUTES = {
    "hospital": -5,
    "shinjo": 0,
    "hikage": 39,
    "onsenguchi": 52,
    "second": 53,
    "first": 54,
    "hijiori": 55,
}
"""From 新庄駅前. 日陰 is from a published 14:10 departure; stops that are not named here follow by distance."""

WEEKDAY, WEEKEND = "平日", "土日"
DEPARTURES = {
    (OUT, WEEKDAY): ("07:10", "08:50", "10:40", "12:20", "14:10", "16:20", "18:20"),
    (OUT, WEEKEND): ("08:50", "10:40", "14:10", "16:20"),
    (BACK, WEEKDAY): ("06:00", "07:20", "08:50", "10:20", "12:20", "14:20", "16:20"),
    (BACK, WEEKEND): ("07:20", "10:20", "12:20", "16:20"),
}
"""From 新庄駅前 out, from 肘折温泉待合所 back. The earliest back and the latest out leave 県立病院前 aside."""
LEAVE_HOSPITAL_ASIDE = {(OUT, "18:20"), (BACK, "06:00")}

LOWEST_FARE, FARE_STEP, STEP_KM, HIGHEST_FARE = 150, 50, 3.0, 600


def draw() -> dict[str, str]:
    """The files by name. Lines end in a line feed, text is UTF-8 once written."""
    road = draw_road()
    minutes = _minutes(road)
    return {
        "agency.txt": _csv(
            ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
            [(AGENCY, SKETCH, "https://example.com/", "Asia/Tokyo", "ja")],
        ),
        "feed_info.txt": _csv(
            (
                "feed_publisher_name",
                "feed_publisher_url",
                "feed_lang",
                "feed_start_date",
                "feed_end_date",
                "feed_version",
            ),
            [(SKETCH, "https://example.com/", "ja", "20241001", "20361231", "sketch-1")],
        ),
        "stops.txt": _csv(
            (
                "stop_id",
                "stop_name",
                "stop_desc",
                "stop_lat",
                "stop_lon",
                "zone_id",
                "location_type",
                "parent_station",
                "platform_code",
            ),
            list(_stop_rows(road)),
        ),
        "routes.txt": _csv(
            ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
            [(ROUTE, AGENCY, "", "肘折ゆけむりライン", "3")],
        ),
        "calendar.txt": _csv(
            (
                "service_id",
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
                "start_date",
                "end_date",
            ),
            [
                (WEEKDAY, *"1111100", "20241001", "20361231"),
                (WEEKEND, *"0000011", "20241001", "20361231"),
            ],
        ),
        "calendar_dates.txt": _csv(
            ("service_id", "date", "exception_type"),
            [(service, f"{year}0101", "2") for year in range(2025, 2037) for service in (WEEKDAY, WEEKEND)],
        ),
        "trips.txt": _csv(
            ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id"),
            list(_trip_rows()),
        ),
        "stop_times.txt": _csv(
            (
                "trip_id",
                "arrival_time",
                "departure_time",
                "stop_id",
                "stop_sequence",
                "pickup_type",
                "drop_off_type",
            ),
            list(_stop_time_rows(minutes)),
        ),
        "shapes.txt": _csv(
            ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"), list(_shape_rows(road))
        ),
        "fare_attributes.txt": _csv(
            ("fare_id", "price", "currency_type", "payment_method", "transfers"),
            [
                (f"demo{yen}", str(yen), "JPY", "0", "0")
                for yen in range(LOWEST_FARE, HIGHEST_FARE + 1, FARE_STEP)
            ],
        ),
        "fare_rules.txt": _csv(
            ("fare_id", "route_id", "origin_id", "destination_id"), list(_fare_rule_rows(road))
        ),
        "translations.txt": _csv(
            (
                "table_name",
                "field_name",
                "language",
                "translation",
                "record_id",
                "record_sub_id",
                "field_value",
            ),
            list(_translation_rows()),
        ),
    }


def _csv(header: tuple[str, ...], rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _pole(stop: SketchStop, direction: str) -> str:
    return f"{stop.key}_{'A' if direction == OUT else 'B'}"


def _stop_rows(road: Road) -> Iterator[tuple[str, ...]]:
    for stop in STOPS:
        middle = road.marks[stop.key]
        yield (stop.key, stop.name, stop.sure, *_degrees(road.beside(middle, 0.0)), "", "1", "", "")
        for direction, side in ((OUT, 1), (BACK, -1)):
            place = road.beside(middle - side * STAGGER_M, side * LEFT_M)
            pole = _pole(stop, direction)
            yield (pole, stop.name, stop.sure, *_degrees(place), stop.key, "0", stop.key, pole[-1])


def _degrees(point: tuple[float, float]) -> tuple[str, str]:
    return f"{point[0]:.6f}", f"{point[1]:.6f}"


def _minutes(road: Road) -> dict[str, int]:
    """Whole minutes from 新庄駅前 by stop, negative before it."""
    known = sorted((road.marks[key], minute) for key, minute in MINUTES.items())
    minutes = dict(MINUTES)
    for stop in STOPS:
        metres = road.marks[stop.key]
        if stop.key not in minutes:
            after = bisect_left(known, (metres, 0))
            (start, early), (end, late) = known[after - 1 : after + 1]
            minutes[stop.key] = round(early + (late - early) * (metres - start) / (end - start))
    return minutes


def _trips() -> Iterator[tuple[str, str, str, str]]:
    """(trip_id, direction, service, departure)."""
    for (direction, service), departures in DEPARTURES.items():
        for departure in departures:
            way = "下り" if direction == OUT else "上り"
            yield f"{service}_{departure.replace(':', '時')}分_{way}", direction, service, departure


def _stops_of(direction: str, departure: str) -> tuple[SketchStop, ...]:
    stops = STOPS[1:] if (direction, departure) in LEAVE_HOSPITAL_ASIDE else STOPS
    return stops if direction == OUT else stops[::-1]


def _trip_rows() -> Iterator[tuple[str, ...]]:
    for trip_id, direction, service, departure in _trips():
        last = _stops_of(direction, departure)[-1]
        headsign = "肘折温泉" if direction == OUT else last.name
        yield (ROUTE, service, trip_id, headsign, direction, "out" if direction == OUT else "back")


def _stop_time_rows(minutes: dict[str, int]) -> Iterator[tuple[str, ...]]:
    for trip_id, direction, _, departure in _trips():
        stops = _stops_of(direction, departure)
        start = int(departure[:2]) * 60 + int(departure[3:])
        for sequence, stop in enumerate(stops, 1):
            minute = start + (
                minutes[stop.key] if direction == OUT else MINUTES["hijiori"] - minutes[stop.key]
            )
            time = f"{minute // 60:02}:{minute % 60:02}:00"
            no_boarding, no_alighting = str(int(sequence == len(stops))), str(int(sequence == 1))
            yield (trip_id, time, time, _pole(stop, direction), str(sequence), no_boarding, no_alighting)


def _shape_rows(road: Road) -> Iterator[tuple[str, ...]]:
    for shape_id, points in (("out", road.points), ("back", road.points[::-1])):
        for sequence, point in enumerate(points, 1):
            yield (shape_id, *_degrees(point), str(sequence))


def _fare_rule_rows(road: Road) -> Iterator[tuple[str, ...]]:
    for start in STOPS:
        for end in STOPS:
            if start is not end:
                metres = abs(road.marks[end.key] - road.marks[start.key])
                yen = min(HIGHEST_FARE, LOWEST_FARE + FARE_STEP * int(metres / 1000 / STEP_KM))
                yield (f"demo{yen}", ROUTE, start.key, end.key)


def _translation_rows() -> Iterator[tuple[str, ...]]:
    yield ("agency", "agency_name", "ja-Hrkt", SKETCH_KANA, AGENCY, "", "")
    yield ("agency", "agency_name", "en", SKETCH_EN, AGENCY, "", "")
    yield ("routes", "route_long_name", "ja-Hrkt", "ひじおりゆけむりらいん", ROUTE, "", "")
    yield ("routes", "route_long_name", "en", "Hijiori Yukemuri Line", ROUTE, "", "")
    for stop in STOPS:
        yield ("stops", "stop_name", "ja-Hrkt", stop.kana, "", "", stop.name)
        yield ("stops", "stop_name", "en", stop.english, "", "", stop.name)


def main() -> None:
    """Writes the files beside this one."""
    folder = Path(__file__).parent
    for name, text in draw().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
