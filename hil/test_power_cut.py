"""A bus cut off at any moment: a process killed everywhere, a relay where one is plugged in (hil/README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from hil.plugged import PLUGGED, needs
from hil.power import Cuts, KilledProcess, Power
from hil.real.relay import RelayPower

REAL = needs("relay")


@dataclass(frozen=True, slots=True)
class Rig:
    """Of one bench: how often it is cut, how long a start may take, how long it stays off."""

    power: Power
    cuts: int
    patience_s: float
    off_s: float


@contextmanager
def virtual_bench(folder: Path) -> Iterator[Rig]:
    yield Rig(KilledProcess(folder / "bus"), 3, 60.0, 0.0)


@contextmanager
def real_bench(_: Path) -> Iterator[Rig]:
    assert PLUGGED.relay
    with RelayPower(PLUGGED.relay.device, PLUGGED.relay.told, PLUGGED.relay.baud) as power:
        yield Rig(power, 300, 120.0, 5.0)


@pytest.fixture(
    params=[virtual_bench, pytest.param(real_bench, marks=[REAL, pytest.mark.timeout(12 * 3600)])]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with request.param(tmp_path) as rig:
        yield rig


def test_no_green_lamp_is_lost_or_doubled_when_the_power_goes(rig: Rig) -> None:
    cuts = Cuts(rig.power, Random(1), rig.patience_s, rig.off_s)
    for _ in range(rig.cuts):
        cuts.life(2.0)
    cuts.end()
    assert cuts.breaches == []
    assert len(cuts.greens) >= rig.cuts
