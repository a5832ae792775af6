"""The one door: `./dev` says what it can do, and keeps stdout for what was asked for."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

DEV = ROOT / "dev"


def _dev(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DEV, *args], cwd=cwd, capture_output=True, text=True, check=False)


def _commands() -> set[str]:
    """The words its last `case` answers to."""
    return set(re.findall(r"^    ([a-z]+)(?: \|[^)]*)?\) ", DEV.read_text(encoding="utf-8"), re.MULTILINE))


def test_help_names_every_command() -> None:
    helped = _dev("help")
    assert helped.returncode == 0
    assert helped.stderr == ""
    assert set(re.findall(r"^  ([a-z]+)  ", helped.stdout, re.MULTILINE)) == _commands()
    assert _commands() == {"demo", "test", "lint", "bench", "sim", "run", "lock", "help"}


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["lint", "--help"], ["lock", "--help"]])
def test_help_is_where_one_looks_for_it(args: list[str]) -> None:
    assert _dev(*args).stdout == _dev("help").stdout


@pytest.mark.parametrize("args", [[], ["party"], ["run"]])
def test_wrong_usage_is_exit_2_with_the_help_on_stderr(args: list[str]) -> None:
    ended = _dev(*args)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "./dev CMD" in ended.stderr


def test_the_simulator_runs_and_keeps_stdout_for_its_one_line() -> None:
    ended = _dev("sim", "--seeds", "1..1", "--buses", "1", "--days", "1", "--json")
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    found = json.loads(line)
    assert (found["seeds"], found["bus_days"], found["violations"]) == (1, 1, 0)
    assert found["first_failing_seed"] is None
    assert found["records"] > 0
    assert found["seconds"] > 0


def test_the_simulator_helps() -> None:
    ended = _dev("sim", "--help")
    assert (ended.returncode, ended.stdout.startswith("Usage: ")) == (0, True)
    assert "--seeds" in ended.stdout


def test_it_works_from_any_folder(tmp_path: Path) -> None:
    assert _dev("help", cwd=tmp_path).returncode == 0


def test_ci_runs_lint_and_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("./")] == ["./dev lint", "./dev test"]


@pytest.mark.parametrize("script", ["dev", ".ci/run"])
def test_the_scripts_can_be_started(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0
