"""`yukemuri-central kiosks …` and `points grant-list`: what staff type, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central.audit.store import all_entries
from central.devices.data_folder import Office
from central.japan import LAST_DAY
from central.kiosks.store import kiosk_of
from central.main import cli
from tests.central.kiosk_bench import KIOSK, Bath, begin, points
from tests.central.office import new_office
from tests.central.points_desk import BATH

ABOUT = ("--place-ja", "肘折の湯", "--place-en", "Hijiori bath", "--programme", "bath", "--by", "yuki")
VISITS = ("--visit", "1:おとな:Adult:50", "--visit", "2:こども:Child:20")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        begin(made, programme=replace(BATH, budget=None))
        yield made


def run(office: Office, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--data", str(office.database.path.parent)])


def kiosks(office: Office) -> list[dict[str, Any]]:
    done = run(office, "kiosks", "list", "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["kiosks"]
    return found


def register(office: Office, device: str, number: int, *more: str) -> Result:
    return run(office, "kiosks", "register", device, str(number), *ABOUT, *VISITS, *more)


def test_a_kiosk_is_registered_with_its_key_and_listed(office: Office) -> None:
    key = Bath(secret=5).public.hex()
    done = register(office, "kiosk-002", 8, "--key", key, "--open", "09:00-21:00", "--cap", "9000")
    assert done.exit_code == 0, done.output
    assert [each["device"] for each in kiosks(office)] == [KIOSK.device, "kiosk-002"]
    assert (kiosks(office)[1]["opens"], kiosks(office)[1]["cap_per_day"]) == (540, 9000)


def test_a_visit_is_given_with_its_reading(office: Office) -> None:
    done = run(office, "kiosks", "register", "kiosk-002", "8", *ABOUT, "--visit", "1:大人:Adult:50:おとな",
               "--visit", "2:こども:Child:20", "--key", Bath(secret=5).public.hex())  # fmt: skip
    assert done.exit_code == 0, done.output
    assert [each["kana"] for each in kiosks(office)[1]["visits"]] == ["おとな", ""]


@pytest.mark.parametrize(
    ("device", "number", "more", "says"),
    [
        ("kiosk-002", 8, (), "--key"),
        ("kiosk-002", 7, ("--key", "05" * 32), "番号"),
        (KIOSK.device, 9, (), "もう登録"),
        ("kiosk-002", 8, ("--key", "zz"), "登録できません"),
        ("kiosk-002", 0, ("--key", "05" * 32), "登録できません"),
    ],
)
def test_what_cannot_be_registered_says_why(
    office: Office, device: str, number: int, more: tuple[str, ...], says: str
) -> None:
    done = register(office, device, number, *more)
    assert (done.exit_code, says in done.output) == (1, True)
    assert len(kiosks(office)) == 1


def test_set_changes_what_is_given_from_tomorrow_on_and_nothing_else(office: Office) -> None:
    change = ("--cap", "500", "--why", "要望", "--by", "yuki")
    done = run(office, "kiosks", "set", KIOSK.device, *change)
    assert done.exit_code == 0, done.output
    (today,) = kiosks(office)
    assert today["cap_per_day"] is None
    with office.database.read() as connection:
        found = kiosk_of(connection, KIOSK.device, LAST_DAY)
    assert found == replace(KIOSK, cap_per_day=500)
    assert run(office, "kiosks", "set", "kiosk-009", *change).exit_code == 1
    late = run(office, "kiosks", "set", KIOSK.device, *change, "--from", "2020-01-01")
    assert (late.exit_code, "あした以降" in late.stderr) == (1, True)


def test_status_is_one_line_a_kiosk(office: Office) -> None:
    done = run(office, "kiosks", "status", "--json")
    ((each,),) = json.loads(done.stdout).values()
    assert (each["given"], each["pending"], each["heard_at"]) == (0, 0, None)
    assert KIOSK.device in run(office, "kiosks", "status").stdout


def grant(office: Office, file: Path, text: str, *more: str) -> Result:
    file.write_text(text, encoding="utf-8")
    return run(
        office,
        "points",
        "grant-list",
        str(file),
        "--programme",
        "bath",
        "--event",
        "fest-1",
        "--by",
        "yuki",
        *more,
    )


def test_a_list_is_granted_once_however_often_it_is_run(office: Office, tmp_path: Path) -> None:
    text = "\ufeffmember,name,amount\nm1,花子,100\nm2,太郎,30\n"
    for given in (2, 0):
        done = grant(office, tmp_path / "list.csv", text, "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["given"] == given
    assert points(office) == {"m1": 100, "m2": 30}


def test_a_line_that_is_refused_stops_no_other_and_is_named(office: Office, tmp_path: Path) -> None:
    done = grant(office, tmp_path / "list.csv", "member\nm1\nnobody\nm2\n", "--amount", "10")
    assert (done.exit_code, "3行目" in done.stderr, "その会員はいません" in done.stderr) == (1, True, True)
    assert points(office) == {"m1": 10, "m2": 10}
    changed = grant(office, tmp_path / "list.csv", "member\nm1\nm3\nm2\n", "--amount", "20")
    assert changed.stderr.count("別の内容") == 2
    assert points(office) == {"m1": 10, "m2": 10, "m3": 20}


def test_a_list_in_another_order_or_with_more_people_gives_only_what_is_new(
    office: Office, tmp_path: Path
) -> None:
    grant(office, tmp_path / "list.csv", "member\nm1\nm2\n", "--amount", "10")
    done = grant(office, tmp_path / "list.csv", "member\nm3\nm2\nm1\n", "--amount", "10", "--json")
    assert (json.loads(done.stdout)["given"], json.loads(done.stdout)["before"]) == (1, 2)
    assert points(office) == {"m1": 10, "m2": 10, "m3": 10}


def test_a_list_may_have_japanese_headings_and_a_spreadsheets_tabs(office: Office, tmp_path: Path) -> None:
    done = grant(office, tmp_path / "list.csv", "会員番号\t名前\tポイント\nm1\t花子\t7\n")
    assert done.exit_code == 0, done.output
    assert points(office) == {"m1": 7}


def test_every_list_is_in_the_audit_log_with_what_came_of_it(office: Office, tmp_path: Path) -> None:
    for _ in range(2):
        grant(office, tmp_path / "list.csv", "member\nm1\nnobody\n", "--amount", "10")
    with office.database.read() as connection:
        everything = list(all_entries(connection))
    entries = [each for each in everything if each.what == "points-list"]
    (granted,) = [each for each in everything if each.what == "points-granted"]
    assert (granted.who, granted.about) == ("staff:yuki", "member:m1")
    assert [(each.who, each.what, each.about) for each in entries] == [
        ("staff:yuki", "points-list", "event:fest-1")
    ] * 2
    facts = [json.loads(each.detail) for each in entries]
    assert [(each["given"], each["before"], each["refused"]) for each in facts] == [(1, 0, 1), (0, 1, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name\nx\n",
        "member\nm1\n",
        "member,amount\nm1,0\n",
        "member,amount\nm1,10000000000000000\n",
        "member,amount\nm1,5\nm1,5\n",
        "member,amount\n",
    ],
)
def test_a_list_that_cannot_be_read_gives_nothing(office: Office, tmp_path: Path, text: str) -> None:
    done = grant(office, tmp_path / "list.csv", text)
    assert (done.exit_code, "まだ何も付与していません" in done.output) == (1, True)
    assert points(office) == {}
