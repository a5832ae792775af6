"""`yukemuri-terminal`: what cannot start says in one sentence why and what to do."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.identity import ROOT_KEY, SIGNING_KEY
from device.journal import Journal
from hil.virtual.clock import VirtualTime
from hil.virtual.ports import free_port
from hil.virtual.settings_files import write_bus_settings
from hil.virtual.wires import Wires
from rules.passes.seal import public_bytes
from terminal.main import VERSION, cli

BUS = "bus-001"
PATIENCE_S = 30.0
REAL = "from terminal.main import cli; cli()"


@dataclass
class Unit:
    """A unit as it leaves the bench where units are made, but for what a test breaks."""

    folder: Path
    config: Path
    screen_port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return new_unit(tmp_path)


def new_unit(folder: Path, **other: object) -> Unit:
    data = folder / "data"
    data.mkdir()
    key = Ed25519PrivateKey.generate()
    (data / SIGNING_KEY).write_text(key.private_bytes_raw().hex(), encoding="ascii")
    (data / SIGNING_KEY).chmod(0o600)
    (data / ROOT_KEY).write_text(public_bytes(Ed25519PrivateKey.generate()).hex(), encoding="ascii")
    port = free_port()
    values: dict[str, object] = {
        "name": BUS,
        "village": "ohkura",
        "issuer": 1,
        "data": data,
        "gps": folder / "no-receiver",
        "camera": f"socket:{folder / 'no-camera'}",
        "broker_port": free_port(),
        "password": "secret",
        "screen_port": port,
    }
    return Unit(folder, write_bus_settings(folder / "bus.toml", **{**values, **other}), port)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def the_sentence(text: str) -> str:
    """What is said on stderr, if it is one sentence in both languages."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    assert lines[0].count(" / ") == 1, text
    assert "Traceback" not in text
    return lines[0]


def the_refusal(*arguments: object) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 1, result.output
    return the_sentence(result.stderr)


@contextmanager
def on_virtual_pins(unit: Unit, repository: Path) -> Iterator[subprocess.Popen[str]]:
    """The bus's program with the bench's pins and time, and everything else as it is."""
    wires = Wires(unit.folder / "wires.sock")
    wires.start()
    VirtualTime.create(unit.folder / "clock", 1_790_000_000.0).close()
    places = {
        "--config": unit.config,
        "--clock": unit.folder / "clock",
        "--wires": unit.folder / "wires.sock",
    }
    options = [part for option, place in places.items() for part in (option, str(place))]
    command = [sys.executable, "-m", "hil.virtual.bus", *options, "--boot", "b00t"]
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()
            wires.stop()


def screen(unit: Unit) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{unit.screen_port}/now", timeout=5) as answer:
            shown: dict[str, Any] = json.load(answer)
            return shown
    except OSError:
        return None


def wait_until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def children_of(process: int) -> set[int]:
    """The processes it has started and that live."""
    listed = Path(f"/proc/{process}/task").glob("*/children")
    return {int(child) for thread in listed for child in thread.read_text().split()}


# config check


def test_a_right_settings_file_is_said_to_be_right(unit: Unit) -> None:
    result = invoke("config", "check", unit.config)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "no problem" in result.stdout


