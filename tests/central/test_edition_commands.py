"""`network list`, `network withdraw` and `publish --valid-from` on a real data folder."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from central.database.tables import down_log, editions
from central.japan import seconds_of
from central.main import cli
from central.network import commands
from central.network.editions import commands as edition_commands
from rules.messages.codec import decode_entry
from rules.messages.link import AnyEntry, EditionPart, EditionWithdrawn
from tests.central.office import new_office
from tests.network.feeds import feed, zipped

TODAY = date(2026, 9, 30)
NOW = 1_790_733_600
"""11:00 of that day in Japan."""


def noon(day: date) -> int:
    """Unix seconds of noon in Japan."""
    return seconds_of(day)[0] + 12 * 3600


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder beside a feed; today is TODAY."""
    monkeypatch.setattr(commands, "now", lambda: NOW)
    monkeypatch.setattr(edition_commands, "now", lambda: NOW)
    (tmp_path / "feed.zip").write_bytes(zipped(feed()))
    return tmp_path / "office"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["network", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def publish(data: Path, valid_from: object) -> Result:
    return run("publish", data.parent / "feed.zip", "--data", data, "--valid-from", valid_from)


def states(data: Path) -> dict[int, str]:
    document = json.loads(run("list", "--data", data, "--json").stdout)
    return {row["number"]: row["state"] for row in document["editions"]}


def log_of(data: Path) -> list[AnyEntry]:
    with new_office(data) as office, office.database.read() as connection:
        bodies = connection.scalars(select(down_log.c.body).order_by(down_log.c.number))
        return [decode_entry(body) for body in bodies]


def test_an_office_without_editions_is_told_how_to_get_one(data: Path) -> None:
    with new_office(data):
        pass
    result = run("list", "--data", data)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "network publish" in result.stderr
    assert json.loads(run("list", "--data", data, "--json").stdout) == {"day": "2026-09-30", "editions": []}


def test_a_folder_that_is_no_office_s_is_refused_and_not_made(data: Path) -> None:
    for command in (("list",), ("withdraw", "1")):
        result = run(*command, "--data", data)
        assert result.exit_code == 1
        assert " / " in result.stderr
    assert not data.exists()


def test_editions_are_listed_newest_first_with_what_they_are(data: Path) -> None:
    for valid_from in ("2026-09-30", "2026-10-01", "2026-10-01"):
        assert publish(data, valid_from).exit_code == 0
    run("withdraw", "3", "--data", data)
    result = run("list", "--data", data, "--json")
    assert result.stdout.count("\n") == 1
    newest, *_ = rows = json.loads(result.stdout)["editions"]
    assert [row["number"] for row in rows] == [3, 2, 1]
    assert newest.keys() == {"number", "valid_from", "feed_version", "operator", "state", "bytes"}
    with new_office(data) as office, office.database.read() as connection:
        size = connection.scalar(select(func.length(editions.c.sealed)).where(editions.c.number == 3))
    assert (newest["valid_from"], newest["state"], newest["bytes"]) == ("2026-10-01", "withdrawn", size)
    assert states(data) == {1: "in force", 2: "coming", 3: "withdrawn"}
    lines = run("list", "--data", data).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["第3版", "第2版", "第1版"]
    assert "取り下げ / withdrawn" in lines[0]


def test_what_another_edition_overtook_is_listed_as_replaced(data: Path) -> None:
    for valid_from in ("2026-10-02", "2026-10-01", "2026-09-30"):
        publish(data, valid_from)
    assert states(data) == {1: "replaced", 2: "replaced", 3: "in force"}


def test_withdrawing_tells_the_machines_once_however_often_it_is_said(data: Path) -> None:
    publish(data, TODAY)
    publish(data, TODAY)
    first, again = run("withdraw", "2", "--data", data), run("withdraw", "2", "--data", data)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "Edition 1 is in force" in first.stdout
    assert "withdrawn before" in again.stdout
    log = log_of(data)
    assert log.count(EditionWithdrawn(2)) == 1
    # After the withdrawal: before it, the older edition would look replaced to those who read it.
    assert [entry.number for entry in log if isinstance(entry, EditionPart | EditionWithdrawn)] == [
        1,
        2,
        2,
        1,
    ]


def test_an_unknown_edition_is_refused_with_the_remedy(data: Path) -> None:
    publish(data, TODAY)
    result = run("withdraw", "7", "--data", data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "第7版はありません" in result.stderr
    assert "network list" in result.stderr


def test_the_only_edition_in_force_is_not_withdrawn(data: Path) -> None:
    publish(data, TODAY)
    result = run("withdraw", "1", "--data", data)
    assert result.exit_code == 1
    assert "先に代わりの版を公開してください" in result.stderr
    assert "publish the one that replaces it first" in result.stderr
    assert states(data) == {1: "in force"}
    assert EditionWithdrawn(1) not in log_of(data)


def test_withdrawing_with_only_a_later_one_says_until_when_there_is_none(data: Path) -> None:
    publish(data, TODAY)
    publish(data, "2026-10-05")
    result = run("withdraw", "1", "--data", data)
    assert result.exit_code == 0
    assert "2026-10-05" in result.stderr
    assert states(data) == {1: "withdrawn", 2: "coming"}


def test_a_coming_edition_that_is_the_only_one_may_be_withdrawn(data: Path) -> None:
    publish(data, "2026-10-05")
    assert run("withdraw", "1", "--data", data).exit_code == 0


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("tomorrow", "2026-10-01"),
        ("20261001", "2026-10-01"),
        ("2026-13-01", "2026-10-01"),
        ("", "2026-10-01"),
        ("2026-09-29", "over"),
        ("2206-10-01", "year"),
        ("2027-04-01", "2027-03-31"),
    ],
)
def test_a_first_day_that_cannot_be_meant_is_refused(data: Path, wanted: str, said: str) -> None:
    result = publish(data, wanted)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count(" / ") == 1
    assert not data.exists()


def test_a_day_before_the_feed_s_own_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "now", lambda: noon(date(2026, 3, 1)))
    result = publish(data, "2026-03-02")
    assert result.exit_code == 1
    assert "2026-04-01" in result.stderr


def test_the_days_that_can_be_meant_are_taken_and_without_one_it_is_today(data: Path) -> None:
    for wanted in (TODAY, TODAY + timedelta(days=1), date(2027, 3, 31)):
        assert publish(data, wanted).exit_code == 0
    assert run("publish", data.parent / "feed.zip", "--data", data).exit_code == 0
    rows = json.loads(run("list", "--data", data, "--json").stdout)["editions"]
    assert [row["valid_from"] for row in rows] == ["2026-09-30", "2027-03-31", "2026-10-01", "2026-09-30"]


def test_a_feed_that_has_ended_is_the_office_s_to_judge(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "now", lambda: noon(date(2027, 6, 1)))
    assert publish(data, "2027-06-01").exit_code == 0
