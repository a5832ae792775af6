"""A kiosk's settings file: what stands in it, and what is refused with its remedy."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from device.settings import SettingsWrong, load_settings
from kiosk.hours import ALL_DAY, Hours
from kiosk.main import cli
from kiosk.pin import SALT_BYTES, hash_pin, is_pin
from kiosk.ports import Visit
from kiosk.settings import Settings
from rules.instant import ClockQuality, Instant
from tests.tidy.tree import ROOT

PIN_HASH = hash_pin("4071", bytes(SALT_BYTES))
GOOD = f"""
[unit]
id = "bath-1"
village = "ookura"
issuer = 7
number = 3
address = "https://village.example"
data = "/var/lib/yukemuri"

[[visits]]
id = 1
ja = "大人"
kana = "おとな"
en = "Adult"
points = 20

[[visits]]
id = 2
ja = "こども"
en = "Child"
points = 10
cards = ["child"]

[hours]
opens = "10:00"
closes = "21:30"

[limits]
codes_an_hour = 60
valid_hours = 48

[staff]
pin = "{PIN_HASH}"

[link]
host = "localhost"
port = 1883
username = "bath-1"
password = "secret"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(file: Path) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(file, Settings)
    return wrong.value.errors


def test_a_settings_file_becomes_what_the_desk_goes_by(tmp_path: Path) -> None:
    rules = load_settings(written(tmp_path, GOOD), Settings).rules
    assert rules.visits == (Visit(1, "大人", "Adult", 20, "おとな"), Visit(2, "こども", "Child", 10))
    assert rules.cards == {1: 2}
    assert (str(rules.hours), rules.codes_an_hour, rules.pin) == ("10:00–21:30", 60, PIN_HASH)
    assert rules.good_hours == 48


def test_a_tablet_at_a_festival_needs_no_camera_pins_sound_or_hours(tmp_path: Path) -> None:
    text = GOOD.replace('[hours]\nopens = "10:00"\ncloses = "21:30"\n', "")
    settings = load_settings(written(tmp_path, text), Settings)
    assert (settings.camera, settings.scanner, settings.pins, settings.sound) == (None, None, None, None)
    assert settings.rules.hours == ALL_DAY


def test_the_files_that_the_readme_shows_are_settings(tmp_path: Path) -> None:
    readme = (ROOT / "kiosk" / "README.md").read_text(encoding="utf-8")
    shown = [
        dedent(block) for block in re.findall(r"^ *```toml\n(.*?)^ *```", readme, re.DOTALL | re.MULTILINE)
    ]
    assert len(shown) > 1
    for text in shown:
        load_settings(written(tmp_path, text.replace("scrypt:…", PIN_HASH)), Settings)


@pytest.mark.parametrize(
    ("right", "wrong", "japanese", "english"),
    [
        (f'pin = "{PIN_HASH}"', 'pin = "4071"', "yukemuri-kiosk pin", "never the PIN itself"),
        (PIN_HASH, PIN_HASH[:-1], "yukemuri-kiosk pin", "never the PIN itself"),
        ('opens = "10:00"', 'opens = "10時"', "時刻は", "write a time of day"),
        ('closes = "21:30"', 'closes = "24:30"', "時刻は", "write a time of day"),
        ('closes = "21:30"', 'closes = "10:00"', "同じです", "remove [hours]"),
        ("id = 2", "id = 1", "id が重なって", "give each its own"),
        ('cards = ["child"]', 'cards = ["infant"]', "adult、child", "cards may be adult"),
        ("points = 20", "points = 0", "1 以上", "must be 1 or more"),
        ("number = 3\n", "", "書き足してください", "add it"),
        ('"https://village.example"', '"http://village.example/p"', "https:// と", "write https://"),
        ("codes_an_hour = 60", "codes_a_day = 60", "知らない項目", "not a setting"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(
    tmp_path: Path, right: str, wrong: str, japanese: str, english: str
) -> None:
    assert right in GOOD
    (sentence,) = faults(written(tmp_path, GOOD.replace(right, wrong, 1)))
    assert japanese in sentence
    assert english in sentence


def test_one_class_of_card_counts_as_one_visit(tmp_path: Path) -> None:
    (sentence,) = faults(written(tmp_path, GOOD.replace("points = 20", 'points = 20\ncards = ["child"]')))
    assert "leave it in one" in sentence


@pytest.mark.parametrize(
    ("pin", "japanese", "english"),
    [
        ("1111", "同じ数字", "too easy"),
        ("3456", "並んだ数字", "too easy"),
        ("12a4", "数字4桁", "4 to 8 digits"),
    ],
)
def test_a_pin_that_is_too_easy_gets_no_hash(pin: str, japanese: str, english: str) -> None:
    done = CliRunner().invoke(cli, ["pin"], input=f"{pin}\n{pin}\n")
    assert (done.exit_code, japanese in done.output, english in done.output) == (1, True, True)
    assert "scrypt" not in done.output


def test_a_pins_line_is_each_time_another_and_the_settings_take_it(tmp_path: Path) -> None:
    lines = [CliRunner().invoke(cli, ["pin"], input="4071\n4071\n").stdout.splitlines()[-1] for _ in range(2)]
    assert lines[0] != lines[1]
    for line in lines:
        text = GOOD.replace(f'pin = "{PIN_HASH}"', line)
        kept = load_settings(written(tmp_path, text), Settings).staff.pin
        assert [is_pin(pin, kept) for pin in ("4071", "4072", "", "4071 ")] == [True, False, False, False]


def test_what_is_no_hash_is_nobodys_pin() -> None:
    assert not is_pin("", "")
    assert not is_pin("4071", "4071")


def test_config_check_says_all_or_that_there_is_no_problem(tmp_path: Path) -> None:
    good = CliRunner().invoke(cli, ["config", "check", str(written(tmp_path, GOOD))])
    assert (good.exit_code, "no problem" in good.output) == (0, True)
    bad = CliRunner().invoke(cli, ["config", "check", str(written(tmp_path, "[unit]\n"))])
    assert bad.exit_code == 1
    assert "staff" in bad.output and "visits" in bad.output


@pytest.mark.parametrize(
    ("hours", "clock", "is_open"),
    [
        (Hours(600, 1_260), "9:59", False),
        (Hours(600, 1_260), "10:00", True),
        (Hours(600, 1_260), "20:59", True),
        (Hours(600, 1_260), "21:00", False),
        (Hours(1_080, 120), "1:59", True),
        (Hours(1_080, 120), "2:00", False),
        (Hours(1_080, 120), "18:00", True),
        (ALL_DAY, "23:59", True),
    ],
)
def test_opening_hours_are_those_of_the_clock_on_the_wall(hours: Hours, clock: str, is_open: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    midnight_in_japan = 20_000 * 86_400 - 9 * 3_600
    at = Instant("boot", 0, midnight_in_japan + hour * 3_600 + minute * 60, ClockQuality.NETWORK)
    assert hours.is_open(at) is is_open
