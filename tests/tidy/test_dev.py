"""The one door: `./dev` says what it can do, and keeps stdout for what was asked for."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

DEV = ROOT / "dev"
LOCK = ROOT / "requirements.lock"


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


def _part(*names: str, then: str, on_pi: bool) -> str:
    """What some of its functions say where they are called as it would on a Pi, or elsewhere."""
    text = DEV.read_text(encoding="utf-8")
    functions = [
        re.search(rf"^{name}\(\) {{(?: [^\n]* }}|\n.*?^}})$", text, re.MULTILINE | re.DOTALL)
        for name in names
    ]
    assert all(functions), names
    script = "\n".join(
        [
            f"set -euo pipefail; root={ROOT}; on_pi={str(on_pi).lower()}; missing=()",
            *(found[0] for found in functions if found),
            then,
        ]
    )
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout


def test_on_a_pi_cv2_and_numpy_stay_the_systems_and_elsewhere_they_come_from_the_lock() -> None:
    everywhere = _part("libraries", then="libraries", on_pi=False)
    assert everywhere == LOCK.read_text(encoding="utf-8")
    on_a_pi = _part("libraries", then="libraries", on_pi=True)
    names = {re.split("[=; ]", line)[0] for line in everywhere.splitlines() if re.match("[a-z]", line)}
    left = {re.split("[=; ]", line)[0] for line in on_a_pi.splitlines() if re.match("[a-z]", line)}
    assert names - left == {"numpy", "opencv-python-headless"}
    # Their hashes went with them: what is left are whole entries.
    assert len(on_a_pi.splitlines()) < len(everywhere.splitlines()) - 20


@pytest.mark.parametrize("on_pi", [True, False])
def test_on_a_pi_the_environment_sees_the_systems_libraries(on_pi: bool, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    then = f"venv={tmp_path}/venv; python={python}; exec 2>&1; make_venv"
    assert ("--system-site-packages" in _part("make_venv", then=then, on_pi=on_pi)) == on_pi


@pytest.mark.parametrize("on_pi", [True, False])
def test_on_a_pi_the_systems_cv2_camera_and_pins_are_asked_for(on_pi: bool) -> None:
    then = """
        has() { [[ $1 != /usr/lib/python3/dist-packages/* ]]; }
        check_python() { :; }
        python=true; want_python
        for package in "${missing[@]}"; do echo "$package"; done
    """
    wanted = _part("want", "want_python", then=then, on_pi=on_pi).split()
    assert wanted == (["python3-opencv", "python3-picamera2", "python3-lgpio"] if on_pi else [])
