"""`config check` on every machine: all that is wrong, at once, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from central.main import cli as central
from hil.virtual.settings_files import write_bus_settings, write_central_settings
from kiosk.main import cli as kiosk
from terminal.main import cli as terminal
from tests.kiosk.test_settings import GOOD

CLIS: dict[str, Any] = {"terminal": terminal, "kiosk": kiosk, "central": central}
OPTIONAL = {
    "terminal": '\n[sound]\ndevice = "x"\nrider_volume = 50\n[scanner]\ndevice = "/dev/x"\nbaud = 9600\n',
    "kiosk": '\n[sound]\ndevice = "x"\nvolume = 50\n[screen]\nport = 8481\n[pins]\nbutton = 5\n',
    "central": '\n[mail]\nhost = "x"\nport = 587\nsender = "a@b"\n[alarms]\nto = ["a@b"]\nper_hour = 6\n',
}
ABSURD = ("[[1]]", "{ a = 1 }", "-1", "nan", "99999999", "true", '""', "1979-05-27", "[]")


@pytest.fixture(params=list(CLIS))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(machine: str, tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    values: dict[str, object] = {
        "name": "bus-001", "village": "ohkura", "issuer": 1, "data": tmp_path, "gps": "/dev/x",
        "camera": "camera:0", "broker_port": 1883, "password": "x", "screen_port": 8480, "web_port": 8470,
        "address": "",
    }  # fmt: skip
    if machine == "terminal":
        write_bus_settings(path, **values)
    elif machine == "central":
        write_central_settings(path, **values)
    else:
        path.write_text(GOOD)
    path.write_text(path.read_text().replace("[screen]\nport = 8480\n", "") + OPTIONAL[machine])
    return path


def faults(machine: str, file: Path) -> list[str]:
    result = CliRunner().invoke(CLIS[machine], ["config", "check", str(file)])
    assert result.exit_code in (0, 1), result.output
    return result.stderr.splitlines()


def test_a_right_file_has_no_faults(machine: str, file: Path) -> None:
    assert faults(machine, file) == []


def test_whatever_stands_behind_any_name_is_said_in_both_languages(machine: str, file: Path) -> None:
    text = file.read_text()
    for found in list(re.finditer(r"^(\w+) = .*$", text, re.MULTILINE)):
        for absurd in ABSURD:
            file.write_text(text[: found.start()] + f"{found[1]} = {absurd}" + text[found.end() :])
            for said in faults(machine, file):
                japanese, _, english = said.partition(" / ")
                assert english, said
                assert re.search(r"[ぁ-んァ-ン一-龥]", japanese), said


def test_every_line_that_is_wrong_is_said_at_once(machine: str, file: Path) -> None:
    text, names = file.read_text(), []
    for found in list(re.finditer(r"^(port|issuer|baud|volume|demo) = .*$", text, re.MULTILINE)):
        text = text.replace(found[0], f"{found[1]} = [[1]]", 1)
        names.append(found[1])
    file.write_text(text)
    said = faults(machine, file)
    assert len(said) == len(names)
    for name in names:
        assert any(f"{name}:" in each or f".{name}" in each for each in said)


def test_what_two_settings_say_of_each_other_is_said_beside_what_is_wrong_with_a_third(
    tmp_path: Path,
) -> None:
    path = write_bus_settings(
        tmp_path / "bus.toml", name="bus-001", village="ohkura", issuer=1, data=tmp_path, gps="/dev/x",
        camera="camera:0", broker_port=1883, password="", screen_port=8480,
    )  # fmt: skip
    text = path.read_text().replace("green = 17", "green = 99").replace("pulses_per_km = 637\n", "")
    text = text.replace("port = 1883", "port = 0").replace('[camera]\nsource = "camera:0"\n', "")
    path.write_text(text)
    said = "\n".join(faults("terminal", path))
    for words in ("pins.green", "pulses_per_km", "link.port", "username and password", "[camera]"):
        assert words in said, (words, said)
