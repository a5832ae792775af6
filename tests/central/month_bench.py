"""What happens in a clerk's month: the line's next timetable, the rides, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.network.feeds import zipped
from tests.ride.builders import STOPS

OLD, NEW = 120, 150
"""Yen a section, before and from CHANGED on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clerk says of a ride, the fare that comes of it, and who decides: "" for what holds at once."""

    ride: str
    kind: str
    typed: dict[str, str]
    why: str
    fare: int
    decided: str = ""


RIDES: tuple[tuple[str, int, int, int, int], ...] = (
    ("a", 0, 0, 0, 4), ("b", 0, 1, 0, 3), ("c", 0, 2, 0, 1), ("d", 1, 3, 0, 4), ("e", 4, 4, 0, 4),
    ("f", 4, 0, 2, 4), ("g", 1, 1, 0, 4), ("h", 5, 2, 0, 2), ("i", 2, 3, 0, 2), ("j", 2, 4, 0, 4),
    ("k", 2, 0, 0, 2), ("l", 3, 1, 0, 4), ("m", 3, 2, 0, 1), ("n", 3, 3, 0, 4), ("o", 5, 4, 2, 4),
    ("p", 6, 0, 0, 4),
)  # fmt: skip
"""Name, days after FIRST, whose card, from where to where."""
CORRECTIONS = (
    Asked("a", "stops", {"乗った所": "0", "降りた所": "2"}, "wrong-stop", 240),
    Asked("b", "stops", {"乗った所": "0", "降りた所": "1"}, "forgot", 120),
    Asked("c", "stops", {"乗った所": "0", "降りた所": "4"}, "reader", 480),
    Asked("d", "stops", {"乗った所": "1", "降りた所": "4"}, "wrong-stop", 360),
    Asked("e", "stops", {"乗った所": "0", "降りた所": "2"}, "wrong-stop", 300),
    Asked("f", "stops", {"乗った所": "2", "降りた所": "3"}, "forgot", 150),
    Asked("g", "party", {"区分": "1"}, "wrong-class", 240),
    Asked("h", "party", {"区分": "1"}, "wrong-class", 150),
    Asked("i", "party", {"同行のおとな": "1"}, "wrong-class", 480),
    Asked("j", "fare", {"運賃を手で": "100"}, "wrong-table", 100),
    Asked("k", "fare", {"運賃を手で": "0"}, "goodwill", 0),
    Asked("l", "fare", {"運賃を手で": "1600"}, "other", 1_600, "approve"),
    Asked("m", "fare", {"運賃を手で": "2000"}, "wrong-table", 2_000, "refuse"),
    Asked("n", "void", {}, "not-ridden", 0, "approve"),
    Asked("o", "void", {}, "not-ridden", 0, "approve"),
    Asked("p", "void", {}, "not-ridden", 0, "withdraw"),
    Asked("j", "back", {}, "mistake", 480),
    Asked("n", "back", {}, "mistake", 480, "approve"),
    Asked("by-phone", "party", {"区分": "1"}, "wrong-class", 120),
    Asked("by-phone", "void", {}, "not-ridden", 0, "approve"),
)
BUTTONS = {
    "stops": "区間の運賃を見る",
    "party": "区分の運賃を見る",
    "fare": "この運賃で見る",
    "void": "乗車の取り消しを見る",
    "back": "前の訂正を取り消す",
}


def timetable() -> bytes:
    """The benches' line as a feed, ten minutes later than it was and dearer, with a fare from B to D."""
    pairs = [(i, j) for i in range(len(STOPS)) for j in range(i + 1, len(STOPS))]
    lines = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "1,村営バス,https://example.com/,Asia/Tokyo"],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon,zone_id"]
        + [f"{name},{name},{38 + 0.009 * index:.3f},140.0,z{name}" for index, name in enumerate(STOPS)],
        "routes": ["route_id,route_short_name,route_long_name,route_type", "r,r,,3"],
        "trips": ["route_id,service_id,trip_id,direction_id", "r,s,t1,0", "r,s,t2,0"],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
        + [
            f"{trip},{hour:02}:{10 + 5 * index}:00,{hour:02}:{10 + 5 * index}:00,{name},{index + 1}"
            for trip, hour in (("t1", 8), ("t2", 10))
            for index, name in enumerate(STOPS)
        ],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "s,1,1,1,1,1,1,1,20260401,20270331",
        ],
        "fare_attributes": ["fare_id,price,currency_type,payment_method,transfers"]
        + [f"f{n},{NEW * n},JPY,0,0" for n in range(1, len(STOPS))],
        "fare_rules": ["fare_id,route_id,origin_id,destination_id"]
        + [f"f{j - i},r,z{STOPS[i]},z{STOPS[j]}" for i, j in pairs],
    }  # fmt: skip
    return zipped({f"{name}.txt": ("\n".join(rows) + "\n").encode() for name, rows in lines.items()})
