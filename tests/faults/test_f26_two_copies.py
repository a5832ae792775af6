"""F26: a second copy on one journal ends at once; a bus that may open no more files refuses, or works as ever."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.identity import ROOT_KEY, SIGNING_KEY
from hil.virtual.settings_files import write_bus_settings
from rules.passes.seal import public_bytes
from tests.faults.children import REPOSITORY, Child, child, module
from tests.faults.journal_check import breaches, greens_in
from tests.faults.runs import times
from tests.terminal.loop_bench import UNIT

ENDS_S = 1.0
TRIES = 3
"""Of which the fastest counts: others use this machine too."""
GREENS = 30


def unit_in(folder: Path) -> Path:
    """The settings file of a unit whose data folder is there."""
    data = folder / "data"
    data.mkdir()
    key = Ed25519PrivateKey.generate()
    (data / SIGNING_KEY).write_text(key.private_bytes_raw().hex(), encoding="ascii")
    (data / SIGNING_KEY).chmod(0o600)
    (data / ROOT_KEY).write_text(public_bytes(key).hex(), encoding="ascii")
    return write_bus_settings(
        folder / "bus.toml",
        name=UNIT,
        village="ohkura",
        issuer=1,
        data=data,
        gps=folder / "no-receiver",
        camera=f"socket:{folder / 'no-camera'}",
        broker_port=1883,
        password="secret",
        screen_port=8080,
    )


def is_ready(lines: list[str]) -> bool:
    return any(line.startswith("ready ") for line in lines)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the real terminal ended, and after how many seconds."""

    code: int
    out: str
    err: str
    seconds: float


def start_terminal(*arguments: object) -> Ended:
    """As its service would start it."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from terminal.main import cli; cli()", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def test_a_second_copy_ends_at_once_with_its_sentence_and_the_first_goes_on(tmp_path: Path) -> None:
    config = unit_in(tmp_path)
    with child(module("bus", tmp_path / "data", 0), tmp_path / "errors") as first:
        first.wait_for(is_ready)
        # What a start takes that does nothing: others use this machine too, and may slow down every program on it.
        starts = [start_terminal("--help") for _ in range(TRIES)]
        tries = [start_terminal("run", "--config", config) for _ in range(TRIES)]
        before = len(greens_in(first.lines))
        first.wait_for(lambda lines: len(greens_in(lines)) > before)
        first.freeze()
    fastest, start = (min(each.seconds for each in some) for some in (tries, starts))
    print(
        f"F26: the second copy ended after {fastest:.2f} s ({start:.2f} s of it a bare start), "
        f"the first showed {len(greens_in(first.lines))} lamps"
    )
    for each in tries:
        assert (each.code, each.out) == (1, "")
        (sentence,) = each.err.splitlines()
        assert "is in use by another copy of this program" in sentence
    assert fastest - start <= ENDS_S
    assert breaches(tmp_path / "data", greens_in(first.lines), first.lines[0].split()[1]) == []


def ended(command: list[str], errors: Path) -> tuple[Child, int]:
    """A program, once it has ended by itself, and its exit code."""
    with child(command, errors) as running:
        return running, running.end()


@pytest.mark.parametrize("option", ["--descriptors", "--descriptors-later"])
def test_a_bus_without_descriptors_refuses_or_records_every_green_lamp(tmp_path: Path, option: str) -> None:
    refused, served = 0, 0
    for free in range(times(5, 24)):
        data, errors = tmp_path / f"{free}", tmp_path / f"errors-{free}"
        bus, code = ended(module("bus", data, 0, "--greens", GREENS, option, free), errors)
        said = bus.lines
        assert "Traceback" not in bus.last_words()
        if is_ready(said):
            whole = len(greens_in(said)) == GREENS and said[-1] == "ended 0" and code == 0
            red = said[-2:] == ["red", "ended 1"] and code == 1
            assert whole or red, said[-3:]
            assert breaches(data, greens_in(said), said[0].split()[1]) == []
            served += whole
        else:
            assert (code, said) == (1, [])
            (sentence,) = bus.last_words().splitlines()
            assert sentence.count(" / ") == 1
            refused += 1
    print(f"F26: {option} 0 … {free}: {refused} refused, {served} served, 0 green lamps without a record")
    assert served
