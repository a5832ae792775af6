"""`yukemuri-central rides rederive`: nothing to say of a healthy day, and what differs is corrected once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, update

from central.database import tables
from central.devices.data_folder import Office
from central.main import cli
from tests.central.corrections_desk import busy
from tests.central.office import Bus, card, money, send
from tests.central.settled_bench import check_books, history, journey, off, on, settled, with_line
from tests.ride.builders import DAY


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def rederive(folder: Path, *more: str, day: str = DAY) -> Result:
    return CliRunner().invoke(cli, ["rides", "rederive", "--data", str(folder), "--date", day, *more])


def document(answer: Result) -> dict[str, Any]:
    (only,) = answer.stdout.splitlines()
    return dict(json.loads(only))


def test_a_day_whose_books_are_right_has_no_difference_with_corrections_and_all(
    office: Office, bus: Bus, tmp_path: Path
) -> None:
    busy(office, bus)
    answer = rederive(tmp_path, "--json")
    assert answer.exit_code == 0, answer.output
    assert document(answer) == {"day": DAY, "rides": 6, "differences": [], "applied": False}
    assert "違いはありません" in rederive(tmp_path).stdout


def forget_the_word(office: Office, bus: Bus, stop: int = 2, **more: Any) -> None:
    """A settled stop that the office kept, and did not understand then."""
    pass_id = card(office, "m", 1000)
    tap = bus.write(on(pass_id, 1))
    bus.write(off(pass_id, tap, 4, 360, start=1))
    send(office.database, bus)
    bus.write(settled(stop, tap, **more))
    with office.database.write() as connection:
        body = {"kind": "stop-settled", "wall": 0, "received_at": 0, "body": bus.records[-1]}
        named = {"device": bus.device, "epoch": bus.epoch, "number": 3, "hash": ""}
        connection.execute(insert(tables.records).values(**named, **body))


def test_a_word_that_was_kept_and_not_used_is_found_and_corrected_once(
    line: Office, bus: Bus, tmp_path: Path
) -> None:
    forget_the_word(line, bus)
    answer = rederive(tmp_path, "--json")
    assert answer.exit_code == 1
    (found,) = document(answer)["differences"]
    assert (found["from"], found["fare"], found["to"], found["fare_due"]) == (
        ["B", "E"],
        360,
        ["C", "E"],
        240,
    )
    assert journey(line) == ("B", "E", 360)
    assert rederive(tmp_path, "--apply").exit_code == 0
    assert (journey(line), money(line)["member", "m"]) == (("C", "E", 240), 760)
    assert history(line) == [(360, 240, "", ("applied",))]
    before = money(line)
    assert document(rederive(tmp_path, "--apply", "--json"))["differences"] == []
    assert rederive(tmp_path).exit_code == 0
    assert money(line) == before


def test_what_costs_more_waits_for_staff_and_is_no_difference_then(
    line: Office, bus: Bus, tmp_path: Path
) -> None:
    forget_the_word(line, bus, stop=0)
    assert "⇒ A→E 480円" in rederive(tmp_path).stdout
    assert rederive(tmp_path, "--apply").exit_code == 0
    assert history(line) == [(360, 480, "higher", ("waiting",))]
    assert rederive(tmp_path).exit_code == 0


def test_a_fare_in_the_books_that_no_record_says_is_found_and_waits_when_the_day_is_over(
    line: Office, bus: Bus, tmp_path: Path
) -> None:
    pass_id = card(line, "m", 1000)
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 600))
    send(line.database, bus)
    assert rederive(tmp_path).exit_code == 1
    assert rederive(tmp_path, "--apply").exit_code == 0
    assert history(line)[0][:2] == (600, 480)
    assert rederive(tmp_path).exit_code == 0
    with line.database.read() as connection:
        check_books(connection)


def test_a_stop_that_somebody_changed_in_the_books_is_found(line: Office, bus: Bus, tmp_path: Path) -> None:
    pass_id = card(line, "m", 1000)
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 480))
    send(line.database, bus)
    with line.database.write() as connection:
        connection.execute(update(tables.rides).values(alight_stop_id="C", alight_index=2))
    assert rederive(tmp_path).exit_code == 1


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", ""])
def test_what_is_no_day_is_wrong_usage(tmp_path: Path, day: str) -> None:
    assert rederive(tmp_path, day=day).exit_code == 2


def test_a_folder_without_an_office_is_refused_with_its_reason(tmp_path: Path) -> None:
    answer = rederive(tmp_path / "none")
    assert answer.exit_code == 1
    assert "データベースを開けません" in answer.stderr
