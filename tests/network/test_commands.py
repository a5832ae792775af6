"""`network check`, `fares` and `publish` as scripts and people use them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.command_line import reading
from central.database.transaction import Database, database_file
from central.network.commands import network
from central.network.editions.publish_edition import Publishing, publish, publish_edition
from central.network.editions.store import find_edition, valid_from_by_number
from central.network.fares.store import say
from central.network.feeds.check_feed import check_feed
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.feed.corrections import FareDecision
from rules.network.feed.read import read
from tests.central.office import new_office
from tests.network.feeds import SMALL, feed, with_line, zipped


class FakeStore:
    """Keeps editions in memory."""

    def __init__(self) -> None:
        self.kept: list[tuple[Edition, bytes]] = []

    def next_number(self) -> int:
        return len(self.kept) + 1

    def add(self, edition: Edition, sealed: bytes, asked: Publishing) -> None:
        self.kept.append((edition, sealed))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, **changed: str) -> Path:
    path = folder / "feed.zip"
    path.write_bytes(zipped(feed(**changed)))
    return path


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(network, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_check_json_is_one_line_of_the_promised_keys(small: Path) -> None:
    result = run("check", small, "--json")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    document = json.loads(result.stdout)
    assert document | {"problems": []} == {
        "stops": 3, "poles": 3, "patterns": 2, "trips": 2, "fare_rules": 3, "pairs": 4, "missing": 0,
        "conflicts": 0, "problems": [], "usable": True, "publishable": True,
    }  # fmt: skip


def test_check_names_file_and_line(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, **with_line("fare_rules", "f200,r1,za,zb")), "--json")
    document = json.loads(result.stdout)
    (problem,) = [each for each in document["problems"] if each["file"] == "fare_rules.txt"]
    assert problem["line"] == 5
    assert "150/200" in problem["message"]
    assert (document["conflicts"], document["usable"], document["publishable"]) == (1, True, False)


@pytest.mark.parametrize("json_option", [[], ["--json"]])
def test_check_of_what_cannot_be_used_exits_1_with_one_sentence(
    tmp_path: Path, json_option: list[str]
) -> None:
    for path in (tmp_path / "missing.zip", tmp_path, written(tmp_path, stops="")):
        result = run("check", path, *json_option)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert "。" in result.stderr
        if json_option:
            document = json.loads(result.stdout)
            assert document["usable"] is False
            assert len(document["problems"]) == 1
        else:
            assert result.stdout == ""


@pytest.mark.parametrize(
    ("today", "warned"), [(date(2027, 3, 31), False), (date(2027, 4, 1), True), (date(2020, 1, 1), False)]
)
def test_an_expired_calendar_warns_and_does_not_fail(today: date, warned: bool) -> None:
    checked = check_feed(read(feed()), today)
    assert [problem.file for problem in checked.problems] == (["calendar.txt"] if warned else [])
    assert checked.publishable


def test_fares_lists_every_pair_once_in_order_and_exits_0(tmp_path: Path) -> None:
    rules = SMALL["fare_rules.txt"].replace("f300,r1,,\n", "f200,r1,za,zb\n")
    result = run("fares", written(tmp_path, fare_rules=rules))
    assert result.exit_code == 0
    assert result.stdout == (
        "route_id,from_stop_id,to_stop_id,fare,problem\n"
        "r1,p1,p2,,conflict\nr1,p1,p3,,missing\nr1,p2,p3,,missing\nr2,p1,p2,200,\n"
    )


def test_fares_of_what_cannot_be_used_exits_1_with_nothing_on_stdout(tmp_path: Path) -> None:
    result = run("fares", tmp_path / "missing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["fares"], ["publish", "feed.zip"], ["check", "--no", "x"]]
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def published(data: Path) -> list[Edition]:
    """The editions of a data folder, oldest first."""
    with reading(data) as connection:
        found = [find_edition(connection, number) for number in sorted(valid_from_by_number(connection))]
    return [edition for edition in found if edition is not None]


def test_publish_keeps_the_feed_as_an_edition_under_the_next_number(small: Path) -> None:
    for number in (1, 2):
        result = run("publish", small, "--data", small.parent)
        assert result.exit_code == 0, result.stderr
        edition = published(small.parent)[-1]
        assert edition.number == number
        assert edition.valid_from >= date(2026, 4, 1)
        assert edition == publish_edition(read(feed()), number, edition.valid_from)


def test_publish_refuses_two_prices_with_the_reason(tmp_path: Path) -> None:
    result = run("publish", written(tmp_path, **with_line("fare_rules", "f200,r1,za,zb")), "--data", tmp_path)
    assert result.exit_code == 1
    assert "fare_rules.txt:5" in result.stderr
    assert not database_file(tmp_path).exists()


def test_publish_takes_what_the_office_decided(tmp_path: Path) -> None:
    path = written(tmp_path, **with_line("fare_rules", "f200,r1,za,zb"))
    with new_office(tmp_path):
        assert run("publish", path, "--data", tmp_path).exit_code == 1
    database = Database(database_file(tmp_path))
    with database.write() as connection:
        say(connection, {("r1", "p1", "p2"): FareDecision(Yen(200), (Yen(150), Yen(200)))}, 0)
    database.close()
    assert run("publish", path, "--data", tmp_path).exit_code == 0
    assert published(tmp_path)[0].fares.adult("r1", "p1", "p2") == 200


def test_publish_only_warns_of_missing_fares(tmp_path: Path) -> None:
    rules = SMALL["fare_rules.txt"].replace("f300,r1,,\n", "")
    result = run("publish", written(tmp_path, fare_rules=rules, fare_attributes=SMALL["fare_attributes.txt"]),
                 "--data", tmp_path)  # fmt: skip
    assert result.exit_code == 0
    assert "2 pairs of stops have no fare" in result.stderr
    assert len(published(tmp_path)) == 1


def test_an_edition_is_the_feed_with_number_day_and_notice() -> None:
    store, found = FakeStore(), read(feed())
    edition = publish(found, store, bytes, Publishing(date(2026, 5, 1), 0, notice="見取り図"))
    assert edition == publish_edition(found, 1, date(2026, 5, 1), "見取り図")
    assert (edition.number, edition.valid_from, edition.notice) == (1, date(2026, 5, 1), "見取り図")
    assert edition.fares == found.draft.fares


def test_a_feed_with_errors_never_becomes_an_edition() -> None:
    with pytest.raises(ValueError, match="150/200"):
        publish_edition(read(feed(**with_line("fare_rules", "f200,r1,za,zb"))), 1, date(2026, 5, 1))
