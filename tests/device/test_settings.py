"""A settings file is right, or every fault in it is told at once with its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from device.settings import Section, SettingsWrong, load_settings
from terminal.screen.keys import Key
from terminal.settings import Settings

GOOD = """\
[unit]
id = "bus-001"
village = "ohkura"
issuer = 6366
data = "/var/lib/yukemuri"

[gps]
device = "/dev/serial0"

[camera]
source = "camera:0"

[pins]
green = 17
yellow = 27
red = 22
buzzer = 23

[link]
host = "broker.example"
port = 8883
username = "bus-001"
password = "secret"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "bus.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, kind: type[Section] = Settings) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(path, kind)
    assert all("\n" not in sentence and " / " in sentence for sentence in wrong.value.errors)
    return wrong.value.errors


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_a_right_file_is_read_with_what_it_leaves_out(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD), Settings)
    assert settings.unit.data == Path("/var/lib/yukemuri")
    assert (settings.unit.demo, settings.gps.baud, settings.pins.door) == (False, None, None)
    assert settings.screen.port == 8480


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = changed('id = "bus-001"', 'id = "Bus 1"').replace("green = 17", "green = 99\ngren = 17")
    text = text.replace("port = 8883", 'port = "8883"').replace('device = "/dev/serial0"', "")
    sentences = faults(written(tmp_path, text))
    places = {sentence.split(": ")[1] for sentence in sentences}
    assert places == {"unit.id", "pins.green", "pins.gren", "link.port", "gps.device"}


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("issuer = 6366", "", "is missing: add it"),
        ("issuer = 6366", "issuer = 6366\nisuer = 1", "check its spelling or remove it"),
        ("issuer = 6366", "issuer = 0", "must be 1 or more"),
        ("issuer = 6366", "issuer = 70000", "must be 65535 or less"),
        ("issuer = 6366", 'issuer = "6366"', "must be a whole number"),
        ("issuer = 6366", "issuer = 6366\ndemo = 1", "must be true or false"),
        ('host = "broker.example"', "host = 5", "must be text in quotes"),
        ('host = "broker.example"', 'host = ""', "must not be empty: fill it in"),
        ('data = "/var/lib/yukemuri"', "data = 5", "must be a path in quotes"),
        ('village = "ohkura"', 'village = "大蔵"', "small letters, digits and hyphens"),
        ('source = "camera:0"', 'source = "webcam"', "write camera:0"),
        ("[unit]", "screen = 80\n[unit]", "must be a section, written as [name]"),
        ("[link]", "[screen]\nport = 80\n[link]", "must be 1024 or more"),
        (
            "[link]",
            '[screen]\nride_address = "village.example"\n[link]',
            "write https:// and the office's host",
        ),
        ("[link]", '[screen]\nride_address = "https://a.example/"\n[link]', "nothing behind it"),
    ],
)
def test_each_fault_has_its_remedy(tmp_path: Path, old: str, new: str, remedy: str) -> None:
    (sentence,) = faults(written(tmp_path, changed(old, new)))
    assert remedy in sentence


def test_a_missing_file_is_said_with_its_place(tmp_path: Path) -> None:
    (sentence,) = faults(tmp_path / "nowhere.toml")
    assert f"{tmp_path / 'nowhere.toml'} cannot be read: check where it is" in sentence


def test_broken_toml_is_said_with_the_line(tmp_path: Path) -> None:
    (sentence,) = faults(written(tmp_path, changed("issuer = 6366", "issuer = = 6366")))
    assert "line 4" in sentence
    assert "mend the line it names" in sentence


def test_a_file_that_is_no_text_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "bus.toml"
    path.write_bytes(b"\xff\xfe[unit]")
    (sentence,) = faults(path)
    assert "is not TOML" in sentence


