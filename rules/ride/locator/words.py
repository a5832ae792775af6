"""What the driver reads of where the bus is: the reason, Japanese first."""

from __future__ import annotations

from rules.ride.locate import FRESH_S
from rules.ride.locator.openings import Opening


def why_opening(opening: Opening) -> str:
    """Why the stop of an opening is believed."""
    if opening.by_driver:
        return "運転士の指定 / as the driver said"
    age = "" if opening.fix_age_s <= FRESH_S else f"（GPSなし{opening.fix_age_s:.0f}秒）"
    percent = f"{100 * opening.confidence:.0f}%"
    if opening.settled:
        return f"後の位置から確定 {percent} / settled by what was seen later, {percent}"
    return f"扉が開いた所{age} {percent} / where the door opened, {percent}"


def why(age_s: float, pulses: bool, where: str) -> str:
    """How `where` the bus is (Japanese / English) is known: a fix of `age_s`, the wheels, or neither."""
    here, there = where.split(" / ")
    if age_s <= FRESH_S:
        return f"{here}（GPS） / {there}, by GPS"
    if pulses:
        return f"{here}（車速から。GPSなし{age_s:.0f}秒） / {there}, by the wheels; no GPS for {age_s:.0f} s"
    return f"{here}（推定。GPSなし{age_s:.0f}秒） / {there}, estimated; no GPS for {age_s:.0f} s"
