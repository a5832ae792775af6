"""What the office said of geofences, every word kept; the newest of a pole counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select

from central.database.tables import geofence_corrections as said
from central.database.transaction import Connection
from rules.network.feed.corrections import GeofenceCorrection

NEWEST = 50
"""Words of a pole's history that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """One word: `correction` None is "as the feed says". `at` is Unix seconds."""

    at: int
    correction: GeofenceCorrection | None


def geofences_corrected(connection: Connection) -> dict[str, GeofenceCorrection]:
    """The corrections that count, by stop_id."""
    newest = select(func.max(said.c.id)).group_by(said.c.stop_id)
    rows = connection.execute(
        select(said).where(said.c.id.in_(newest), said.c.lat.is_not(None)).order_by(said.c.stop_id)
    )
    return {row.stop_id: _correction(row) for row in rows}


def said_of(connection: Connection, stop_id: str) -> list[Said]:
    """What was said of a pole, newest first, NEWEST at the most."""
    rows = connection.execute(
        select(said).where(said.c.stop_id == stop_id).order_by(said.c.id.desc()).limit(NEWEST)
    )
    return [Said(row.said_at, None if row.lat is None else _correction(row)) for row in rows]


def say(connection: Connection, stop_id: str, correction: GeofenceCorrection, at: int) -> None:
    """Correct the geofence of a pole."""
    _add(connection, stop_id, correction, (correction.lat, correction.lon, correction.radius_m), at)


def take_back(connection: Connection, stop_id: str, correction: GeofenceCorrection, at: int) -> None:
    """The pole's geofence is the feed's again; `correction` is what it was until now."""
    _add(connection, stop_id, correction, (None, None, None), at)


def newest_word(connection: Connection) -> int:
    """Rises with every word; 0 before the first."""
    return connection.scalar(select(func.max(said.c.id))) or 0


def _add(
    connection: Connection,
    stop_id: str,
    correction: GeofenceCorrection,
    fence: Iterable[float | None],
    at: int,
) -> None:
    lat, lon, radius_m = fence
    connection.execute(
        insert(said).values(
            stop_id=stop_id,
            lat=lat,
            lon=lon,
            radius_m=radius_m,
            pole_name=correction.pole_name,
            pole_lat=correction.pole_lat,
            pole_lon=correction.pole_lon,
            said_at=at,
        )
    )


def _correction(row: Row[Any]) -> GeofenceCorrection:
    """From a row, whose columns go by the same names."""
    return GeofenceCorrection(row.lat, row.lon, row.radius_m, row.pole_name, row.pole_lat, row.pole_lon)
