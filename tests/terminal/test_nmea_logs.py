"""Real receivers, as they spoke: read by us as gpsd reads them."""

from __future__ import annotations

import json
from datetime import datetime
from math import cos, hypot, radians
from pathlib import Path

from click.testing import CliRunner

from terminal.main import cli

Place = tuple[float, float]
NEAR_M = 1.0


def metres(one: Place, other: Place) -> float:
    north = (one[0] - other[0]) * 111_320
    return hypot(north, (one[1] - other[1]) * 111_320 * cos(radians(one[0])))


def moment(time: str) -> float:
    return round(datetime.fromisoformat(time).timestamp(), 2)


def by_gpsd(golden: Path) -> tuple[dict[float, list[Place]], list[Place]]:
    """gpsd's positions by their time, and all of them: it reports some before it knows the time."""
    timed: dict[float, list[Place]] = {}
    places: list[Place] = []
    for line in golden.read_text("utf-8", errors="replace").splitlines():
        report = json.loads(line) if line.startswith("{") else {}
        if report.get("class") == "TPV" and {"lat", "lon"} <= report.keys():
            places.append((report["lat"], report["lon"]))
            if "time" in report:
                timed.setdefault(moment(report["time"]), []).append(places[-1])
    return timed, places


def test_all_logs_of_real_receivers_are_read_as_gpsd_reads_them(shared_data: Path) -> None:
    logs = sorted((shared_data / "nmea" / "gpsd").glob("*.log"))
    paired = near = untimed = invented = missed = refused = 0
    for log in logs:
        timed, places = by_gpsd(log.with_name(f"{log.name}.chk"))
        result = CliRunner().invoke(cli, ["nmea", str(log), "--json"])
        assert result.exit_code == 0, result.output
        *fixes, last = [json.loads(line) for line in result.stdout.splitlines()]
        summary = last["summary"]
        assert summary["fixes"] == len(fixes)
        refused += sum(summary["refused"].values())
        for fix in fixes:
            assert list(fix) == ["time", "lat", "lon", "speed_mps", "hdop", "sats"]
            here = (fix["lat"], fix["lon"])
            beside = timed.get(moment(fix["time"])) if fix["time"] else None
            if beside is None:
                untimed += 1
                invented += not any(metres(here, place) < NEAR_M for place in places)
            else:
                paired += 1
                near += min(metres(here, place) for place in beside) < NEAR_M
        missed += len(timed.keys() - {moment(fix["time"]) for fix in fixes if fix["time"]})
    print(
        f"{len(logs)} receivers: {near} of {paired} paired positions within 1 m of gpsd's; {untimed} more at places"
        f" that gpsd reports without that time, {invented} where it reports none; {missed} of its moments without a"
        f" fix of ours; {refused} refused with a reason"
    )
    assert len(logs) >= 37 and paired >= 800
    assert near / paired >= 0.999
    assert invented == 0
    assert missed / paired < 0.02
