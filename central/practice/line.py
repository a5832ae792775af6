"""The invented line that practice buses run on, as the files of a GTFS feed."""

from __future__ import annotations

FIRST_DAY, LAST_DAY = "20200101", "20391231"
FARE_STEP, LEAST_FARE = 50, 150
STOP_S = 300
PLACES = (
    ("練習駅前", "Practice Station"),
    ("れんしゅう橋", "Practice Bridge"),
    ("みほん町", "Sample Town"),
    ("みほん学校前", "Sample School"),
    ("こころみ坂", "Trial Slope"),
    ("けいこ場前", "Rehearsal Hall"),
    ("まねごと林", "Make-believe Wood"),
    ("ためし川", "Trial River"),
    ("村役場（練習）", "Village Office (practice)"),
    ("おためし診療所", "Sample Clinic"),
    ("つもり峠", "Pretend Pass"),
    ("練習の湯", "Practice Bath"),
)
"""Japanese and English: names that no stop of a real line has."""
STOPS = len(PLACES)
ROUTE = "practice"


def trip_id(bus: int, turn: int) -> str:
    """Turn `turn` of a bus on a day, both from 0: even ones lead there, odd ones back."""
    return f"b{bus + 1}-{turn + 1}"


def trip_begins(bus: int, turn: int) -> int:
    """Seconds after midnight."""
    return 6 * 3600 + bus * 900 + turn * 4500


def stop_id(place: int) -> str:
    """The pole at that place of the line, from 0."""
    return f"p{place + 1:02}"


def fare(sections: int) -> int:
    """Yen for an adult over so many sections."""
    return LEAST_FARE + FARE_STEP * ((sections - 1) // 2)


def line_files(buses: int, turns: int) -> dict[str, bytes]:
    """The feed of a line that so many buses run on, so many turns each a day."""
    trips = [(bus, turn) for bus in range(buses) for turn in range(turns)]
    pairs = [(one, other) for one in range(STOPS) for other in range(STOPS) if one != other]
    prices = sorted({fare(abs(one - other)) for one, other in pairs})
    tables = {
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "x,練習の村,https://example.com/,Asia/Tokyo",
        ],
        "routes": ["route_id,agency_id,route_long_name,route_type", f"{ROUTE},x,練習線,3"],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            f"daily,1,1,1,1,1,1,1,{FIRST_DAY},{LAST_DAY}",
        ],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon,zone_id", *map(_stop, range(STOPS))],
        "trips": [
            "route_id,service_id,trip_id,trip_headsign,direction_id",
            *(
                f"{ROUTE},daily,{trip_id(*each)},{PLACES[0 if each[1] % 2 else -1][0]},{each[1] % 2}"
                for each in trips
            ),
        ],
        "stop_times": [
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
            *(line for each in trips for line in _times(*each)),
        ],
        "fare_attributes": [
            "fare_id,price,currency_type,payment_method,transfers",
            *(f"y{price},{price},JPY,0,0" for price in prices),
        ],
        "fare_rules": [
            "fare_id,route_id,origin_id,destination_id",
            *(f"y{fare(abs(a - b))},{ROUTE},{stop_id(a)},{stop_id(b)}" for a, b in pairs),
        ],
        "feed_info": [
            "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
            f"練習の村,https://example.com/,ja,{FIRST_DAY},{LAST_DAY},practice",
        ],
        "translations": [
            "table_name,field_name,language,translation,field_value",
            *(f"stops,stop_name,en,{english},{japanese}" for japanese, english in PLACES),
        ],
    }
    return {f"{name}.txt": "\n".join([*lines, ""]).encode() for name, lines in tables.items()}


def _stop(place: int) -> str:
    pole = stop_id(place)
    return f"{pole},{PLACES[place][0]},{38.76 - 0.012 * place:.4f},{140.30 - 0.01 * place:.4f},{pole}"


def _times(bus: int, turn: int) -> list[str]:
    order = range(STOPS) if turn % 2 == 0 else reversed(range(STOPS))
    return [
        f"{trip_id(bus, turn)},{_clock(trip_begins(bus, turn) + sequence * STOP_S)},"
        f"{_clock(trip_begins(bus, turn) + sequence * STOP_S)},{stop_id(place)},{sequence + 1}"
        for sequence, place in enumerate(order)
    ]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
