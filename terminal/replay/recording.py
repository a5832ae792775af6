"""A recorded trip: two tables of what the sensors said and who showed a pass, by seconds after midnight."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.passes.rider_pass import RiderClass

MAX_ROWS = 1_000_000
CLASSES = {each.name.lower(): each for each in RiderClass}


class RecordingUnusable(Exception):
    """A table that cannot be read. The text names file and line, in Japanese and English."""

    def __init__(self, path: Path, line: int, japanese: str, english: str) -> None:
        super().__init__(f"{path}:{line}: {japanese} / {english}")


@dataclass(frozen=True, slots=True)
class Sensed:
    """What the sensors said at `t`: a position (WGS 84 degrees) or none, the door, the odometer in metres."""

    t: float
    position: tuple[float, float] | None
    speed_mps: float | None
    hdop: float | None
    door_open: bool | None
    odometer_m: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody showed the pass that the recording calls `name`."""

    t: float
    name: str
    rider_class: RiderClass


def read_sensed(path: Path) -> list[Sensed]:
    """The table of fixes: `t,lat,lon,speed_mps,hdop` and, where recorded, `door` and `odometer_m`; empty is unknown.

    Raises RecordingUnusable.
    """
    return [_sensed(row) for row in _rows(path, ("t", "lat", "lon", "speed_mps", "hdop"))]


def read_shown(path: Path) -> list[Shown]:
    """The table of taps: `t,pass,class`; no class is an adult. Raises RecordingUnusable."""
    return [_shown(row) for row in _rows(path, ("t", "pass"))]


@dataclass(frozen=True, slots=True)
class _Row:
    path: Path
    line: int
    fields: Mapping[str, str]

    def wrong(self, column: str, japanese: str, english: str) -> RecordingUnusable:
        value = self.fields.get(column, "")
        return RecordingUnusable(
            self.path, self.line, f"{column}「{value}」{japanese}", f"{column} {value!r} {english}"
        )

    def number(self, column: str) -> float | None:
        text = self.fields.get(column, "")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.wrong(column, "は数ではありません", "is no number")
        return value

    def seconds(self) -> float:
        value = self.number("t")
        if value is None or not 0 <= value < 3 * 86_400:
            raise self.wrong("t", "は0時からの秒数ではありません", "is not seconds after midnight")
        return value


def _sensed(row: _Row) -> Sensed:
    lat, lon = row.number("lat"), row.number("lon")
    if (lat is None) is not (lon is None):
        raise row.wrong("lat", "と lon は両方書くか両方空にしてください", "and lon: give both or neither")
    if lat is not None and lon is not None and not (abs(lat) <= 90 and abs(lon) <= 180):
        raise row.wrong("lat", "か lon は緯度経度ではありません", "or lon is no position")
    door = row.fields.get("door", "")
    if door not in ("", "0", "1"):
        raise row.wrong("door", "は 0 か 1 にしてください", "must be 0 or 1")
    return Sensed(
        t=row.seconds(),
        position=None if lat is None or lon is None else (lat, lon),
        speed_mps=row.number("speed_mps"),
        hdop=row.number("hdop"),
        door_open=None if door == "" else door == "1",
        odometer_m=row.number("odometer_m"),
    )


def _shown(row: _Row) -> Shown:
    name = row.fields["pass"]
    if not name:
        raise row.wrong("pass", "がありません", "is missing")
    rider_class = CLASSES.get(row.fields.get("class", "").lower() or "adult")
    if rider_class is None:
        known = ", ".join(CLASSES)
        raise row.wrong("class", f"は知らない区分です（{known}）", f"is unknown ({known})")
    return Shown(row.seconds(), name, rider_class)


def _rows(path: Path, wanted: tuple[str, ...]) -> Iterator[_Row]:
    try:
        # A spreadsheet puts a mark before the first name.
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            header = [name.strip() for name in table.fieldnames or ()]
            missing = [name for name in wanted if name not in header]
            if missing:
                names = ", ".join(missing)
                raise RecordingUnusable(path, 1, f"列がありません: {names}", f"columns are missing: {names}")
            table.fieldnames = header
            for count, row in enumerate(table):
                if count >= MAX_ROWS:
                    raise RecordingUnusable(path, table.line_num, "長すぎます", "is too long")
                fields = {name: (row[name] or "").strip() for name in header}
                yield _Row(path, table.line_num, fields)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingUnusable(path, 0, f"読めません（{error}）", f"cannot be read ({error})") from error
