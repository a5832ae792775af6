"""A feed small enough to read by eye, for tests to spoil."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

SMALL = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n1,村営バス,https://example.com/,Asia/Tokyo\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type,parent_station,platform_code\n"
        "s1,役場前,38.70,140.20,,1,,\n"
        "p1,役場前,38.70,140.20,za,0,s1,A\n"
        "p2,清水,38.69,140.21,zb,0,,\n"
        "p3,温泉口,38.68,140.22,zc,,,\n"
    ),
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nr1,1,本線,3\nr2,,支線,3\n",
    "trips.txt": "route_id,service_id,trip_id,direction_id,shape_id\nr1,毎日,t1,0,\nr2,毎日,t2,0,\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,7:00:00,07:00:00,p1,1\nt1,07:05:00,07:06:00,p2,2\nt1,07:10:00,07:10:00,p3,3\n"
        "t2,24:50:00,24:50:00,p1,10\nt2,25:00:00,25:00:00,p2,20\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "毎日,1,1,1,1,1,1,1,20260401,20270331\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\n毎日,20270101,2\n",
    "fare_attributes.txt": (
        "fare_id,price,currency_type,payment_method,transfers\n"
        "f150,150,JPY,0,0\nf200,200,JPY,0,0\nf300,300,JPY,0,0\n"
    ),
    "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\nf150,r1,za,zb\nf200,,za,zb\nf300,r1,,\n",
}
"""p1 to p2: level 1 on r1, level 2 on r2. p1 to p3 and p2 to p3: level 3."""


def feed(**changed: str) -> dict[str, bytes]:
    """The small feed; `stops="…"` replaces stops.txt, "" leaves it out."""
    texts = SMALL | {f"{name}.txt": text for name, text in changed.items()}
    return {name: text.encode() for name, text in texts.items() if text}


def with_line(file: str, line: str) -> dict[str, str]:
    """The change that adds a line to a file of the small feed."""
    return {file: SMALL[f"{file}.txt"] + line + "\n"}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of files by name."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()
