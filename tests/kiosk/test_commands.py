"""`yukemuri-kiosk`: it serves until it is told to end, answers commands meanwhile, and says why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.identity import ROOT_KEY, SIGNING_KEY
from device.journal import Journal
from device.settings import load_settings
from hil.virtual.ports import free_port
from kiosk.main import cli
from kiosk.settings import Settings
from rules.messages.codec import decode_event
from rules.messages.events import Started
from rules.passes.seal import public_bytes
from tests.kiosk.test_settings import GOOD
from tests.tidy.tree import ROOT

UNIT = "bath-1"
PATIENCE_S = 60.0
PROGRAM = "from kiosk.main import cli; cli()"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a kiosk as it leaves the bench where units are made, with no broker anywhere."""
    data = tmp_path / "data"
    data.mkdir()
    key = Ed25519PrivateKey.generate()
    (data / SIGNING_KEY).write_text(key.private_bytes_raw().hex(), encoding="ascii")
    (data / SIGNING_KEY).chmod(0o600)
    (data / ROOT_KEY).write_text(public_bytes(Ed25519PrivateKey.generate()).hex(), encoding="ascii")
    text = GOOD.replace('data = "/var/lib/yukemuri"', f'data = "{data}"\ndemo = true')
    text = text.replace("port = 1883", f"port = {free_port()}") + f"\n[screen]\nport = {free_port()}\n"
    file = tmp_path / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


@contextmanager
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], socket.socket]]:
    """A kiosk that has said that it is ready, and where it says that it is alive."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        address = config.parent / "notify"
        notify.bind(str(address))
        notify.settimeout(PATIENCE_S)
        command = [sys.executable, "-c", PROGRAM, "run", "--config", str(config)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "NOTIFY_SOCKET": str(address)},
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert notify.recv(100).startswith(b"READY=1")
                yield process, notify
            finally:
                process.kill()


def page_of(config: Path) -> str:
    """Where its page is."""
    return f"http://127.0.0.1:{load_settings(config, Settings).screen.port}/"


def test_a_running_kiosk_says_that_it_is_alive_exports_and_ends_in_order(
    config: Path, tmp_path: Path
) -> None:
    with running(config) as (process, notify):
        begun = time.monotonic()
        assert notify.recv(100) == b"WATCHDOG=1"
        assert time.monotonic() - begun < 10
        exported = CliRunner().invoke(cli, ["export", "--config", str(config), str(tmp_path), "--json"])
        assert exported.exit_code == 0, exported.output
        assert json.loads(exported.output)["records"] >= 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, process.stderr and process.stderr.read()
    with Journal(tmp_path / "data", UNIT, any_disk=True).open() as journal:
        (first,) = journal.records_after(0, 1)
        assert isinstance(decode_event(first.body), Started)


def test_a_running_kiosk_serves_its_page(config: Path) -> None:
    with running(config), urlopen(page_of(config), timeout=PATIENCE_S) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert 'data-act="offer"' in page


@pytest.mark.parametrize("is_running", [True, False])
def test_the_screen_is_idle_and_not_stuck_while_nobody_has_touched_it(config: Path, is_running: bool) -> None:
    with running(config) if is_running else nullcontext():
        codes = [
            CliRunner().invoke(cli, ["screen", wanted, "--config", str(config)]).exit_code
            for wanted in ("idle", "stuck")
        ]
    assert codes == [0, 1]


def test_a_port_that_is_taken_is_said_with_its_remedy(config: Path) -> None:
    with socket.create_server(("127.0.0.1", load_settings(config, Settings).screen.port)):
        refused = CliRunner().invoke(cli, ["run", "--config", str(config)])
    assert refused.exit_code == 1
    assert "set another port" in refused.output


def test_a_second_copy_does_not_start_and_says_why(config: Path) -> None:
    with running(config):
        second = CliRunner().invoke(cli, ["run", "--config", str(config)])
        assert second.exit_code == 1
        assert "in use by another copy" in second.output


def test_without_its_keys_it_says_what_to_do(config: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / SIGNING_KEY).unlink()
    refused = CliRunner().invoke(cli, ["run", "--config", str(config)])
    assert refused.exit_code == 1
    assert "enrol the unit again" in refused.output


def test_settings_that_are_wrong_are_told_before_anything_begins(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli, ["run", "--config", str(tmp_path / "nothing.toml")])
    assert refused.exit_code == 1
    assert "cannot be read" in refused.output
