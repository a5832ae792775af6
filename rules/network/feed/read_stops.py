"""stops.txt: poles, and the stations that give them names."""

from __future__ import annotations

from dataclasses import dataclass

from rules.network.feed.problems import Problems
from rules.network.feed.read_names import ENGLISH, KANA, Names
from rules.network.feed.table import Row, Table
from rules.network.feed.values import degrees
from rules.network.geofence import around_pole
from rules.network.stops import Stop

FILE = "stops.txt"
POLE, STATION = "0", "1"
NAME = ("stops", "stop_name")


@dataclass(frozen=True, slots=True)
class StopsRead:
    """`poles` by stop_id, `stations` (stop_id to name) of which they may be part."""

    poles: dict[str, Stop]
    stations: dict[str, str]

    def stop_count(self) -> int:
        """How many stops (停留所) people would count: stations, and by name the poles that belong to none."""
        alone = {pole.name for pole in self.poles.values() if not pole.station_id}
        return len(self.stations) + len(alone)


def read_stops(table: Table, names: Names, problems: Problems) -> StopsRead:
    """The poles and stations of a feed. Entrances and other parts of a station are passed over."""
    rows = _by_id(table, problems)
    stations = {stop_id: row["stop_name"] for stop_id, row in rows.items() if row["location_type"] == STATION}
    poles: dict[str, Stop] = {}
    for stop_id, row in rows.items():
        if row["location_type"] in ("", POLE):
            pole = _pole(row, stations, names, problems)
            if pole is not None:
                poles[stop_id] = pole
    return StopsRead(poles, stations)


def _by_id(table: Table, problems: Problems) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for row in table.rows:
        stop_id = row["stop_id"]
        if not stop_id:
            problems.error(
                FILE,
                row.line,
                "stop_id が空です。この行は使いません。",
                "stop_id is empty; the row is not used.",
            )
        elif stop_id in rows:
            problems.error(
                FILE,
                row.line,
                f"stop_id {stop_id} は{rows[stop_id].line}行目にもあります。この行は使いません。",
                f"stop_id {stop_id} is also on line {rows[stop_id].line}; this row is not used.",
            )
        else:
            rows[stop_id] = row
    return rows


def _pole(row: Row, stations: dict[str, str], names: Names, problems: Problems) -> Stop | None:
    lat, lon = degrees(row["stop_lat"], 90.0), degrees(row["stop_lon"], 180.0)
    if lat is None or lon is None:
        problems.error(
            FILE,
            row.line,
            f"{row['stop_id']} の緯度・経度が読めません。この標柱は使いません。",
            f"The position of {row['stop_id']} is not readable; the pole is not used.",
        )
        return None
    station = row["parent_station"]
    if station and station not in stations:
        problems.warn(
            FILE,
            row.line,
            f"parent_station {station} がありません。親なしとして扱います。",
            f"parent_station {station} does not exist; taken as none.",
        )
        station = ""
    stop_id, name = row["stop_id"], row["stop_name"] or stations.get(station, "")
    if not name:
        problems.warn(
            FILE,
            row.line,
            f"{stop_id} の stop_name が空です。stop_id を名前とします。",
            f"{stop_id} has no stop_name; its stop_id is used.",
        )
        name = stop_id
    return Stop(
        stop_id=stop_id,
        name=name,
        name_kana=names.of(KANA, NAME, stop_id, name) or names.of(KANA, NAME, station, name),
        name_en=names.of(ENGLISH, NAME, stop_id, name) or names.of(ENGLISH, NAME, station, name),
        lat=lat,
        lon=lon,
        zone_id=row["zone_id"],
        station_id=station,
        platform=row["platform_code"],
        geofence=around_pole(lat, lon),
    )