def test_values_never_change(tmp_path: Path) -> None:
    settings: Any = load_settings(written(tmp_path, GOOD), Settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.unit.demo = True


def test_what_no_sentence_of_ours_covers_is_still_told(tmp_path: Path) -> None:
    class Odd(Section):
        ratio: float

    with pytest.raises(SettingsWrong, match="ratio"):
        load_settings(written(tmp_path, "ratio = 'x'"), Odd)


PASSWORD = 'username = "bus-001"\npassword = "secret"'
FILES = 'ca = "ca.pem"\ncertificate = "bus.pem"\nkey = "bus.key"'


def test_a_unit_with_a_certificate_needs_no_password(tmp_path: Path) -> None:
    link = load_settings(written(tmp_path, changed(PASSWORD, FILES)), Settings).link
    assert (link.ca, link.certificate, link.key) == (Path("ca.pem"), Path("bus.pem"), Path("bus.key"))
    link = load_settings(written(tmp_path, GOOD), Settings).link
    assert (link.ca, link.certificate, link.key) == (None, None, None)


@pytest.mark.parametrize("left_out", ["ca", "certificate", "key"])
def test_some_of_the_certificate_s_files_are_no_certificate(tmp_path: Path, left_out: str) -> None:
    lines = [line for line in FILES.splitlines() if not line.startswith(left_out)]
    (sentence,) = faults(written(tmp_path, changed(PASSWORD, PASSWORD + "\n" + "\n".join(lines))))
    assert "link: " in sentence
    assert "all three of ca, certificate and key, or none" in sentence


@pytest.mark.parametrize("left_out", ["username", "password"])
def test_without_a_certificate_name_and_password_are_needed(tmp_path: Path, left_out: str) -> None:
    kept = next(line for line in PASSWORD.splitlines() if not line.startswith(left_out))
    (sentence,) = faults(written(tmp_path, changed(PASSWORD, kept)))
    assert "write username and password" in sentence


PULSE = "pulse = 25\npulses_per_km = 2548"


def test_a_bus_with_a_speed_pulse_says_what_it_means_and_one_without_says_nothing(tmp_path: Path) -> None:
    pins = load_settings(written(tmp_path, changed("buzzer = 23", f"buzzer = 23\n{PULSE}")), Settings).pins
    assert (pins.pulse, pins.pulses_per_km) == (25, 2548)
    pins = load_settings(written(tmp_path, GOOD), Settings).pins
    assert (pins.pulse, pins.pulses_per_km) == (None, None)


@pytest.mark.parametrize("left_out", ["pulse = 25\n", "pulses_per_km = 2548"])
def test_a_speed_pulse_without_its_number_in_a_kilometre_is_refused_and_so_is_the_number_alone(
    tmp_path: Path, left_out: str
) -> None:
    alone = PULSE.replace(left_out, "")
    (sentence,) = faults(written(tmp_path, changed("buzzer = 23", f"buzzer = 23\n{alone}")))
    assert "pins: " in sentence
    assert "write both pulse and pulses_per_km, or neither" in sentence
    assert "二つとも書くか" in sentence


@pytest.mark.parametrize(
    ("number", "remedy"), [(4, "must be 100 or more"), (25_480, "must be 18000 or less")]
)
def test_pulses_of_a_turn_are_not_taken_for_those_of_a_kilometre(
    tmp_path: Path, number: int, remedy: str
) -> None:
    pulse = PULSE.replace("2548", str(number))
    (sentence,) = faults(written(tmp_path, changed("buzzer = 23", f"buzzer = 23\n{pulse}")))
    assert f"pins.pulses_per_km {remedy}" in sentence


BUTTONS = "button_left = 5\nbutton_right = 6\nbutton_do = 13\nbutton_back = 19"


def test_a_driver_has_four_buttons_or_none(tmp_path: Path) -> None:
    pins = load_settings(written(tmp_path, changed("buzzer = 23", f"buzzer = 23\n{BUTTONS}")), Settings).pins
    assert pins.buttons == {Key.LEFT: 5, Key.RIGHT: 6, Key.DO: 13, Key.BACK: 19}
    assert load_settings(written(tmp_path, GOOD), Settings).pins.buttons == {}
    some = BUTTONS.replace("button_do = 13\n", "")
    (sentence,) = faults(written(tmp_path, changed("buzzer = 23", f"buzzer = 23\n{some}")))
    assert "四つとも書くか" in sentence
    assert "write all four of button_left" in sentence
