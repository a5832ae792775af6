"""shapes.txt: the lines that buses drive along."""

from __future__ import annotations

from collections import defaultdict

from rules.network.edition import Point
from rules.network.feed.problems import Problems
from rules.network.feed.table import Table
from rules.network.feed.values import degrees, whole

DECIMALS = 6
"""Of a degree: a decimetre. Feeds drawn by machine give fifteen, which every bus would have to fetch."""


def read_shapes(table: Table, problems: Problems) -> dict[str, tuple[Point, ...]]:
    """Shapes of two points or more by id, in the order of their sequence numbers."""
    points: dict[str, list[tuple[int, Point]]] = defaultdict(list)
    for row in table.rows:
        sequence = whole(row["shape_pt_sequence"])
        lat, lon = degrees(row["shape_pt_lat"], 90.0), degrees(row["shape_pt_lon"], 180.0)
        if sequence is None or lat is None or lon is None or not row["shape_id"]:
            problems.error(
                table.file,
                row.line,
                "形状の点が読めません。この点は使いません。",
                "The point is not readable; it is left out of its shape.",
            )
            continue
        points[row["shape_id"]].append((sequence, (round(lat, DECIMALS), round(lon, DECIMALS))))
    return {
        shape_id: tuple(point for _, point in sorted(found, key=_sequence))
        for shape_id, found in points.items()
        if len(found) > 1
    }


def _sequence(point: tuple[int, Point]) -> int:
    return point[0]
