"""The phone and the bus have the same limits, wherever they are written."""

from __future__ import annotations

from pathlib import Path

from rules.passes.rider_pass import ShowClock
from rules.ride.admission import FRESH_FUTURE_S, UNANCHORED_S

STATIC = Path(__file__).parents[2] / "central" / "passes" / "static"


def test_the_phone_and_the_bus_have_the_same_limits() -> None:
    module = (STATIC / "phone.js").read_text(encoding="utf-8")
    assert f"const FRESH_FUTURE_S = {FRESH_FUTURE_S};" in module
    assert f"const UNANCHORED_S = {UNANCHORED_S};" in module
    clocks = ", ".join(f"{clock.name}: {clock.value}" for clock in ShowClock)
    assert f"{{ {clocks} }}" in (STATIC / "showing.js").read_text(encoding="utf-8")