def test_a_broken_settings_file_is_refused_with_every_fault(unit: Unit) -> None:
    text = unit.config.read_text().replace("green = 17", "green = 99").replace("issuer = 1", "isuer = 1")
    unit.config.write_text(text)
    result = invoke("config", "check", unit.config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 3
    for place in ("pins.green", "unit.issuer", "unit.isuer"):
        assert place in result.stderr


def test_it_tells_its_version() -> None:
    assert VERSION in invoke("--version").stdout


# run, where it cannot start


def test_without_a_settings_file_it_says_where_it_looked(tmp_path: Path) -> None:
    assert "check where it is" in the_refusal("run", "--config", tmp_path / "none.toml")


@pytest.mark.parametrize("name", [SIGNING_KEY, ROOT_KEY])
@pytest.mark.parametrize("content", [None, "no hex", "00ff"])
def test_without_its_keys_it_asks_to_be_enrolled_again(unit: Unit, name: str, content: str | None) -> None:
    (unit.data / name).unlink()
    if content is not None:
        (unit.data / name).write_text(content)
    assert "enrol the unit again" in the_refusal("run", "--config", unit.config)


def test_with_a_data_folder_it_cannot_write_it_says_what_to_check(unit: Unit) -> None:
    # Root may write anywhere, but not open a folder as a file.
    (unit.data / "journal.lock").mkdir()
    assert "check who owns the folder" in the_refusal("run", "--config", unit.config)


def test_a_second_copy_is_told_that_there_is_a_first(unit: Unit) -> None:
    with Journal(unit.data, BUS, any_disk=True).open():
        assert "another copy" in the_refusal("run", "--config", unit.config)


def test_a_damaged_journal_is_put_aside_and_the_bus_goes_on(unit: Unit, repository: Path) -> None:
    damaged = b"no database at all " * 500
    (unit.data / "journal.db").write_bytes(damaged)
    with on_virtual_pins(unit, repository):
        wait_until(lambda: screen(unit), "the page is there")
    assert (unit.data / "quarantine" / "1" / "journal.db").read_bytes() == damaged
    with Journal(unit.data, BUS, any_disk=True).open() as journal:
        (first, *_) = journal.records_after(0, 1)
        assert b"journal-replaced" in first.body


@pytest.mark.skipif(bool(list(Path("/dev").glob("gpiochip*"))), reason="this machine has pins")
def test_without_pins_it_says_what_to_install(unit: Unit, repository: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", REAL, "run", "--config", unit.config],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert result.returncode == 1
    assert "Install lgpio" in the_sentence(result.stderr)


def test_a_speed_pulse_on_a_pin_that_is_taken_is_said_with_its_number(unit: Unit, repository: Path) -> None:
    unit.config.write_text(unit.config.read_text().replace("pulse = 25", "pulse = 24"))
    with on_virtual_pins(unit, repository) as program:
        _, said = program.communicate(timeout=PATIENCE_S)
        assert program.returncode == 1
        assert "GPIO24 cannot be used" in said


def test_with_a_busy_screen_port_it_says_which(unit: Unit, repository: Path) -> None:
    with socket.create_server(("127.0.0.1", unit.screen_port)), on_virtual_pins(unit, repository) as program:
        _, said = program.communicate(timeout=PATIENCE_S)
        assert program.returncode == 1
        assert f"127.0.0.1:{unit.screen_port} is in use" in the_sentence(said)


# run, where it can


def test_with_nothing_attached_it_runs_and_the_page_says_what_is_missing(
    unit: Unit, repository: Path
) -> None:
    with on_virtual_pins(unit, repository):
        wait_until(lambda: screen(unit), "the page is there")

        def status() -> str:
            shown = screen(unit)
            return shown["regions"]["status"] if shown else ""

        wait_until(lambda: "カメラ" in status() and "動いています" not in status(), "the camera is missed")
        wait_until(lambda: "受信しています" not in status(), "the receiver is missed")
        wait_until(lambda: "No timetable has arrived yet" in status(), "the timetable is missed")


def test_a_stop_by_the_service_manager_ends_it_and_all_it_started(unit: Unit, repository: Path) -> None:
    with on_virtual_pins(unit, repository) as program:
        wait_until(lambda: screen(unit), "the page is there")
        wait_until(lambda: children_of(program.pid), "the camera's reader runs")
        readers = children_of(program.pid)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_S) == 0
        wait_until(lambda: not any(Path(f"/proc/{reader}").exists() for reader in readers), "readers end")
        assert "Traceback" not in (program.stderr.read() if program.stderr else "")
    with Journal(unit.data, BUS, any_disk=True).open() as journal:
        assert journal.last.number
