"""How the machine itself is, by the kernel's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.health import with_vitals
from device.vitals import LOOK_EVERY_S, Vitals, VitalsReader, read_vitals
from rules.messages.codec import decode, encode
from rules.messages.link import Health


@pytest.fixture
def sys(tmp_path: Path) -> Path:
    """A Raspberry Pi's /sys, as far as it is read."""
    folder = tmp_path / "sys"
    zone, volt = folder / "class/thermal/thermal_zone0", folder / "class/hwmon/hwmon1"
    for each in (zone, volt):
        each.mkdir(parents=True)
    (zone / "temp").write_text("61347\n")
    (volt / "name").write_text("rpi_volt\n")
    (volt / "in0_lcrit_alarm").write_text("0\n")
    return folder


def test_warmth_power_and_room_are_read(sys: Path, tmp_path: Path) -> None:
    vitals = read_vitals(tmp_path, None, sys)
    assert (vitals.temperature_c, vitals.undervoltage, vitals.certificate_until) == (61.3, False, 0)
    assert vitals.disk_free_mb is not None
    assert "Python" in vitals.system
    (sys / "class/hwmon/hwmon1/in0_lcrit_alarm").write_text("1\n")
    assert read_vitals(tmp_path, None, sys).undervoltage is True


def test_a_machine_without_such_files_says_nothing_of_them(tmp_path: Path) -> None:
    vitals = read_vitals(tmp_path / "none", tmp_path / "none.pem", tmp_path / "sys")
    assert (vitals.temperature_c, vitals.undervoltage, vitals.disk_free_mb) == (None, None, None)
    assert vitals.certificate_until == 0


def test_files_are_read_every_ten_seconds_at_most(sys: Path, tmp_path: Path) -> None:
    reader = VitalsReader(tmp_path, None, sys)
    assert reader.at(0.0).temperature_c == 61.3
    (sys / "class/thermal/thermal_zone0/temp").write_text("70000")
    assert reader.at(LOOK_EVERY_S - 0.1).temperature_c == 61.3
    assert reader.at(LOOK_EVERY_S).temperature_c == 70.0


def test_older_and_newer_machines_and_offices_understand_each_other() -> None:
    said = with_vitals(Health(online=True), Vitals(50.0, True, 900, 7, "x"))
    assert decode(encode(said), Health) == said
    assert decode(b'{"online":true,"version":"0.0.9"}', Health).temperature_c is None
    assert decode(encode(said)[:-1] + b',"later":1}', Health) == said
