"""gtfs-validator beside our own reading: it adds notices, within limits, and never stops anything."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.network.commands import network
from central.network.feeds import second_opinion as module
from central.network.feeds.open_feed import open_feed
from central.network.feeds.second_opinion import (
    AGAINST_GTFS_JP,
    MAX_REPORT_BYTES,
    NAME,
    OURS,
    WORDS,
    second_opinion,
)
from rules.network.feed.problems import Problem, Severity
from tests.network.feeds import SMALL, feed, zipped

TODAY = date(2026, 11, 23)
NAMELESS = {"routes": SMALL["routes.txt"].replace("r2,,支線", "r2,,")}


def codes(problems: tuple[Problem, ...]) -> set[str]:
    return {problem.message_ja.rpartition(" の ")[2].partition(")")[0] for problem in problems}


def stand_in(code: str) -> list[str]:
    """A program with the report's folder in `out`."""
    return [
        sys.executable,
        "-c",
        f"import sys, pathlib; out = pathlib.Path(sys.argv[4]); out.mkdir(); {code}",
    ]


def the_only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    assert (problem.file, problem.line, problem.severity) == (NAME, 0, Severity.NOTICE)
    return problem


def test_it_sees_what_our_reading_passes_over_and_says_where() -> None:
    found = second_opinion(feed(**NAMELESS), TODAY)
    (problem,) = [each for each in found if "route_both_short_and_long_name_missing" in each.message_ja]
    assert (problem.file, problem.line, problem.severity) == ("routes.txt", 3, Severity.NOTICE)
    assert NAME in problem.message_ja and NAME in problem.message_en
    assert "系統の名前がありません(1件" in problem.message_ja


@pytest.mark.parametrize(
    "name", ["uenomura", "jrbus_kusatsu", "utsunomiya_lrt", "mlit_sample_rinko", "tonami"]
)
def test_real_feeds_are_not_blamed_for_being_japanese(name: str, shared_data: Path) -> None:
    found = second_opinion(open_feed(shared_data / "gtfs" / name), TODAY)
    assert found
    assert all(each.severity is Severity.NOTICE for each in found)
    assert not codes(found) & (AGAINST_GTFS_JP | OURS | {"missing_required_column"})
    assert codes(found) <= WORDS.keys()
    assert any(each.line > 1 for each in found)


def test_a_column_missing_from_the_new_layout_of_translations_is_told() -> None:
    texts = "table_name,field_name,translation\nstops,stop_name,Shimizu\n"
    assert "missing_required_column" in codes(second_opinion(feed(translations=texts), TODAY))


def test_check_adds_it_only_when_asked_and_stays_publishable(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(zipped(feed(**NAMELESS)))
    plain, asked = (
        json.loads(CliRunner().invoke(network, ["check", str(path), "--json", *more]).stdout)
        for more in ([], ["--second-opinion"])
    )
    assert plain["problems"] == []
    assert {each["severity"] for each in asked["problems"]} == {"notice"}
    assert plain | {"problems": []} == asked | {"problems": []}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (["/no/such/program"], "FileNotFoundError"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "CalledProcessError"),
        ([sys.executable, "-c", ""], "FileNotFoundError"),
        (stand_in("(out / 'report.json').write_text('[]')"), "ValidationError"),
        (stand_in("(out / 'report.json').write_text('{')"), "DecodeError"),
        (stand_in(f"(out / 'report.json').write_bytes(b' ' * {MAX_REPORT_BYTES} + b'1')"), "DecodeError"),
    ],
)
def test_without_a_report_the_reason_is_one_notice(program: list[str], reason: str) -> None:
    problem = the_only(second_opinion(feed(), TODAY, program))
    assert reason in problem.message_ja and reason in problem.message_en


def test_one_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.2)
    problem = the_only(second_opinion(feed(), TODAY, [sys.executable, "-c", "import time; time.sleep(60)"]))
    assert "TimeoutExpired" in problem.message_en


def test_one_that_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMORY_BYTES", 8 * 1024 * 1024)
    assert "CalledProcessError" in the_only(second_opinion(feed(), TODAY)).message_en


def test_a_report_that_broke_off_is_said_so() -> None:
    reports = {
        "report.json": [],
        "system_errors.json": [{"code": "boom", "totalNotices": 1, "sampleNotices": []}],
    }
    write = (
        f"import json; [(out / n).write_text(json.dumps({{'notices': v}})) for n, v in {reports!r}.items()]"
    )
    assert "boom" in the_only(second_opinion(feed(), TODAY, stand_in(write))).message_en


def test_it_gets_nothing_of_our_environment_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    check = "import os; sys.exit('SECRET' in os.environ or not os.environ['TMPDIR'].startswith(os.getcwd()))"
    problem = the_only(second_opinion(feed(), TODAY, stand_in(check)))
    assert "FileNotFoundError" in problem.message_en, "it saw the secret"
    assert list(tmp_path.iterdir()) == []
