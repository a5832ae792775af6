"""A feed as large as the largest that a bus company of the countryside is known to publish, made up."""

from __future__ import annotations

from collections.abc import Iterator

RULES = 76_676
ROUTES = 34
POLES = 48
"""Of one direction of a route: 48 × 47 / 2 × 2 × 34 = 76,704 pairs, of which 28 have no fare."""
TRIPS = 8
SHAPE_POINTS = 120
HEADERS = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type,platform_code",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type",
    "trips.txt": "route_id,service_id,trip_id,direction_id,shape_id",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
    ),
    "fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers",
    "fare_rules.txt": "fare_id,route_id,origin_id,destination_id",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence",
    "translations.txt": "table_name,field_name,language,translation,record_id,record_sub_id,field_value",
}


def big_feed() -> dict[str, bytes]:
    """RULES fare rules of ROUTES lines, both ways, TRIPS times a day. Always the same."""
    tables: dict[str, list[str]] = {name: [header] for name, header in HEADERS.items()}
    tables["agency.txt"].append("1,北の山バス,https://example.com/,Asia/Tokyo")
    tables["calendar.txt"].append("毎日,1,1,1,1,1,1,1,20260401,20270331")
    tables["fare_attributes.txt"] += [f"{yen}円,{yen},JPY,0,0" for yen in range(150, 150 + 10 * POLES, 10)]
    for route in range(ROUTES):
        tables["routes.txt"].append(f"系統{route:02},{route:02},山の奥{route:02}線,3")
        for way in range(2):
            _add_way(tables, f"系統{route:02}", f"{route:02}_{'AB'[way]}", way)
    del tables["fare_rules.txt"][RULES + 1 :]
    return {name: ("\r\n".join(rows) + "\r\n").encode("utf-8-sig") for name, rows in tables.items()}


def _add_way(tables: dict[str, list[str]], route: str, name: str, way: int) -> None:
    poles = [f"{name}_{place:02}" for place in range(POLES)]
    tables["stops.txt"] += [
        f"{pole},停留所{pole},{38.5 + place * 0.004:.6f},{140.1 + way * 0.0003:.6f},{pole},0,{'AB'[way]}"
        for place, pole in enumerate(poles)
    ]
    tables["translations.txt"] += [f"stops,stop_name,ja-Hrkt,ていりゅうじょ{pole},{pole},," for pole in poles]
    tables["fare_rules.txt"] += [
        f"{150 + 10 * (last - first)}円,{route},{poles[first]},{poles[last]}"
        for first in range(POLES)
        for last in range(first + 1, POLES)
    ]
    tables["shapes.txt"] += [
        f"{name},{38.5 + point * 0.0016:.6f},{140.1 + point % 7 * 0.0001:.6f},{point}"
        for point in range(SHAPE_POINTS)
    ]
    for trip in range(TRIPS):
        tables["trips.txt"].append(f"{route},毎日,{name}_{trip},{way},{name}")
        tables["stop_times.txt"] += _times(f"{name}_{trip}", 6 + 2 * trip, poles)


def _times(trip: str, hour: int, poles: list[str]) -> Iterator[str]:
    for place, pole in enumerate(poles):
        time = f"{hour + place // 30:02}:{place % 30 * 2:02}:00"
        yield f"{trip},{time},{time},{pole},{place + 1},終点"
